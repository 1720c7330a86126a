"""Strava's streams read as a recording, whole or in disorder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import Ahead, Damaged
from connectors.files.recording import DecodedFile
from connectors.strava.api_streams import decode_streams, original

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
START = "2026-11-18T05:58:11Z"


def stream(*values: Any) -> dict[str, Any]:
    return {"data": list(values), "series_type": "time", "original_size": len(values), "resolution": "high"}


def decoded(streams: dict[str, Any], *, start: str = START, utc_offset: Any = 3600.0) -> DecodedFile:
    summary = {"id": 16012345678, "start_date": start, "utc_offset": utc_offset, "name": "Tempo"}
    return decode_streams(original(summary, streams), now=NOW)


def test_samples_have_their_own_times_and_units() -> None:
    read = decoded(
        {
            "time": stream(0, 1, 3, 4),
            "distance": stream(0.0, 2.9, 9.1, 12.0),
            "heartrate": stream(92, 93, 97, 99),
            "cadence": stream(80, 84, 86, 86),
            "watts": stream(None, 210, None, 240),
            "temp": stream(12, 12, 12, 13),
            "velocity_smooth": stream(0.0, 2.9, 3.1, 2.9),
            "altitude": stream(40.0, 40.2, 40.4, 40.4),
        }
    )
    rows = read.samples.to_pylist()

    assert [f"{row['sample_at']:%H:%M:%S}" for row in rows] == ["05:58:11", "05:58:12", "05:58:14", "05:58:15"]
    assert [row["power_w"] for row in rows] == [None, 210, None, 240]
    assert rows[2]["heart_rate_bpm"] == 97
    assert rows[2]["cadence_rpm"] == 86
    assert rows[3]["temperature_c"] == 13
    assert read.payload["format"] == "strava_streams"
    assert read.payload["utc_offset_s"] == 3600
    assert read.payload["faults"] == []
    (session,) = read.payload["sessions"]
    assert (session["started_at"], session["distance_m"], session["elapsed_s"]) == (START, 12.0, 4.0)


def test_a_stream_that_is_not_there_is_unknown() -> None:
    read = decoded({"time": stream(0, 1), "distance": stream(0.0, 3.0)})

    assert read.samples.column("heart_rate_bpm").null_count == 2
    assert read.payload["sessions"][0]["heart_rate_avg_bpm"] is None


@pytest.mark.parametrize(
    "odd", [stream(1, 2, 3), stream("a", "b"), {"data": None}, {"values": [1, 2]}, [1, 2], None, stream([1], [2, 3])]
)
def test_a_stream_that_does_not_fit_is_left_out_and_named(odd: Any) -> None:
    read = decoded({"time": stream(0, 1), "distance": stream(0.0, 3.0), "heartrate": odd})

    assert read.samples.column("heart_rate_bpm").null_count == 2
    assert read.payload["faults"] == ["The stream heartrate does not fit the times and was left out."]


@pytest.mark.parametrize("times", [None, {}, stream(), stream("x"), {"data": 5}])
def test_streams_without_times_are_no_recording(times: Any) -> None:
    with pytest.raises(Damaged, match="no times"):
        decoded({"time": times, "distance": stream(0.0, 3.0)})


def test_times_in_disorder_are_put_in_order() -> None:
    read = decoded({"time": stream(0, 4, 2), "distance": stream(0.0, 12.0, 6.0)})

    assert read.samples.column("distance_m").to_pylist() == [0.0, 6.0, 12.0]


@pytest.mark.parametrize(("start", "kind"), [("2031-01-01T05:00:00Z", Ahead), ("1989-12-31T00:00:00Z", Damaged)])
def test_a_start_that_cannot_be_is_no_recording(start: str, kind: type[Damaged]) -> None:
    with pytest.raises(kind):
        decoded({"time": stream(0, 1)}, start=start)


def test_a_hidden_start_is_said_to_be_one() -> None:
    read = decoded({"time": stream(0, 1)}, start="2026-11-18T00:00:01Z")

    assert read.payload["faults"] == ["The start is hidden: the day is right, the time of day is not."]


@pytest.mark.parametrize("offset", [None, "an hour"])
def test_an_offset_that_is_not_known_stays_unknown(offset: Any) -> None:
    assert decoded({"time": stream(0, 1)}, utc_offset=offset).payload["utc_offset_s"] is None


def test_positions_are_read_where_they_are_kept() -> None:
    read = decoded({"time": stream(0, 1, 2), "latlng": stream([52.5, 13.4], None, [52.6, 13.5])})

    assert read.samples.column("latitude_deg").to_pylist() == [52.5, None, 52.6]
    assert read.samples.column("longitude_deg").to_pylist() == [13.4, None, 13.5]


def test_the_same_streams_are_the_same_bytes() -> None:
    one = {"time": stream(0, 1), "distance": stream(0.0, 3.0)}
    other = dict(reversed(list(one.items())))
    summary = {"id": 5, "start_date": START, "utc_offset": 3600.0}

    assert original(summary, one) == original({**summary, "name": "Renamed"}, other)
