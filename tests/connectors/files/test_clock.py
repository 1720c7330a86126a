"""A recording whose clock cannot be right is kept or named, and never filed under a wrong day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Ahead, Damaged
from connectors.files import read_activity_file
from tests.builders.files import STARTED_AT, FitBuilder, fit_run, fit_time, gpx, gpx_point

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_clock_that_was_never_set_is_kept_and_said_with_its_consequence_and_remedy() -> None:
    data = fit_run(started_at=datetime(1989, 12, 31, 1, tzinfo=UTC))
    decoded = read_activity_file(data, name="run.fit", now=NOW)

    said = (
        "The watch's clock said 1989-12-31: the recording is kept, but counted on no day until it has its true date. "
        "Set the watch's clock, correct the date in the maker's app and import that file."
    )
    assert decoded.payload["faults"] == [said]
    assert decoded.payload["sample_count"] == decoded.samples.num_rows == 60
    assert decoded.payload["sessions"][0]["started_at"] == "1989-12-31T01:00:00Z"
    assert decoded.payload["sessions"][0]["distance_m"] == 180.0
    assert decoded.payload["laps"][0]["started_at"] == "1989-12-31T01:00:00Z"
    assert len(decoded.payload["events"]) == 2


def test_seconds_since_power_on_keep_their_order_and_give_a_duration() -> None:
    fit = FitBuilder()
    for at in (7, 5, 6, 65):
        fit.message(20, (253, "uint32", at), (3, "uint8", 120))
    decoded = read_activity_file(fit.build(), name="run.fit", now=NOW)

    assert decoded.payload["sessions"][0]["elapsed_s"] == 60.0
    assert decoded.samples["sample_at"].to_pylist()[0] == datetime(1989, 12, 31, 0, 0, 5, tzinfo=UTC)


def test_a_clock_that_runs_in_the_future_is_named_with_its_remedy() -> None:
    with pytest.raises(Ahead, match="2100-05-01") as caught:
        read_activity_file(fit_run(started_at=datetime(2100, 5, 1, tzinfo=UTC)), name="run.fit", now=NOW)

    assert "Set the watch's clock" in caught.value.remedy


def test_samples_without_any_time_are_kept_in_the_order_they_were_written() -> None:
    fit = FitBuilder()
    for second in range(3):
        fit.message(20, (5, "uint32", second * 300), (3, "uint8", 120 + second))
    decoded = read_activity_file(fit.build(), name="run.fit", now=NOW)
    (session,) = decoded.payload["sessions"]

    assert decoded.samples["sample_at"].null_count == 3
    assert decoded.samples["heart_rate_bpm"].to_pylist() == [120, 121, 122]
    assert (session["started_at"], session["timer_s"], session["distance_m"]) == (None, None, 6.0)
    assert "3 samples has a time" in decoded.payload["faults"][0]
    assert "counted on no day" in decoded.payload["faults"][0]


def test_a_session_that_knows_its_start_counts_though_its_samples_have_no_times() -> None:
    fit = FitBuilder()
    for second in range(3):
        fit.message(20, (5, "uint32", second * 300))
    fit.message(18, (2, "uint32", fit_time(STARTED_AT)), (7, "uint32", 3000), (5, "enum", 1), local=1)
    decoded = read_activity_file(fit.build(), name="run.fit", now=NOW)

    assert decoded.payload["sessions"][0]["started_at"] == "2026-03-01T07:30:00Z"
    assert decoded.payload["sessions"][0]["first_sample_at"] is None
    assert decoded.samples.num_rows == 3
    assert "counts by its summary alone" in decoded.payload["faults"][0]


def test_a_summary_that_knows_the_date_is_believed_before_samples_that_do_not() -> None:
    fit = FitBuilder()
    for at in (5, 6, 7):
        fit.message(20, (253, "uint32", at), (3, "uint8", 120))
    fit.message(18, (2, "uint32", fit_time(STARTED_AT)), (7, "uint32", 3000), (5, "enum", 1), local=1)
    payload = read_activity_file(fit.build(), name="run.fit", now=NOW).payload

    assert payload["sessions"][0]["started_at"] == "2026-03-01T07:30:00Z"
    assert payload["sample_count"] == 0
    assert payload["faults"] == ["3 of 3 samples have no usable time and were left out."]


def test_a_course_says_so_to_machines_as_well() -> None:
    fit = FitBuilder()
    fit.message(0, (0, "enum", 6), (1, "uint16", 1))
    fit.message(20, (253, "uint32", fit_time(STARTED_AT)), (5, "uint32", 0), local=1)
    payload = read_activity_file(fit.build(), name="way.fit", now=NOW).payload

    assert payload["is_course"] is True
    assert "This is a course" in payload["faults"][0]
    assert read_activity_file(fit_run(), name="run.fit", now=NOW).payload["is_course"] is False


def test_a_clock_a_few_hours_ahead_is_a_time_zone_not_a_fault() -> None:
    payload = read_activity_file(fit_run(started_at=NOW + timedelta(hours=5)), name="run.fit", now=NOW).payload

    assert payload["faults"] == []


def test_samples_from_before_the_watch_knew_the_time_are_left_out() -> None:
    fit = FitBuilder()
    for at in (5, 6, fit_time(STARTED_AT), fit_time(STARTED_AT) + 1):
        fit.message(20, (253, "uint32", at), (3, "uint8", 120))
    fit.message(18, (2, "uint32", 5), (253, "uint32", 9), (5, "enum", 1), local=1)

    payload = read_activity_file(fit.build(), name="run.fit", now=NOW).payload
    assert payload["sample_count"] == 2
    assert payload["sessions"][0]["started_at"] == "2026-03-01T07:30:00Z"
    assert len(payload["faults"]) == 2


def test_a_sample_months_away_from_the_others_is_a_broken_number() -> None:
    fit = FitBuilder()
    for at in (0, 1, 2, 86_400 * 90):
        fit.message(20, (253, "uint32", fit_time(STARTED_AT) + at), (3, "uint8", 120))

    assert read_activity_file(fit.build(), name="run.fit", now=NOW).payload["sample_count"] == 3


def test_the_clock_of_a_gpx_file_is_judged_alike() -> None:
    point = gpx_point(0).replace("2026", "1991")

    with pytest.raises(Damaged, match="1991"):
        read_activity_file(gpx([point]), name="run.gpx")
