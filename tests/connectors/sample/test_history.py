"""The sample's three years contain what real data contains."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, datetime, timedelta
from statistics import mean

import pytest

from connectors.sample import Takeouts
from connectors.sample.abilities import race_fitness_of, race_fitness_on
from connectors.sample.life import Life
from tests.builders.sample import (
    activities,
    first_message,
    home_date,
    messages,
    original_file,
    runs,
    started_at,
    whoop_rows,
)

SEED = 7
TODAY = date(2026, 11, 21)
LIFE = Life(seed=SEED, today=TODAY)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def on(takeouts: Takeouts, day: date) -> dict[str, str]:
    return next(row for row in runs(takeouts.strava_archive) if home_date(row) == day)


def mornings(takeouts: Takeouts, first: date, last: date) -> list[dict[str, str]]:
    """The cycles whose night ended on these days, with the strap on."""
    rows = whoop_rows(takeouts.whoop_export, "physiological_cycles.csv")
    return [row for row in rows if str(first) <= row["Wake onset"][:10] <= str(last)]


def test_three_years_of_four_to_five_runs_a_week(takeouts: Takeouts) -> None:
    days = [home_date(row) for row in runs(takeouts.strava_archive)]

    assert 620 <= len(days) <= 700
    assert min(days) <= ago(1088)
    assert max(days) >= ago(4)


def test_recent_weeks_hold_35_to_45_kilometres_and_a_long_run(takeouts: Takeouts) -> None:
    recent = [row for row in runs(takeouts.strava_archive) if ago(58) <= home_date(row) <= ago(3)]

    weekly_km = sum(float(row["Distance"]) for row in recent) / 8
    sundays_km = [float(row["Distance"]) for row in recent if home_date(row).weekday() == 6]

    assert 35 <= weekly_km <= 45
    assert 14 <= max(sundays_km) <= 16.1


def test_every_race_time_fits_the_fitness_of_its_day(takeouts: Takeouts) -> None:
    """Within two per cent after Daniels and Gilbert, over the certified distance."""
    for day, race in LIFE.races.items():
        row = on(takeouts, day)
        shown = race_fitness_of(race.distance_m, float(row["Moving Time"]))

        assert row["Activity Name"] == race.name
        assert shown == pytest.approx(race_fitness_on((TODAY - day).days, seed=SEED), rel=0.02)
        assert 1.0 <= float(row["Distance (2)"]) / race.distance_m <= 1.01


def test_a_10k_each_year_a_half_marathon_and_one_race_within_ten_weeks() -> None:
    ten_k = sorted(day for day, race in LIFE.races.items() if race.distance_m == 10000)

    assert [(TODAY - day).days // 365 for day in ten_k] == [2, 1, 0]
    assert (TODAY - max(LIFE.races)).days <= 70
    assert max(race.distance_m for race in LIFE.races.values()) == 21097.5
    assert 42 <= race_fitness_on(0, seed=SEED) <= 46


def test_fitness_of_every_seed_is_that_of_the_same_kind_of_runner() -> None:
    assert all(42 <= race_fitness_on(0, seed=seed) <= 46 for seed in range(200))


def test_three_weeks_off_with_an_injury(takeouts: Takeouts) -> None:
    first, last = LIFE.injury
    during = [row for row in activities(takeouts.strava_archive) if first <= home_date(row) <= last]

    assert (last - first).days + 1 == 21
    assert {row["Activity Type"] for row in during} == {"Ride"}


def test_an_illness_shows_at_night_and_stops_the_running(takeouts: Takeouts) -> None:
    first, last = LIFE.illness
    before, during = (
        mornings(takeouts, first - timedelta(days=30), first - timedelta(days=1)),
        mornings(takeouts, first, last),
    )

    def average(rows: list[dict[str, str]], name: str) -> float:
        return mean(float(row[name]) for row in rows)

    assert not [row for row in activities(takeouts.strava_archive) if first <= home_date(row) <= last]
    assert average(during, "Resting heart rate (bpm)") > average(before, "Resting heart rate (bpm)") + 4
    assert average(during, "Heart rate variability (ms)") < average(before, "Heart rate variability (ms)") - 8
    assert average(during, "Recovery score %") < 50


def test_hard_days_lower_the_next_mornings_recovery(takeouts: Takeouts) -> None:
    cycles = [row for row in whoop_rows(takeouts.whoop_export, "physiological_cycles.csv") if row["Recovery score %"]]
    after: dict[bool, list[int]] = {True: [], False: []}
    for morning, day_before in itertools.pairwise(cycles):
        after[float(day_before["Day Strain"]) > 11].append(int(morning["Recovery score %"]))

    assert mean(after[True]) < mean(after[False]) - 6


def test_the_same_run_from_a_second_watch(takeouts: Takeouts) -> None:
    """Started some thirty seconds later, with slightly another distance, by another maker."""
    copies = sorted(takeouts.watch_folder.glob("*-second.fit"))
    by_start = {started_at(row): row for row in runs(takeouts.strava_archive)}

    assert len(copies) >= 15
    for copy in copies[:3]:
        session = first_message(copy.read_bytes(), "session")
        start = session["start_time"]
        row = next(row for began, row in by_start.items() if abs((start - began).total_seconds()) < 60)
        assert 20 <= (start - started_at(row)).total_seconds() <= 45
        assert session["total_distance"] != float(row["Distance (2)"])
        assert session["total_distance"] == pytest.approx(float(row["Distance (2)"]), rel=0.03)
        assert first_message(copy.read_bytes(), "file_id")["manufacturer"] == "coros"


def test_the_strap_mirrors_most_runs_without_a_distance(takeouts: Takeouts) -> None:
    workouts = whoop_rows(takeouts.whoop_export, "workouts.csv")
    names = Counter(row["Activity name"] for row in workouts)
    worn = [row for row in runs(takeouts.strava_archive) if home_date(row) > LIFE.first_strap_date]

    assert 0.9 * len(worn) < names["Running"] < len(worn)
    assert names.keys() == {"Running", "Cycling", "Swimming", "Hiking/Rucking"}
    assert not any(row["Distance (meters)"] for row in workouts)


def test_a_treadmill_run_has_distance_but_no_position(takeouts: Takeouts) -> None:
    rows = [row for row in runs(takeouts.strava_archive) if row["Activity Name"] == "Treadmill"]
    data = original_file(takeouts.strava_archive, rows[-1])

    assert len(rows) >= 5
    assert first_message(data, "session")["sub_sport"] == "treadmill"
    records = [values for name, values in messages(data) if name == "record"]
    assert records[-1]["distance"] > 3000
    assert not any("position_lat" in record for record in records)


def test_a_run_without_heart_rate(takeouts: Takeouts) -> None:
    for day in LIFE.without_heart_rate:
        row = on(takeouts, day)
        session = first_message(original_file(takeouts.strava_archive, row), "session")

        assert session["avg_heart_rate"] is None
        assert row["Average Heart Rate"] == ""


def test_a_run_typed_in_by_hand_has_no_file(takeouts: Takeouts) -> None:
    for day in LIFE.manual_dates:
        row = on(takeouts, day)

        assert row["Filename"] == ""
        assert float(row["Distance (2)"]) % 500 == 0


def test_travel_shows_in_the_files_and_at_night(takeouts: Takeouts) -> None:
    first, last, _ = LIFE.travels[0]
    away = next(row for row in runs(takeouts.strava_archive) if first < home_date(row) < last)
    activity = first_message(original_file(takeouts.strava_archive, away), "activity")
    zones = Counter(row["Cycle timezone"] for row in whoop_rows(takeouts.whoop_export, "physiological_cycles.csv"))

    assert (last - first).days + 1 == 10
    assert activity["local_timestamp"] - activity["timestamp"] == timedelta(hours=-5)
    assert zones["UTC-05:00"] == 10
    assert zones["UTCZ"] == 4


def test_the_clock_changes_between_summer_and_winter(takeouts: Takeouts) -> None:
    zones = Counter(row["Cycle timezone"] for row in whoop_rows(takeouts.whoop_export, "physiological_cycles.csv"))

    for day, hours in ((date(2026, 7, 19), 2), (date(2026, 10, 25), 1)):
        activity = first_message(original_file(takeouts.strava_archive, on(takeouts, day)), "activity")
        assert activity["local_timestamp"] - activity["timestamp"] == timedelta(hours=hours)
    assert zones["UTC+01:00"] > 300
    assert zones["UTC+02:00"] > 400


def test_one_run_far_beyond_the_month_before_it(takeouts: Takeouts) -> None:
    distances = {home_date(row): float(row["Distance"]) for row in runs(takeouts.strava_archive)}
    spike = LIFE.spike_date
    before = max(km for day, km in distances.items() if spike - timedelta(days=30) <= day < spike)

    assert distances[spike] > 1.4 * before
    assert len([day for day in distances if spike < day <= spike + timedelta(days=14)]) >= 6
    file = original_file(takeouts.strava_archive, on(takeouts, spike))
    assert first_message(file, "session")["sub_sport"] == "trail"


def test_a_file_cut_off_in_the_middle_and_one_beyond_saving(takeouts: Takeouts) -> None:
    cut_off = original_file(takeouts.strava_archive, on(takeouts, LIFE.cut_off_date))
    (broken,) = takeouts.watch_folder.glob("*-broken.fit")

    assert int.from_bytes(cut_off[4:8], "little") > 1.3 * len(cut_off)
    assert len(cut_off) > 5000
    assert len(broken.read_bytes()) < 100


def test_a_file_that_is_no_activity_and_a_run_that_is_nowhere_else(takeouts: Takeouts) -> None:
    day = LIFE.watch_only_date
    (alone,) = takeouts.watch_folder.glob(f"{day}-*.fit")

    assert first_message((takeouts.watch_folder / "Settings.fit").read_bytes(), "file_id")["type"] == "settings"
    assert day not in {home_date(row) for row in runs(takeouts.strava_archive)}
    assert first_message(alone.read_bytes(), "session")["sport"] == "running"


def test_other_sports_now_and_then(takeouts: Takeouts) -> None:
    kinds = Counter(row["Activity Type"] for row in activities(takeouts.strava_archive))

    assert kinds.keys() == {"Run", "Ride", "Swim", "Hike"}
    assert min(kinds.values()) >= 8


def test_nights_without_the_strap_are_blank(takeouts: Takeouts) -> None:
    cycles = whoop_rows(takeouts.whoop_export, "physiological_cycles.csv")
    blank = [row for row in cycles if not row["Recovery score %"]]

    assert 5 <= len(blank) <= 0.02 * len(cycles)
    assert all(not any(list(row.values())[3:]) for row in blank)


def test_nobody_runs_in_their_sleep(takeouts: Takeouts) -> None:
    sleeps = [
        (row["Sleep onset"], row["Wake onset"])
        for row in whoop_rows(takeouts.whoop_export, "sleeps.csv")
        if row["Nap"] == "false"
    ]
    wakes = {wake[:10]: wake for _, wake in sleeps}

    for workout in whoop_rows(takeouts.whoop_export, "workouts.csv"):
        assert workout["Workout start time"] > wakes[workout["Workout start time"][:10]]


def test_structured_sessions_say_what_was_work(takeouts: Takeouts) -> None:
    rows = {row["Activity Name"]: row for row in runs(takeouts.strava_archive)}
    intervals = [
        lap for name, lap in messages(original_file(takeouts.strava_archive, rows["5 x 1000 m"])) if name == "lap"
    ]
    tempo = [lap for name, lap in messages(original_file(takeouts.strava_archive, rows["Tempo"])) if name == "lap"]

    assert [lap["intensity"] for lap in intervals].count("interval") == 5
    assert {lap["intensity"] for lap in intervals} == {"warmup", "interval", "recovery", "cooldown"}
    assert {lap["lap_trigger"] for lap in tempo} == {"distance", "manual", "session_end"}


def test_laps_add_up_to_the_session(takeouts: Takeouts) -> None:
    for row in runs(takeouts.strava_archive)[100:500:80]:
        if not row["Filename"]:
            continue
        found = list(messages(original_file(takeouts.strava_archive, row)))
        session = next(values for name, values in found if name == "session")
        laps = [values for name, values in found if name == "lap"]

        assert sum(lap["total_distance"] for lap in laps) == pytest.approx(session["total_distance"], abs=0.2)
        assert sum(lap["total_timer_time"] for lap in laps) == session["total_timer_time"]
        assert session["num_laps"] == len(laps)
        times: list[datetime] = [values["timestamp"] for name, values in found if name == "record"]
        assert times == sorted(set(times))
