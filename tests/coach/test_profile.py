"""The profile and the runs are read from the marts as they are: unknown stays unknown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from coach.errors import UnknownAthlete
from coach.profile import read_done_runs, read_profile

PROFILE = """
create table marts.athlete_profile as select
    'me' as athlete_id, date '2026-03-02' as as_of_date, [30000.0, 0.0, 32000.5]::double[] as weekly_distances_m,
    4000.0 as current_week_distance_m, 3.5 as runs_per_week, 12000.0 as longest_run_30d_m, 14000.0 as longest_run_90d_m,
    date '2026-03-01' as last_run_date, date '2024-01-01' as first_run_date, 20.0 as running_months, 1 as races_18m,
    null::double as easy_pace_s_per_km, null::double as max_heart_rate_bpm, null::text as max_heart_rate_confidence,
    50.0 as resting_heart_rate_bpm, 44.5 as race_fitness, date '2026-02-01' as race_fitness_date,
    'race' as race_fitness_source, null::double as median_daily_moving_s, 'medium' as confidence,
    10000.0 as race_fitness_distance_m, 2745.0 as race_fitness_time_s, null::double as other_race_distance_m,
    null::double as other_race_time_s,
    [date '2026-02-09', date '2026-02-16', date '2026-02-23'] as weekly_start_dates,
    330.0 as training_pace_s_per_km, null::double as critical_speed_m_per_s
"""
ACTIVITIES = """
create table marts.activities as select * from (values
    ('me', 'a', true, timestamptz '2026-02-27 06:00:00+00', date '2026-02-27', 8000.0, 2800.0, 2900.0, 'easy', false),
    ('me', 'b', true, timestamptz '2026-03-01 08:00:00+00', date '2026-03-01', 10000.0, 2600.0, 2610.0, 'tempo', true),
    ('me', 'c', true, timestamptz '2026-03-02 06:00:00+00', date '2026-03-02', null, 1800.0, 1800.0, null, false),
    ('me', 'd', false, timestamptz '2026-03-02 07:00:00+00', date '2026-03-02', 30000.0, 3600.0, 3700.0, null, false),
    ('me', 'e', true, timestamptz '2026-03-02 08:00:00+00', date '2026-03-02', 5000.0, null, 2000.0, null, false),
    ('you', 'f', true, timestamptz '2026-03-02 08:00:00+00', date '2026-03-02', 6000.0, 2000.0, 2000.0, 'easy', false),
    ('me', 'g', true, timestamptz '2026-01-01 08:00:00+00', date '2026-01-01', 6000.0, 2000.0, 2000.0, 'easy', false)
) as t (athlete_id, activity_id, is_run, started_at, local_date, distance_m, moving_s, elapsed_s, run_type, is_race)
"""


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as con:
        con.execute("create schema marts")
        con.execute(PROFILE)
        con.execute(ACTIVITIES)
        yield con


def test_the_profile_keeps_what_is_unknown_unknown(warehouse: duckdb.DuckDBPyConnection) -> None:
    profile = read_profile(warehouse, "me")

    assert profile.weekly_distances_m == (30000.0, 0.0, 32000.5)
    assert (profile.race_fitness, profile.race_fitness_date) == (44.5, date(2026, 2, 1))
    assert (profile.easy_pace_s_per_km, profile.max_heart_rate_bpm, profile.median_daily_moving_s) == (None, None, None)
    assert profile.max_heart_rate_confidence == "low"
    assert (profile.race_fitness_distance_m, profile.critical_speed_m_per_s) == (10000.0, None)


def test_somebody_without_a_profile_is_named(warehouse: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UnknownAthlete, match="somebody"):
        read_profile(warehouse, "somebody")


def test_done_runs_are_this_athletes_runs_of_known_distance_oldest_first(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    runs = read_done_runs(warehouse, "me", since=date(2026, 2, 1))

    assert [(r.run_date.day, r.distance_m, r.duration_s) for r in runs] == [
        (27, 8000.0, 2800.0),
        (1, 10000.0, 2600.0),
        (2, 5000.0, 2000.0),
    ]
    assert [(r.run_type, r.is_quality) for r in runs] == [("easy", False), ("race", True), ("", False)]
