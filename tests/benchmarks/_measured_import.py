"""The process that is measured: one import, its seconds from call to end."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from connectors.importer import import_paths
from tests.builders.ledger import query, store_on_disk


def main() -> None:
    corpus, home, processes = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    store = store_on_disk(home)
    started_at = time.perf_counter()
    result = import_paths(
        [corpus],
        athlete_id="me",
        store=store,
        now=datetime(2026, 11, 21, tzinfo=UTC),
        home_zone="UTC",
        processes=processes,
    )
    seconds = time.perf_counter() - started_at
    if result.count("skipped"):
        raise RuntimeError(f"{result.count('skipped')} files were skipped: {result.files[0].reason}")
    ((records,),) = query(store, "select coalesce(sum(sample_count), 0)::bigint from raw.streams")
    print(json.dumps({"seconds": seconds, "records": records}))


if __name__ == "__main__":
    main()
