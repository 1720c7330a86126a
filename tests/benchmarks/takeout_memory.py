"""How much memory whole take-outs take: a Garmin export of 2 GB with a list of over 1 GB in it, ten years of Strava.

Each is imported by a process of its own, whose memory is summed with that of its decoding processes (pages they share
counted in proportion) twenty times a second. `own_peak_mb` is what the system itself remembers of the first process.
"""

from __future__ import annotations

import gzip
import tempfile
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.benchmarks.measuring import measured
from tests.builders.files import fit_run
from tests.builders.fit_shift import ShiftableFit
from tests.builders.ledger import new_store_on_disk
from tests.builders.takeouts import ENGLISH_HEADER, activity_row, csv_bytes, us_date
from tests.builders.takeouts_garmin import GarminTakeout, write_garmin_zip

_ROOT = Path(__file__).resolve().parents[2]
_YEARS = 10
_RUNS = 3_000
_FIRST_DATE = date(2016, 11, 1)
# Some 220 kB a run, as a watch with running dynamics writes; some 20 kB a day of device logs; a list of activities of
# 1.1 GB in one file, which no account has yet.
_GARMIN = GarminTakeout(
    first_date=_FIRST_DATE,
    days=365 * _YEARS,
    run_every_days=1,
    run_seconds=7_000,
    chunk_days=100,
    overlap_days=10,
    is_messy=True,
    activities_per_file=10**9,
    activities_beyond_runs=40_000,
    splits_per_activity=100,
    logs_per_day=3,
    log_messages=2_000,
    uploads_per_zip=4_000,
)


def run() -> dict[str, object]:
    """Peak megabytes, files, rows and seconds of each import, first and again."""
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(dir=_ROOT, prefix="takeouts-") as name:
        folder = Path(name)
        for what, write in (("garmin", _write_garmin), ("strava", _write_strava)):
            started_at = time.perf_counter()
            path = write(folder / f"{what}.zip")
            made_s = time.perf_counter() - started_at
            about = _about(path) | {"made_in_s": round(made_s)}
            home = folder / f"home-{what}"
            new_store_on_disk(home)
            figures[what] = about | {"first": _import(path, home), "again": _import(path, home)}
            path.unlink()
    return figures


def _write_garmin(path: Path) -> Path:
    return write_garmin_zip(path, _GARMIN, at=datetime(2026, 11, 1, tzinfo=UTC), compression=zipfile.ZIP_STORED)


def _write_strava(path: Path) -> Path:
    run = ShiftableFit(fit_run(count=4_000, started_at=datetime(2016, 11, 1, 6, tzinfo=UTC)))
    rows = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number in range(_RUNS):
            day = number * 365 * _YEARS // _RUNS
            filename = f"activities/{number + 10_000}.fit.gz"
            archive.writestr(filename, gzip.compress(run.shifted(day), 1))
            at = datetime(2016, 11, 1, 6, tzinfo=UTC) + timedelta(days=day)
            rows.append(activity_row(number + 1, date=us_date(at), filename=filename))
        archive.writestr("activities.csv", csv_bytes(ENGLISH_HEADER, rows))
        archive.writestr("media/film.mp4", b"\0" * 200_000_000)
    return path


def _about(path: Path) -> dict[str, object]:
    """How many files the zip and the zips in it hold, and what they unpack to."""
    files = unpacked = largest = 0
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".zip"):
                with archive.open(member) as inner_file, zipfile.ZipFile(inner_file) as inner:
                    sizes = [each.file_size for each in inner.infolist()]
            else:
                sizes = [member.file_size]
            files += len(sizes)
            unpacked += sum(sizes)
            largest = max(largest, *sizes)
    return {
        "files": files,
        "zip_mb": round(path.stat().st_size / 1e6),
        "unpacked_mb": round(unpacked / 1e6),
        "largest_file_mb": round(largest / 1e6),
    }


def _import(path: Path, home: Path) -> dict[str, object]:
    done = measured(path, home, processes=2)
    told = {name: figure for name, figure in done.figures.items() if name != "records"}
    return {"peak_mb": round(done.peak_mb), "seconds": round(done.seconds, 1)} | told
