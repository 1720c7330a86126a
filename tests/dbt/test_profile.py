"""The profile end to end: what was raced tells what could be raced, easy running tells nothing, zones are those of the shares."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coach.fitness import MARATHON_M, race_time_s
from coach.history import run_log
from coach.prediction import predict
from coach.profile import read_done_runs, read_profile
from tests.builders.warehouse import Build, LedgerBuilder, build, samples

pytestmark = pytest.mark.slow

TODAY = date(2026, 5, 31)  # a Sunday
WEEK_M = 32186.88  # twenty miles
TWO_MILES_M = 3218.688  # a published row without a mart row


def at(days_ago: int) -> datetime:
    return datetime(TODAY.year, TODAY.month, TODAY.day, 8, tzinfo=UTC) - timedelta(days=days_ago)


class Club:
    """Athletes of one ledger, one for each promise."""

    def __init__(self, folder: Path) -> None:
        self.ledger = LedgerBuilder(folder)
        self._runs = 0

    def run(self, athlete_id: str, days_ago: int, distance_m: float, time_s: float, *, is_race: bool = False) -> None:
        self._runs += 1
        cells: dict[str, Any] = {"Distance (2)": distance_m, "Moving Time": time_s, "Elapsed Time (2)": time_s}
        if is_race:
            cells["Competition"] = "1"
        self.ledger.strava(self._runs, at(days_ago), athlete_id=athlete_id, **cells)

    def ride(self, athlete_id: str, days_ago: int) -> None:
        self._runs += 1
        self.ledger.strava(self._runs, at(days_ago), athlete_id=athlete_id, sport="ride", **{"Moving Time": 1800.0})

    def stream(self, athlete_id: str, days_ago: int, speed_m_per_s: float, seconds: int, heart_rates_bpm: Any) -> None:
        speeds = [speed_m_per_s] * (seconds + 1)
        table = samples(at(days_ago), speeds_m_per_s=speeds, heart_rates_bpm=heart_rates_bpm)
        self.ledger.recording(
            at(days_ago),
            athlete_id=athlete_id,
            samples=table,
            duration_s=float(seconds),
            distance_m=speed_m_per_s * seconds,
            heart_rate_avg_bpm=160,
        )


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory, vectors: dict[str, Any]) -> Build:
    folder = tmp_path_factory.mktemp("profile")
    club = Club(folder)
    for score in vectors["vdot_rows"]:
        club.run(f"score_{score}", 10, 10000.0, race_time_s(float(score), 10000.0), is_race=True)
    _vickers(club)
    _tanda(club)
    _critical(club)
    _easy(club)
    snapshot = club.ledger.snapshot(folder / "snapshot.duckdb", today=TODAY)
    return build(folder / "warehouse.next.duckdb", snapshot)


def _vickers(club: Club) -> None:
    """Twenty miles in each of eight closed weeks, the race in one of them."""
    club.run("vickers", 14, 21097.5, 6300.0, is_race=True)  # Sunday of the week before last
    for week in range(8):
        rest_m = WEEK_M - (21097.5 if week == 1 else 0.0)
        club.run("vickers", 9 + 7 * week, rest_m, rest_m * 0.36)
    club.ride("vickers", 1)  # the last of those weeks is heard of to its end


def _tanda(club: Club) -> None:
    """Sixty kilometres a week at 330 s/km, and a race of before those weeks."""
    club.run("tanda", 70, 10000.0, 2600.0, is_race=True)
    for week in range(9):
        for day in range(5):
            club.run("tanda", 7 * week + day, 12000.0, 12.0 * 330.0)


def _critical(club: Club) -> None:
    """The reference's second set of efforts over the distances that are measured."""
    club.ledger.athlete(athlete_id="critical", max_heart_rate_bpm=190, threshold_heart_rate_bpm=170)
    for days_ago, distance_m in ((5, 1000.0), (8, 1609.344), (11, 3000.0), (14, 5000.0)):
        seconds = (distance_m - 209.69) / 4.0067
        speed = distance_m / seconds
        half = int(seconds / 2)
        heart_rates = [180] * half + [175] * (int(seconds) + 4 - half)
        club.stream("critical", days_ago, speed, int(seconds) + 3, heart_rates)


def _easy(club: Club) -> None:
    """Three easy half hours at 150 and no age: 150 may be their maximum, and may not."""
    for days_ago in (2, 5, 9):
        club.stream("easy", days_ago, 2.9, 1800, 150)


def test_whoever_raced_gets_the_published_row(club: Build, vectors: dict[str, Any]) -> None:
    """Each row of the table is an athlete who raced its 10 km; the marathon of few kilometres a week is slower, on purpose."""
    for score, row in vectors["vdot_rows"].items():
        published = dict(zip(vectors["vdot_row_distances"], row, strict=True))
        found = club.rows("select * from marts.race_equivalents where athlete_id = ?", f"score_{score}")

        assert {one["distance_m"] for one in found} == set(published) - {TWO_MILES_M}
        for one in found:
            wanted_s = pytest.approx(published[one["distance_m"]], abs=2, rel=0.0035)
            assert one["race_fitness_time_s"] == wanted_s
            assert (
                one["time_s"] == wanted_s if one["distance_m"] < MARATHON_M else one["time_s"] > published[MARATHON_M]
            )
            assert one["fastest_s"] <= one["time_s"] < one["slowest_s"]


def test_a_marathon_on_twenty_miles_a_week_is_the_papers(club: Build, vectors: dict[str, Any]) -> None:
    distance_m, time_s, weekly_miles, expected_s = vectors["vickers_one"][0]
    assert (distance_m, time_s, weekly_miles) == (21097.5, 6300, 20)

    found = club.row("select * from marts.race_equivalents where athlete_id = 'vickers' and distance_name = 'marathon'")

    assert found["time_s"] == pytest.approx(expected_s, abs=0.2)
    assert found["fastest_s"] >= found["time_s"] - 1e-6
    assert found["methods"] == ["race fitness", "Vickers and Vertosick"]


def test_training_within_tandas_range_has_its_say(club: Build, vectors: dict[str, Any]) -> None:
    weekly_km, pace_s_per_km, expected_s_per_km = vectors["tanda"][1]
    profile = club.row("select * from marts.athlete_profile where athlete_id = 'tanda'")
    assert profile["weekly_distance_8w_mean_m"] == pytest.approx(weekly_km * 1000)
    assert profile["training_pace_s_per_km"] == pytest.approx(pace_s_per_km)

    found = club.row("select * from marts.race_equivalents where athlete_id = 'tanda' and distance_name = 'marathon'")

    assert found["methods"] == ["race fitness", "Vickers and Vertosick", "Tanda"]
    assert found["time_s"] == pytest.approx(expected_s_per_km * MARATHON_M / 1000, abs=0.5)


def test_an_old_race_counts_less(club: Build) -> None:
    profile = club.row("select * from marts.athlete_profile where athlete_id = 'tanda'")

    assert profile["race_fitness_age_days"] == 70
    assert profile["race_fitness_peak"] - profile["race_fitness"] == pytest.approx(0.08 * 4)
    assert profile["race_fitness_confidence"] == "medium"


def test_critical_speed_is_drawn_from_hard_efforts(club: Build) -> None:
    profile = club.row("select * from marts.athlete_profile where athlete_id = 'critical'")
    marathon = club.row("select * from marts.race_equivalents where athlete_id = 'critical' and distance_m > 42000")
    zones = club.rows(
        "select * from marts.training_zones where athlete_id = 'critical' and kind = 'three_zone' and unit = 's/km' "
        "order by zone_order"
    )

    assert profile["critical_speed_m_per_s"] == pytest.approx(4.0067, rel=0.005)
    assert profile["d_prime_m"] == pytest.approx(209.69, rel=0.05)
    assert profile["critical_speed_r2"] > 0.999
    assert profile["critical_speed_effort_count"] == 4
    assert "critical speed" in marathon["methods"]
    assert {zone["origin"] for zone in zones} == {"critical_speed"}
    assert zones[1]["from_value"] == pytest.approx(250, rel=0.005)  # 4:10 /km
    assert zones[1]["below_value"] == pytest.approx(303, rel=0.005)  # 5:03 /km


def test_easy_running_proves_nothing(club: Build) -> None:
    profile = club.row("select * from marts.athlete_profile where athlete_id = 'easy'")

    assert profile["max_heart_rate_confidence"] == "low"
    assert profile["race_fitness"] is None
    assert profile["critical_speed_m_per_s"] is None
    assert "no race or time trial in the last 12 weeks" in profile["confidence_reasons"]
    assert club.rows("select * from marts.race_equivalents where athlete_id = 'easy'") == []
    assert club.rows("select * from marts.training_zones where athlete_id = 'easy' and unit = 's/km'") == []


def test_time_in_zones_is_counted_by_the_zones_that_are_shown(club: Build) -> None:
    """The bounds of training_zones, laid over the seconds at each heart rate, give the seconds that activities publish."""
    differing = club.rows(
        """
        with beats as (
            select m.athlete_id, m.activity_id, unnest(r.heart_rate_seconds) as beat
            from intermediate.int_activities_merged as m
            inner join intermediate.int_recordings_measured as r
                on m.athlete_id = r.athlete_id and m.heart_rate_stream.file_sha256 = r.file_sha256
        ), counted as (
            select
                b.athlete_id, b.activity_id, z.kind || left(z.zone, 1) as zone, sum(b.beat.seconds) as seconds
            from beats as b
            inner join marts.training_zones as z
                on b.athlete_id = z.athlete_id and z.unit = 'bpm' and b.beat.heart_rate_bpm >= z.from_value
                and b.beat.heart_rate_bpm < coalesce(z.below_value, 999)
            group by all
        ), published as (
            unpivot (
                select
                    athlete_id, activity_id, zone1_s as heart_rate1, zone2_s as heart_rate2, zone3_s as heart_rate3,
                    zone4_s as heart_rate4, zone5_s as heart_rate5, easy_s as three_zone1, moderate_s as three_zone2,
                    hard_s as three_zone3
                from marts.activities where zone1_s is not null
            ) on columns(* exclude (athlete_id, activity_id)) into name zone value seconds
        )
        select * from published full join counted using (athlete_id, activity_id, zone)
        where abs(coalesce(published.seconds, 0) - coalesce(counted.seconds, 0)) > 1e-6
        """
    )
    shown = club.row("select count(*) as activities from marts.activities where zone1_s is not null")

    assert shown["activities"] == 7
    assert differing == []


def test_the_coach_reads_the_same_numbers(club: Build) -> None:
    """Race times and today's safe run, computed by the coach from what it reads, are the published ones."""
    for athlete_id in ("vickers", "tanda", "critical", "score_50"):
        with club.open() as con:
            profile = read_profile(con, athlete_id)
            done = read_done_runs(con, athlete_id, since=TODAY - timedelta(days=60))
        equivalents = club.rows("select * from marts.race_equivalents where athlete_id = ?", athlete_id)
        published = club.row("select * from marts.athlete_profile where athlete_id = ?", athlete_id)

        for one in equivalents:
            predicted = predict(profile, one["distance_m"])
            assert predicted is not None
            assert predicted.likely_s == round(one["time_s"])
            assert predicted.methods == tuple(one["methods"])
        safe_m = run_log(profile, done).limit(TODAY, may_be_record=True)
        assert published["longest_safe_run_m"] == pytest.approx(safe_m)
