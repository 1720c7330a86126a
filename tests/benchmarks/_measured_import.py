"""The process that is measured: one import, its seconds from call to end, and what became of what was offered."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from connectors.importer import import_paths
from tests.builders.ledger import query, store_on_disk


def main() -> None:
    path, home, processes = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    store = store_on_disk(home)
    started_at = time.perf_counter()
    result = import_paths(
        [path],
        athlete_id="me",
        store=store,
        now=datetime(2026, 11, 21, tzinfo=UTC),
        home_zone="UTC",
        processes=processes,
    )
    seconds = time.perf_counter() - started_at
    said = {each.reason for each in result.files if each.state == "skipped" and each.kind != "garmin_other"}
    if said:
        raise RuntimeError(f"files were skipped: {sorted(said)[:3]}")
    rows = query(
        store,
        "select source || ' ' || entity, count(*) from raw.payloads where entity <> 'snapshot' group by 1 order by 1",
    )
    ((records,),) = query(store, "select coalesce(sum(sample_count), 0)::bigint from raw.streams")
    own = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(
        json.dumps(
            {
                "seconds": seconds,
                "imported": result.count("imported"),
                "unchanged": result.count("unchanged"),
                "records": records,
                "landed": dict(rows),
                "own_peak_mb": round(int(own.split()[1]) / 1024),
                "left_alone": [each.reason for each in result.files if each.kind == "garmin_other"],
            }
        )
    )


if __name__ == "__main__":
    main()
