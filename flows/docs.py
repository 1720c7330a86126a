"""dbt's documentation of every model, column and test as one page that works from a folder, offline: `make docs`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from flows import clock, transform
from flows.athlete import open_home
from flows.home import Home
from flows.settings import load_settings
from flows.snapshot import take_snapshot

_HEAD = "<head>"
# The page holds all that it needs; whatever else its script may think of asking for, the browser refuses.
_SEALED = (
    '<head><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'unsafe-inline' 'unsafe-eval' data: blob:\">"
)


def write_docs(folder: Path) -> Path:
    """Describe the models of a home that holds nobody's data yet; return the page, `index.html` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pacewright-docs-") as scratch:
        home = Home(Path(scratch))
        settings = open_home(home, load_settings(home))
        now = clock.now()
        snapshot = take_snapshot(home, as_of_at=now, today=clock.local_date(now, settings.time_zone))
        transform.build(home, snapshot, target=home.next_warehouse, start_from=None)
        text = transform.document(home, snapshot, warehouse=home.next_warehouse).read_text(encoding="utf-8")
    page = folder / "index.html"
    page.write_text(text.replace(_HEAD, _SEALED, 1), encoding="utf-8")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m flows.docs", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the page goes")
    print(write_docs(parser.parse_args().folder))  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
