"""Every run and night stands on the day that the athlete's own wall clock showed, wherever on Earth that was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.builders.warehouse import Build, LedgerBuilder, build_lean

pytestmark = pytest.mark.slow

BERLIN, NEW_YORK, AUCKLAND, LOS_ANGELES = 7200, -14400, 43200, -25200
MARCH_29, OCTOBER_25 = date(2026, 3, 29), date(2026, 10, 25)  # summer time begins and ends in Berlin
TODAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("local_days")
    ledger = LedgerBuilder(folder)
    _traveller(ledger)
    _sleeper(ledger)
    _flier(ledger)
    return build_lean(folder / "warehouse.next.duckdb", ledger.snapshot(folder / "snapshot.duckdb", today=TODAY))


def test_a_watch_that_knows_its_offset_says_the_day(warehouse: Build) -> None:
    assert _run(warehouse, "watch")["local_date"] == date(2026, 4, 9)


def test_without_an_offset_the_straps_cycle_around_the_run_says_it(warehouse: Build) -> None:
    """At home it was past midnight already."""
    found = _run(warehouse, "phone away")

    assert (found["local_date"], found["utc_offset_s"]) == (date(2026, 4, 10), NEW_YORK)


def test_without_either_it_is_the_day_at_home_in_winter_and_summer_time(warehouse: Build) -> None:
    before, after = _run(warehouse, "the eve"), _run(warehouse, "the night")

    assert (before["local_date"], before["utc_offset_s"]) == (date(2026, 3, 28), 3600)
    assert (after["local_date"], after["utc_offset_s"]) == (date(2026, 3, 30), 7200)


def test_a_run_across_midnight_is_a_run_of_the_day_it_began(warehouse: Build) -> None:
    days = {row["local_date"]: row["distance_m"] for row in _days(warehouse, "traveller")}

    assert _run(warehouse, "across midnight")["local_date"] == date(2026, 5, 1)
    assert days[date(2026, 5, 1)] == 10000.0
    assert not days[date(2026, 5, 2)]  # nothing arrived after it, so the rest of that day is unknown


@pytest.mark.parametrize(("changed", "slept_s"), [(MARCH_29, 7 * 3600), (OCTOBER_25, 9 * 3600)])
def test_a_night_in_which_the_clocks_change_belongs_to_its_morning(
    warehouse: Build, changed: date, slept_s: int
) -> None:
    nights = {row["local_date"]: row for row in _days(warehouse, "sleeper") if row["has_recovery"]}

    assert nights[changed]["sleep_s"] == slept_s
    assert {changed - timedelta(days=1), changed, changed + timedelta(days=1)} <= nights.keys()


def test_no_day_is_lost_or_doubled_where_the_clocks_change(warehouse: Build) -> None:
    days = [row["local_date"] for row in _days(warehouse, "sleeper")]

    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]


def test_a_nap_is_no_night(warehouse: Build) -> None:
    nights = {row["local_date"]: row for row in _days(warehouse, "sleeper")}

    assert nights[MARCH_29 + timedelta(days=3)]["has_recovery"] is False
    assert nights[MARCH_29 + timedelta(days=3)]["sleep_s"] is None


def test_a_day_lived_twice_across_the_date_line_has_one_night_and_all_its_runs(warehouse: Build) -> None:
    """Auckland's morning of the tenth and, a flight later, Los Angeles' morning of the tenth."""
    days = {row["local_date"]: row for row in _days(warehouse, "flier")}
    again = days[date(2026, 5, 10)]

    assert (again["run_count"], again["distance_m"]) == (2, 11000.0)
    assert (again["has_recovery"], again["recovery_score_pct"]) == (True, 80)


def test_a_day_that_the_date_line_swallowed_is_unknown_and_not_bad(warehouse: Build) -> None:
    """From Los Angeles on the twentieth to Auckland on the twenty-second."""
    days = {row["local_date"]: row for row in _days(warehouse, "flier")}
    never = days[date(2026, 5, 21)]

    assert (never["run_count"], never["has_recovery"], never["recovery_score_pct"]) == (0, False, None)
    assert days[date(2026, 5, 20)]["has_recovery"]
    assert days[date(2026, 5, 22)]["has_recovery"]


def _traveller(ledger: LedgerBuilder) -> None:
    """At home in Berlin, in New York from the ninth to the eleventh of April."""
    ledger.athlete_id = "traveller"
    ledger.athlete(time_zone="Europe/Berlin")
    ledger.recording(_at("2026-04-10 02:30"), utc_offset_s=NEW_YORK, distance_m=1000.0)  # 22:30 on the ninth
    ledger.strava(1, _at("2026-04-10 22:30"), **_told("phone away", 2000))
    ledger.night(date(2026, 4, 10), offset_s=NEW_YORK)
    ledger.strava(2, _at("2026-03-28 22:30"), **_told("the eve", 3000))
    ledger.strava(3, _at("2026-03-29 22:30"), **_told("the night", 4000))
    ledger.strava(4, _at("2026-05-01 21:40"), **_told("across midnight", 10000))  # 23:40 in Berlin


def _sleeper(ledger: LedgerBuilder) -> None:
    """From eleven to seven on the wall clock every night around both changes of the clocks."""
    ledger.athlete_id = "sleeper"
    ledger.athlete(time_zone="Europe/Berlin")
    for changed, before_s, after_s in ((MARCH_29, 3600, 7200), (OCTOBER_25, 7200, 3600)):
        for number in (-1, 0, 1):
            morning = changed + timedelta(days=number)
            asleep_offset_s, wake_offset_s = before_s if number < 1 else after_s, after_s if number >= 0 else before_s
            wake_at = _at(f"{morning} 07:00") - timedelta(seconds=wake_offset_s)
            asleep_at = _at(f"{morning - timedelta(days=1)} 23:00") - timedelta(seconds=asleep_offset_s)
            _night(ledger, asleep_at, wake_at, wake_offset_s, score=60)
    # A nap in the afternoon after a night without the strap.
    nap_at = _at("2026-04-01 12:00")
    ledger.land(
        "whoop_export",
        "sleep",
        nap_at.isoformat(),
        {
            "Nap": "true",
            "Asleep duration (min)": "40",
            "_started_at": nap_at.isoformat(),
            "_sleep_onset_at": nap_at.isoformat(),
            "_wake_at": (nap_at + timedelta(minutes=40)).isoformat(),
            "_utc_offset_s": 7200,
        },
    )


def _flier(ledger: LedgerBuilder) -> None:
    """Eastward over the date line on the tenth of May and back westward from the twentieth to the twenty-second."""
    ledger.athlete_id = "flier"
    ledger.athlete(time_zone="Pacific/Auckland")
    for day, offset_s, score in (
        ("2026-05-09", AUCKLAND, 70),
        ("2026-05-10", LOS_ANGELES, 80),
        ("2026-05-11", LOS_ANGELES, 50),
        ("2026-05-20", LOS_ANGELES, 55),
        ("2026-05-22", AUCKLAND, 45),
    ):
        wake_at = _at(f"{day} 07:00") - timedelta(seconds=offset_s)
        _night(ledger, wake_at - timedelta(hours=8), wake_at, offset_s, score=score)
    # The first of the two mornings of the tenth, without a score.
    first_at = _at("2026-05-10 06:00") - timedelta(seconds=AUCKLAND)
    _night(ledger, first_at - timedelta(hours=8), first_at, AUCKLAND, score=None)
    for offset_s, distance_m in ((AUCKLAND, 5000.0), (LOS_ANGELES, 6000.0)):
        ledger.recording(
            _at("2026-05-10 09:00") - timedelta(seconds=offset_s), utc_offset_s=offset_s, distance_m=distance_m
        )


def _night(ledger: LedgerBuilder, asleep_at: datetime, wake_at: datetime, offset_s: int, *, score: int | None) -> None:
    payload = {
        "Recovery score %": "" if score is None else str(score),
        "Heart rate variability (ms)": "60",
        "Asleep duration (min)": str((wake_at - asleep_at).total_seconds() / 60),
        "_started_at": asleep_at.isoformat(),
        "_ended_at": (wake_at + timedelta(hours=16)).isoformat(),
        "_sleep_onset_at": asleep_at.isoformat(),
        "_wake_at": wake_at.isoformat(),
        "_utc_offset_s": offset_s,
    }
    ledger.land("whoop_export", "cycle", asleep_at.isoformat(), payload)


def _told(title: str, distance_m: float) -> dict[str, Any]:
    return {"Activity Name": title, "Distance (2)": distance_m, "Moving Time": 3600, "Elapsed Time (2)": 3600}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _run(warehouse: Build, title: str) -> dict[str, Any]:
    """The traveller's run of that title; a watch gives none."""
    return warehouse.row(
        "select local_date, utc_offset_s from marts.activities where athlete_id = 'traveller' and coalesce(title, 'watch') = ?",
        title,
    )


def _days(warehouse: Build, athlete_id: str) -> list[dict[str, Any]]:
    return warehouse.rows("select * from marts.athlete_days where athlete_id = ? order by local_date", athlete_id)
