"""A process that only decodes: every so many-th file of a folder from bytes in memory to columns, nothing kept."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from connectors.files import read_activity_file


def main() -> None:
    corpus, first, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    files = [path.read_bytes() for path in sorted(corpus.iterdir())[first::step]]
    now = datetime(2026, 11, 21, tzinfo=UTC)
    for data in files[:20]:
        read_activity_file(data, name="warming up", now=now)
    print("ready", flush=True)
    sys.stdin.readline()
    began, cpu_began = time.perf_counter(), time.process_time()
    for data in files:
        read_activity_file(data, name="file", now=now)
    print(time.perf_counter() - began, time.process_time() - cpu_began)


if __name__ == "__main__":
    main()
