"""TCX files: laps are kept, sessions are their sum."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import NothingToImport
from connectors.files import read_activity_file
from tests.builders.files import STARTED_AT, tcx, tcx_activity


def test_a_session_is_the_sum_of_its_laps_and_averages_are_weighted_by_time() -> None:
    payload = read_activity_file(tcx(tcx_activity()), name="run.tcx").payload

    session = payload["sessions"][0]
    assert (session["sport"], session["started_at"]) == ("running", "2026-03-01T07:30:00Z")
    assert (session["distance_m"], session["timer_s"], session["elapsed_s"]) == (360.0, 120.0, 120.0)
    assert (session["heart_rate_avg_bpm"], session["energy_kcal"], session["derived"]) == (155.0, 20.0, False)
    assert (payload["product"], payload["serial_number"]) == ("Example TCX watch", "99")
    laps = [(lap["started_at"], lap["distance_m"], lap["intensity"], lap["trigger"]) for lap in payload["laps"]]
    assert laps == [
        ("2026-03-01T07:30:00Z", 180.0, "active", "manual"),
        ("2026-03-01T07:31:00Z", 180.0, "active", "manual"),
    ]


def test_points_have_speed_and_the_cadence_of_one_foot() -> None:
    samples = read_activity_file(tcx(tcx_activity()), name="run.tcx").samples

    assert samples.num_rows == 12
    assert samples["cadence_rpm"].to_pylist() == [85.0] * 12
    assert samples["speed_m_per_s"].to_pylist() == [3.0] * 12
    assert samples["distance_m"].to_pylist()[-1] == 330.0


def test_every_activity_is_a_session() -> None:
    late = tcx_activity(sport="Biking", started_at=STARTED_AT + timedelta(hours=3), laps=1)

    payload = read_activity_file(tcx(tcx_activity(), late), name="two.tcx").payload
    assert [session["sport"] for session in payload["sessions"]] == ["running", "biking"]
    assert [lap["session"] for lap in payload["laps"]] == [0, 0, 1]


def test_blanks_in_front_as_strava_writes_them_do_no_harm() -> None:
    assert read_activity_file(b"          " + tcx(tcx_activity()), name="run.tcx").payload["faults"] == []


def test_a_broken_file_gives_what_comes_before_the_break() -> None:
    whole = tcx(tcx_activity(laps=4))

    payload = read_activity_file(whole[: len(whole) * 3 // 4], name="run.tcx").payload
    assert 12 <= payload["sample_count"] < 24
    assert payload["faults"]


def test_a_course_is_no_recording() -> None:
    with pytest.raises(NothingToImport, match="no activity"):
        read_activity_file(b"<TrainingCenterDatabase><Courses/></TrainingCenterDatabase>", name="way.tcx")
