"""The process that is killed: imports a folder into a home, and says when it begins and when it is done."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from connectors.importer import State, import_paths
from tests.builders.ledger import store_on_disk

NOW = datetime(2026, 11, 21, tzinfo=UTC)
# A few runs a batch, so that a kill can fall between, before and within many of them.
_BATCH_SAMPLES = 2_000


def main() -> None:
    takeouts, home = Path(sys.argv[1]), Path(sys.argv[2])
    print("begins", flush=True)
    result = import_paths(
        [takeouts],
        athlete_id="me",
        store=store_on_disk(home),
        now=NOW,
        home_zone="Europe/Berlin",
        processes=2,
        batch_samples=_BATCH_SAMPLES,
    )
    print("done", {state: result.count(state) for state in get_args(State)}, flush=True)


if __name__ == "__main__":
    main()
