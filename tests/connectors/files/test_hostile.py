"""Files made to hurt: what reading them costs stays in proportion, and what nobody's run holds is cut or refused."""

from __future__ import annotations

import struct
import time
import tracemalloc

import pytest

from connectors.errors import Skipped, Unsafe
from connectors.files import read_activity_file
from tests.builders.files import FitBuilder, fit_run, fit_time, gpx
from tests.connectors.files.test_mutations import NOW

TIMED_RECORD = b"\x40\0\0\x14\0\x01\xfd\x04\x86"
ROOM_BYTES, ROOM_TIMES = 16 * 1024**2, 20


def fit_of(body: bytes) -> bytes:
    return struct.pack("<BBHI4s", 12, 16, 100, len(body), b".FIT") + body + b"\0\0"


def read(data: bytes) -> dict[str, object] | Skipped:
    try:
        return read_activity_file(data, name="file", now=NOW).payload
    except Skipped as why:
        return why


@pytest.mark.parametrize("instant", [1e300, -1e300, 1e17, -1e12])
def test_an_instant_no_calendar_has_is_unknown(instant: float) -> None:
    """A damaged definition may read a timestamp as a number of any size."""
    body = b"\x40\0\0\x14\0\x01\xfd\x08\x89" + b"".join(b"\0" + struct.pack("<d", instant + n) for n in range(3))

    assert isinstance(read(fit_of(body)), Skipped)


def test_an_instant_no_calendar_has_beside_a_clock_that_was_never_set_is_left_out() -> None:
    fit = FitBuilder()
    for second in range(3):
        fit.message(20, (253, "uint32", 1000 + second), (3, "uint8", 150))
    definition = b"\x41\0\0\x15\0\x03\xfd\x08\x89\0\x01\0\x01\x01\0"
    fit.body += definition + b"\x01" + struct.pack("<d", -1e300) + b"\0\0"
    payload = read(fit.build())

    assert isinstance(payload, dict)
    assert payload["events"] == []
    assert payload["sample_count"] == 3


def test_laps_beyond_any_number_real_runs_have_are_cut_and_that_is_said() -> None:
    fit = FitBuilder()
    start = fit_time(NOW) - 86_400
    for lap in range(3_010):
        fit.message(19, (253, "uint32", start + lap), (2, "uint32", start + lap))
    fit.message(20, (253, "uint32", start))
    decoded = read_activity_file(fit.build(), name="file", now=NOW).payload

    assert len(decoded["laps"]) == 3_000
    assert "The file claims 3010 laps; the first 3000 were read." in decoded["faults"]


def test_xml_of_tags_that_hold_nothing_is_refused() -> None:
    with pytest.raises(Unsafe, match="elements"):
        read_activity_file(b"<gpx><trk>" + b"<a/>" * 400_000 + b"</trk></gpx>", name="file")


def test_a_long_gpx_without_a_blank_too_many_is_not() -> None:
    point = '<trkpt lat="50.1" lon="7.1"><ele>1</ele><time>2026-03-01T07:30:00Z</time></trkpt>'

    assert read_activity_file(gpx([point] * 30_000), name="file").payload["sample_count"] == 30_000


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            b"\x41\0\0\x14\0\x0d"
            + bytes(c for n in (0, 1, 3, 4, 5, 6, 7, 13, 39, 41, 53, 73, 78) for c in (n, 1, 2))
            + b"\1"
            + bytes(13)
            + b"\x40\0\0\x14\0\x01\x03\x01\2"
            + b"\0\x60" * 300_000,
            id="every field once",
        ),
        pytest.param(b"\x40\0\0\x14\0\0" + bytes(900_000), id="messages of one byte"),
        pytest.param(TIMED_RECORD + b"\0\0\0\0\x40" + b"\x9f" * 900_000, id="samples of one byte"),
        pytest.param(TIMED_RECORD + b"\0\0\0\0\x40\x41\0\0\x15\0\0" + b"\xbf" * 900_000, id="events of one byte"),
        pytest.param(b"\x41\0\0\x0c\0\0" + b"\xa8" * 300_000, id="times of nothing"),
        pytest.param(b"\x40\0\0\x12\0\x01\x05\x01\0" + b"\0\x01" * 150_000, id="sessions of two bytes"),
        pytest.param(b"\x40\0\0\x13\0\x01\x18\x01\0" + b"\0\x01" * 150_000, id="laps of two bytes"),
        pytest.param(b"\x40\0\0\x15\0\x02\0\x01\0\x01\x01\0" + b"\0\0\0" * 100_000, id="events of three bytes"),
        pytest.param(b"\x40\0\0\xce\0\x02\0\x01\x02\x01\x01\x02" + b"\0\0\0" * 100_000, id="descriptions"),
        pytest.param(b"\x40\0\0\x14\0\x01\x03\x01\x02" + b"\0\x60" * 300_000, id="heart rates alone"),
        pytest.param(
            b"\x40\0\0\x14\0\xff" + bytes(b"\x03\xff\x02" * 255) + b"\0" * 65_026 * 5, id="lists as long as can be"
        ),
        pytest.param(
            b"".join(b"\x40\0\0\x14\0\xff" + bytes(c for n in range(255) for c in (n, 1, i)) for i in range(256)),
            id="definitions",
        ),
    ],
)
def test_reading_takes_room_and_time_in_proportion_to_the_file(body: bytes) -> None:
    data = fit_of(body)
    read(fit_run())
    began = time.process_time()
    read(data)
    took_s = time.process_time() - began
    tracemalloc.start()
    read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < ROOM_BYTES + ROOM_TIMES * len(data)
    assert took_s < 1.0 + 2e-6 * len(data)
