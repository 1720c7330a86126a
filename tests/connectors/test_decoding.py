"""Files decoded by several processes: in order, all of them, whatever happens to a process."""

from __future__ import annotations

import hashlib
import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.decoding import decode
from connectors.files.streams import held_files
from connectors.originals import original_path
from connectors.parcels import Job
from connectors.shelf import Shelf
from tests.builders.files import fit_run

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def jobs_of(runs: list[bytes]) -> list[Job]:
    return [
        Job(index=n, name=f"{n}.fit", sha256=hashlib.sha256(data).hexdigest(), data=data) for n, data in enumerate(runs)
    ]


def runs_of(count: int, *, seconds: int) -> list[bytes]:
    first = datetime(2024, 4, 1, tzinfo=UTC)
    return [fit_run(count=seconds, started_at=first + timedelta(days=n)) for n in range(count)]


def shelf_in(folder: Path) -> Shelf:
    return Shelf(athlete_id="me", files_dir=folder / "files", streams_dir=folder / "streams")


@pytest.mark.slow
def test_processes_killed_in_the_middle_of_their_work_cost_no_file(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    jobs = jobs_of(runs_of(120, seconds=2_000))
    found = []
    for decoded in decode(jobs, shelf=shelf, processes=2, now=NOW, parcel_samples=20_000):
        assert decoded.stream_file is not None
        assert decoded.job.sha256 in held_files(shelf.streams_dir / decoded.stream_file)
        found.append((decoded.job.index, decoded.sample_count))
        if len(found) % 20 == 1:
            for child in multiprocessing.active_children():
                child.kill()

    assert found == [(n, 2_000) for n in range(120)]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("processes", [1, 2])
def test_a_disk_that_takes_no_file_ends_the_import_and_blames_no_file(tmp_path: Path, processes: int) -> None:
    (tmp_path / "streams").write_text("where the folder should be")

    with pytest.raises(OSError, match="streams"):
        list(decode(jobs_of(runs_of(9, seconds=20)), shelf=shelf_in(tmp_path), processes=processes, now=NOW))

    assert not list((tmp_path / "files").rglob("*.tmp"))


def test_every_file_has_its_original_on_the_shelf_when_it_is_answered(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    for decoded in decode(jobs_of([*runs_of(3, seconds=20), b"no run"]), shelf=shelf, processes=1, now=NOW):
        path = original_path(shelf.files_dir, sha256=decoded.job.sha256, extension="fit")

        assert path.exists() == (decoded.why is None)
        assert decoded.why is not None or path.read_bytes() == decoded.job.data
