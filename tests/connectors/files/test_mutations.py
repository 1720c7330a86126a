"""No damage to a file makes the reader fail in a way nobody planned, take long, or say what JSON cannot hold."""

from __future__ import annotations

import json
import random
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Skipped
from connectors.files import DecodedFile, read_activity_file
from tests.builders.files import REAL_FILES, fit_run, gpx, gpx_point, tcx, tcx_activity

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LONGEST_S = 5.0
BUILT = {
    "fit": fit_run(),
    "big-endian fit": fit_run(order=">"),
    "chained fit": fit_run(count=20) + fit_run(count=20),
    "gpx": gpx([gpx_point(i, extensions="<hr>150</hr>") for i in range(30)]),
    "tcx": tcx(tcx_activity()),
}
FOLDER = REAL_FILES.resolve() / "fit_tcx_gpx"
REAL = [
    FOLDER / "fitdecode/garmin-fenix-5-run.fit",
    FOLDER / "fitdecode/developer-types-sample.fit",
    FOLDER / "fitdecode/2013-02-06-12-11-14.fit",
    FOLDER / "python-fitparse/strava-android-app-201.10-b1218918.fit",
    FOLDER / "heartandsole/testdata.gpx",
    FOLDER / "heartandsole/testdata.tcx",
]


def mutated(data: bytes, luck: random.Random) -> bytes:
    """The same file with some bytes changed, lost, added or cut off."""
    broken = bytearray(data)
    at = luck.randrange(len(broken))
    match luck.randrange(6):
        case 0:
            for _ in range(luck.choice([1, 3, 30, 300])):
                broken[luck.randrange(len(broken))] = luck.randrange(256)
        case 1:
            del broken[at:]
        case 2:
            del broken[at : at + luck.randrange(1, 60)]
        case 3:
            broken[at:at] = luck.randbytes(luck.randrange(1, 60))
        case 4:
            broken += data[: luck.randrange(len(data))]
        case _:
            for _ in range(5):
                broken[luck.randrange(min(len(broken), 200))] = luck.randrange(256)
    return bytes(broken)


def judge(data: bytes) -> None:
    began = time.perf_counter()
    decoded = decoded_or_skipped(data)
    if isinstance(decoded, Skipped):
        assert decoded.fact
        assert decoded.remedy
    else:
        json.dumps(decoded.payload, allow_nan=False)
        decoded.samples.validate(full=True)
        times = decoded.samples["sample_at"]
        assert times.null_count in (0, len(times))
        assert times.drop_null().to_pylist() == sorted(times.drop_null().to_pylist())
        assert decoded.payload["sessions"]
    assert time.perf_counter() - began < LONGEST_S


def decoded_or_skipped(data: bytes) -> DecodedFile | Skipped:
    try:
        return read_activity_file(data, name="file", now=NOW)
    except Skipped as skipped:
        return skipped


@pytest.mark.parametrize("kind", BUILT)
def test_random_damage_to_a_built_file_is_met_with_samples_or_a_reason(kind: str) -> None:
    luck = random.Random(f"built {kind}")
    for _ in range(150):
        judge(mutated(BUILT[kind], luck))


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_random_damage_to_a_real_file_is_met_with_samples_or_a_reason(path: Path) -> None:
    if not path.exists():
        pytest.skip("the real files of ../shared/data are not here")
    luck, data = random.Random(path.name), path.read_bytes()
    for _ in range(40):
        judge(mutated(data, luck))


@pytest.mark.parametrize("kind", ["fit", "gpx", "tcx"])
def test_a_file_cut_off_anywhere_is_met_with_samples_or_a_reason(kind: str) -> None:
    data = BUILT[kind]
    for length in range(0, len(data), 29):
        judge(data[:length])


def test_the_longer_the_rest_of_a_file_the_more_samples_it_gives() -> None:
    data, counts = fit_run(count=100), []
    for length in range(700, len(data), 97):
        counts.append(read_activity_file(data[:length], name="run.fit").payload["sample_count"])

    assert counts == sorted(counts)
    assert counts[-1] == 100


@given(st.binary(max_size=400))
def test_any_bytes_behind_a_fit_header_are_met_with_samples_or_a_reason(body: bytes) -> None:
    header = b"\x0c\x10\x64\x00" + len(body).to_bytes(4, "little") + b".FIT"
    judge(header + body + b"\0\0")


def test_memory_stays_in_proportion_to_the_file() -> None:
    files = {
        "one-byte messages": b"\x40\0\0\x14\0\0" + bytes(300_000),
        "definitions": b"".join(b"\x40\0\0\x14\0\x01" + bytes([i % 250, i % 200, 2]) for i in range(30_000)),
        "noise": random.Random(1).randbytes(300_000),
    }
    for body in files.values():
        header = b"\x0c\x10\x64\x00" + len(body).to_bytes(4, "little") + b".FIT"
        tracemalloc.start()
        judge(header + body + b"\0\0")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 200 * 300_000
