"""Seeded worlds of take-outs: what an athlete's downloads folder looks like after some years, good and bad files alike."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.builders.files import fit_run, gpx, gpx_point, tcx, tcx_activity
from tests.builders.takeouts import ENGLISH_HEADER, activity_row, csv_bytes, whoop_files, write_folder, write_zip

_FIRST_DAY = datetime(2024, 5, 1, 6, 0, tzinfo=UTC)


def write_world(folder: Path, *, seed: int, run_count: int = 60) -> Path:
    """A folder with two Strava archives, one newer than the other, a WHOOP export, a watch's files and some rubbish."""
    random = Random(seed)
    runs = [_run(random, day) for day in range(run_count)]
    deleted = set(random.sample(range(run_count // 2), 3))
    old = list(range(run_count * 2 // 3))
    new = [day for day in range(run_count) if day not in deleted]
    for name, days, month in (("old.zip", old, 8), ("new.zip", new, 9)):
        write_zip(folder / "strava" / name, _archive(runs, days), at=datetime(2024, month, 1, tzinfo=UTC))
    write_folder(folder / "whoop", whoop_files(range(random.randint(20, 60))))
    watch = {f"{day:03}.fit": runs[day] for day in random.sample(range(run_count), run_count // 3)}
    bad = {
        "cut.fit": runs[0][: len(runs[0]) * 2 // 3],
        "empty.fit": b"",
        "ahead.fit": fit_run(started_at=datetime(2100, 1, 1, tzinfo=UTC)),
        "notes.txt": random.randbytes(200),
        "ride.gpx": gpx([gpx_point(second) for second in range(random.randint(20, 200))]),
        "treadmill.tcx": b" " * 10 + tcx(tcx_activity(laps=random.randint(1, 4))),
    }
    write_folder(folder / "watch", {**watch, **bad})
    return folder


def _run(random: Random, day: int) -> bytes:
    return fit_run(
        count=random.randint(30, 900), started_at=_FIRST_DAY + timedelta(days=day, minutes=random.randint(0, 600))
    )


def _archive(runs: list[bytes], days: list[int]) -> dict[str, bytes]:
    files, rows = {}, []
    for day in days:
        filename = f"activities/{9000 + day}.fit.gz"
        files[filename] = gzip.compress(runs[day], mtime=0)
        rows.append(activity_row(100 + day, filename=filename))
    rows.append(activity_row(99, name="Treadmill, by hand"))
    shoes = csv_bytes(
        ["Shoe Name", "Shoe Brand", "Shoe Model", "Shoe Default Sport Types"], [["Blue", "A", "B", "Run"]]
    )
    return {"activities.csv": csv_bytes(ENGLISH_HEADER, rows), **files, "shoes.csv": shoes}
