"""A recording whose clock cannot be right is not filed under a wrong day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Damaged
from connectors.files import read_activity_file
from tests.builders.files import STARTED_AT, FitBuilder, fit_run, fit_time, gpx, gpx_point

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("started_at", "said"),
    [(datetime(1989, 12, 31, 1, tzinfo=UTC), "1989-12-31"), (datetime(2100, 5, 1, tzinfo=UTC), "2100-05-01")],
)
def test_a_clock_that_was_never_set_or_runs_in_the_future_is_named_with_its_remedy(
    started_at: datetime, said: str
) -> None:
    with pytest.raises(Damaged, match=said) as caught:
        read_activity_file(fit_run(started_at=started_at), name="run.fit", now=NOW)

    assert "Set the watch's clock" in caught.value.remedy


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
