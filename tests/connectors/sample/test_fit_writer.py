"""An independent decoder reads from our FIT files what was written into them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from connectors.sample.fit_writer import encode_activity, encode_settings
from connectors.sample.model import Device, Lap, Recording
from tests.builders.sample import messages

START = 1_790_000_000
NAN = float("nan")


def a_recording(*, has_dynamics: bool = True, pauses: tuple[tuple[int, int], ...] = ()) -> Recording:
    samples = {
        "at": np.array([START, START + 4, START + 40, START + 44.0]),
        "latitude_deg": np.array([52.4735, 52.4736, NAN, -33.5]),
        "longitude_deg": np.array([13.402, 13.4021, NAN, -70.25]),
        "distance_m": np.array([0.0, 11.25, 23.5, 34.75]),
        "speed_m_per_s": np.array([2.8, 2.812, NAN, 3.001]),
        "altitude_m": np.array([45.0, 45.2, -12.4, NAN]),
        "heart_rate_bpm": np.array([97, 101, NAN, 140.0]),
        "cadence_rpm": np.array([82, 83, 84, NAN]),
        "cadence_fraction": np.array([0.5, 0.0, 0.5, NAN]),
        "temperature_c": np.array([-3, 0, 12, NAN]),
    }
    if has_dynamics:
        samples["power_w"] = np.array([230, 241, NAN, 250.0])
        samples["step_length_mm"] = np.array([1020.5, 1031.0, NAN, 1040.2])
    lap = Lap(
        started_at=START,
        ended_at=START + 4,
        distance_m=11.25,
        timer_s=4.0,
        ascent_m=3.0,
        heart_rate_avg_bpm=99.0,
        heart_rate_max_bpm=101.0,
        cadence_avg_rpm=82.75,
        power_avg_w=None,
        trigger=0,
        intensity=2,
        workout_step=0,
    )
    return Recording(
        device=Device(manufacturer=1, product=4024, serial_number=3428805519, has_dynamics=has_dynamics),
        sport=1,
        sub_sport=1,
        started_at=START,
        ended_at=START + 44,
        utc_offset_s=-14400,
        samples=samples,
        laps=(lap,),
        pauses=pauses,
        distance_m=34.75,
        timer_s=14.0,
        ascent_m=3.0,
        descent_m=1.0,
        speed_max_m_per_s=3.001,
        heart_rate_avg_bpm=113.0,
        heart_rate_max_bpm=140.0,
        cadence_avg_rpm=83.25,
        cadence_max_rpm=84.0,
        power_avg_w=240.0,
        energy_kcal=3.0,
    )


def decoded(recording: Recording, name: str) -> list[dict[str, Any]]:
    return [values for found, values in messages(encode_activity(recording)) if found == name]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(START + seconds, UTC)


def column(records: list[dict[str, Any]], name: str) -> list[float]:
    return [NAN if record[name] is None else record[name] for record in records]


@pytest.mark.parametrize("has_dynamics", [True, False], ids=["new watch", "old watch"])
def test_samples_are_read_as_written_and_unknown_stays_unknown(has_dynamics: bool) -> None:
    recording = a_recording(has_dynamics=has_dynamics)
    written = recording.samples

    records = decoded(recording, "record")

    assert [record["timestamp"] for record in records] == [at(0), at(4), at(40), at(44)]
    degrees = 180 / 2**31
    np.testing.assert_allclose(
        np.array(column(records, "position_lat")) * degrees, written["latitude_deg"], atol=degrees
    )
    np.testing.assert_allclose(
        np.array(column(records, "position_long")) * degrees, written["longitude_deg"], atol=degrees
    )
    np.testing.assert_allclose(column(records, "distance"), written["distance_m"], atol=0.005)
    np.testing.assert_allclose(column(records, "enhanced_speed"), written["speed_m_per_s"], atol=0.0005)
    np.testing.assert_allclose(column(records, "enhanced_altitude"), written["altitude_m"], atol=0.1)
    np.testing.assert_array_equal(column(records, "heart_rate"), written["heart_rate_bpm"])
    np.testing.assert_array_equal(column(records, "cadence"), written["cadence_rpm"])
    np.testing.assert_array_equal(column(records, "fractional_cadence"), written["cadence_fraction"])
    np.testing.assert_array_equal(column(records, "temperature"), written["temperature_c"])
    if has_dynamics:
        np.testing.assert_array_equal(column(records, "power"), written["power_w"])
        np.testing.assert_allclose(column(records, "step_length"), written["step_length_mm"], atol=0.05)


def test_the_file_names_its_device() -> None:
    (file_id,) = decoded(a_recording(), "file_id")

    assert file_id == {
        "type": "activity",
        "manufacturer": "garmin",
        "garmin_product": "fr955",
        "serial_number": 3428805519,
        "time_created": at(0),
    }


def test_a_lap_keeps_its_summary_its_step_and_why_it_ended() -> None:
    (lap,) = decoded(a_recording(), "lap")

    assert (lap["start_time"], lap["timestamp"]) == (at(0), at(4))
    assert (lap["total_distance"], lap["total_timer_time"], lap["total_elapsed_time"]) == (11.25, 4.0, 4.0)
    assert (lap["avg_heart_rate"], lap["max_heart_rate"], lap["avg_power"], lap["total_ascent"]) == (99, 101, None, 3)
    assert lap["avg_cadence"] + lap["avg_fractional_cadence"] == 82.75
    assert (lap["intensity"], lap["lap_trigger"], lap["wkt_step_index"]) == ("warmup", "manual", 0)


def test_the_session_keeps_the_whole() -> None:
    (session,) = decoded(a_recording(), "session")

    assert (session["sport"], session["sub_sport"]) == ("running", "treadmill")
    assert (session["total_distance"], session["total_timer_time"], session["total_elapsed_time"]) == (
        34.75,
        14.0,
        44.0,
    )
    assert (session["avg_heart_rate"], session["max_heart_rate"], session["avg_power"]) == (113, 140, 240)
    assert session["avg_running_cadence"] + session["avg_fractional_cadence"] == 83.25
    assert (session["total_ascent"], session["total_descent"], session["total_calories"]) == (3, 1, 3)


def test_the_activity_tells_the_offset_from_utc() -> None:
    (activity,) = decoded(a_recording(), "activity")

    assert (activity["local_timestamp"] - activity["timestamp"]).total_seconds() == -14400


def test_a_pause_stands_between_the_samples_around_it() -> None:
    recording = a_recording(pauses=((START + 4, START + 36),))

    order = [
        (name, values.get("event_type"), values.get("timestamp"))
        for name, values in messages(encode_activity(recording))
        if name in ("event", "record")
    ]

    assert order == [
        ("event", "start", at(0)),
        ("record", None, at(0)),
        ("record", None, at(4)),
        ("event", "stop_all", at(4)),
        ("event", "start", at(36)),
        ("record", None, at(40)),
        ("record", None, at(44)),
        ("event", "stop_all", at(44)),
    ]


def test_settings_are_a_file_without_an_activity() -> None:
    data = encode_settings(created_at=START, manufacturer=294, product=812, serial_number=70024117, utc_offset_s=7200)

    found = dict(messages(data))

    assert found["file_id"]["type"] == "settings"
    assert found["device_settings"] == {"utc_offset": 7200}
    assert set(found) == {"file_id", "device_settings"}
