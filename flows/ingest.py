"""Files into the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from connectors.importer import ImportResult, Progress, import_paths
from connectors.landing import Store
from connectors.originals import sweep
from flows.home import Home
from flows.ledger import open_ledger
from flows.settings import Settings


def store_of(home: Home) -> Store:
    """Where a connector may write in this home."""
    return Store(files_dir=home.files, streams_dir=home.streams, open_ledger=partial(open_ledger, home.ledger))


def import_files(
    home: Home,
    settings: Settings,
    paths: Sequence[Path],
    *,
    now: datetime,
    on_progress: Callable[[Progress], None] | None = None,
) -> ImportResult:
    """Import whatever the paths hold; each file says for itself what became of it. What killed imports left is swept."""
    store = store_of(home)
    result = import_paths(
        paths,
        athlete_id=settings.athlete_id,
        store=store,
        now=now,
        home_zone=settings.time_zone,
        processes=settings.processes,
        on_progress=on_progress,
    )
    sweep(store, now=now)
    return result


def inbox_paths(home: Home) -> tuple[Path, ...]:
    """What lies in the inbox, in a fixed order; the folder's own hidden files are nobody's recordings."""
    return tuple(sorted(path for path in home.inbox.iterdir() if not path.name.startswith(".")))
