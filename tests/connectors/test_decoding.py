"""Files decoded by several processes: in order, all of them, whatever happens to a process."""

from __future__ import annotations

import hashlib
import multiprocessing
from datetime import UTC, datetime, timedelta

import pytest

from connectors.decoding import Job, decode
from tests.builders.files import fit_run

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.slow
def test_processes_killed_in_the_middle_of_their_answers_cost_no_file() -> None:
    """An answer of megabytes passes a pipe of kilobytes, so most kills hit a process that is halfway through one."""
    runs = [fit_run(count=2_000, started_at=datetime(2024, 4, 1, tzinfo=UTC) + timedelta(days=n)) for n in range(120)]
    jobs = [
        Job(index=n, name=f"{n}.fit", sha256=hashlib.sha256(data).hexdigest(), data=data) for n, data in enumerate(runs)
    ]
    found = []
    for decoded in decode(jobs, processes=2, now=NOW):
        found.append((decoded.job.index, decoded.samples.num_rows if decoded.samples else decoded.why))
        if len(found) % 20 == 1:
            for child in multiprocessing.active_children():
                child.kill()

    assert found == [(n, 2_000) for n in range(120)]
    assert multiprocessing.active_children() == []
