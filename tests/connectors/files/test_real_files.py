"""Every real file that holds a recording is taken, damaged ones with their faults; the others are named with their reason."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import NothingToImport
from connectors.files import read_activity_file
from connectors.files.fit_messages import read_fit
from connectors.files.fit_profile import RECORD
from tests.builders.files import REAL_FILES

NOW = datetime(2026, 11, 21, tzinfo=UTC)
WRONG_CLOCK = {"antfs-dump.63.fit", "compressed-speed-distance.fit", "Berlin (0,9 km).fit"}
"""Recorded before the watch knew the date (1989 and 1990)."""
NO_TIMES = {"DeveloperData.fit"}
ONLY_A_WAY = {"test.gpx", "Berlin (0,9 km).gpx", "testcourse.gpx", "testcourse.tcx"}


def real_files() -> list[Path]:
    """Every distinct real activity file."""
    found = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path
        for path in sorted(REAL_FILES.resolve().rglob("*"), reverse=True)
        if path.suffix.lower() in (".fit", ".gpx", ".tcx")
    }
    return sorted(found.values(), key=lambda path: path.name)


REAL = real_files()
pytestmark = pytest.mark.skipif(not REAL, reason="the real files of ../shared/data are not here")


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_file_is_taken_or_named_with_its_reason(path: Path) -> None:
    data = path.read_bytes()
    is_fit = path.suffix.lower() == ".fit"
    fit = read_fit(data)
    if path.name in ONLY_A_WAY or (is_fit and fit.message(RECORD) is None):
        with pytest.raises(NothingToImport):
            read_activity_file(data, name=path.name, now=NOW)
        return

    decoded = read_activity_file(data, name=path.name, now=NOW)
    is_dated = path.name not in WRONG_CLOCK | NO_TIMES
    assert decoded.payload["sample_count"] == decoded.samples.num_rows > 0
    assert decoded.payload["sessions"]
    assert is_dated or "counted on no day" in decoded.payload["faults"][-1]
    if is_fit and fit.faults:
        assert decoded.payload["faults"]
    for session in decoded.payload["sessions"]:
        assert bool(session["first_sample_at"]) is (path.name not in NO_TIMES)
        assert ((session["started_at"] or "") >= "2000") is is_dated


@pytest.mark.parametrize(
    ("name", "samples", "distance_m", "sport", "has_faults"),
    [
        ("activity-small-fenix2-run.fit", 2809, 9008.22, "running", False),
        ("strava-android-app-201.10-b1218918.fit", 5300, 11274.04, "running", True),
        ("activity-unexpected-eof.fit", 14, 5.73, "running", True),
        ("activity-filecrc.fit", 14, 5.73, "running", True),
    ],
)
def test_known_files_say_what_they_are_known_to_say(
    name: str, samples: int, distance_m: float, sport: str, has_faults: bool
) -> None:
    data = next(path for path in REAL if path.name == name).read_bytes()

    payload = read_activity_file(data, name=name, now=NOW).payload
    assert payload["sample_count"] == samples
    assert payload["sessions"][0]["distance_m"] == pytest.approx(distance_m)
    assert payload["sessions"][0]["sport"] == sport
    assert bool(payload["faults"]) is has_faults


def test_the_same_run_in_three_formats_is_the_same_run() -> None:
    folder = REAL_FILES.resolve() / "fit_tcx_gpx/heartandsole"
    runs = [
        read_activity_file((folder / f"testdata.{kind}").read_bytes(), name=kind).payload
        for kind in ("fit", "tcx", "gpx")
    ]

    assert {run["sessions"][0]["started_at"] for run in runs} == {"2021-04-16T13:37:53Z"}
    assert {run["sessions"][0]["sport"] for run in runs} == {"running"}
    assert runs[0]["sessions"][0]["distance_m"] == runs[1]["sessions"][0]["distance_m"]
    assert [len(run["laps"]) for run in runs[:2]] == [4, 4]
