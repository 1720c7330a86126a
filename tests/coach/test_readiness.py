"""The table of readiness at its edges, and that missing data is never bad data."""

from __future__ import annotations

import csv
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.model import ReadinessState
from coach.readiness import (
    AMBER_FROM,
    FEELING_AMBER_PCT,
    GREEN_FROM,
    HEART_RATE_RISE_BPM,
    HEART_RATE_RISE_SD,
    HRV_AMBER_SD,
    HRV_HIGH_SD,
    HRV_NIGHTS_7D_MIN,
    HRV_RED_SD,
    NIGHTS_60D_MIN,
    SLEEP_AMBER,
    SLEEP_RED,
    DayRecovery,
    assess,
    read_readiness,
    read_reds,
)

DAY = date(2026, 3, 3)
GREEN, AMBER, RED, NEUTRAL = (
    ReadinessState.GREEN,
    ReadinessState.AMBER,
    ReadinessState.RED,
    ReadinessState.NEUTRAL,
)
RANK = {RED: 0, AMBER: 1, NEUTRAL: 2, GREEN: 3}


def unscored_night(score: float | None, **known: object) -> DayRecovery:
    """The same without a device's score: the marts made one of the parts, which a check-in moves by 15 of 100."""
    parts = {"readiness_hrv_pct": 70.0, "readiness_resting_heart_rate_pct": 75.0, "readiness_sleep_pct": 75.0}
    ours = {} if score is None else {"readiness_source": "composite", "readiness_feeling_share": 0.15, **parts}
    return night(recovery_score_pct=None, readiness_night_pct=score, **{"readiness_source": None, **ours, **known})


def night(**known: object) -> DayRecovery:
    """A good night of a runner with two months of baselines."""
    usual: dict[str, object] = {
        "local_date": DAY,
        "has_recovery": True,
        "recovery_score_pct": 80.0,
        "recovery_source": "whoop",
        "hrv_ms": 60.0,
        "resting_heart_rate_bpm": 50.0,
        "resting_heart_rate_before_bpm": 50.0,
        "sleep_s": 28000.0,
        "sleep_need_s": 28800.0,
        "ln_hrv_7d_mean": 4.08,
        "ln_hrv_60d_mean": 4.08,
        "ln_hrv_60d_sd": 0.06,
        "hrv_nights_7d": 7,
        "hrv_nights_60d": 55,
        "resting_heart_rate_60d_mean_bpm": 50.0,
        "resting_heart_rate_60d_sd_bpm": 2.0,
        "resting_heart_rate_nights_60d": 55,
        "sleep_28d_mean_s": 27000.0,
        "form_tsb_morning": -5.0,
        "readiness_source": "device",
    }
    # As in the marts: a device's score is the night's.
    usual["readiness_night_pct"] = known.get("recovery_score_pct", usual["recovery_score_pct"])
    return DayRecovery(**{**usual, **known})  # type: ignore[arg-type]  # tests set fields by name


@pytest.mark.parametrize(
    ("score", "state"), [(33.0, RED), (33.4, RED), (33.6, AMBER), (66.4, AMBER), (66.6, GREEN), (100.0, GREEN)]
)
def test_device_score_decides_at_its_bands_as_shown(score: float, state: ReadinessState) -> None:
    assert assess(night(recovery_score_pct=score)).state is state


@pytest.mark.parametrize(
    ("week", "state"), [(4.08, GREEN), (4.051, GREEN), (4.049, AMBER), (4.021, AMBER), (4.019, RED), (4.145, NEUTRAL)]
)
def test_hrv_of_seven_days_against_its_range(week: float, state: ReadinessState) -> None:
    """Half a deviation below is amber, a whole one red; clearly above is not better, it is neutral."""
    assert assess(night(ln_hrv_7d_mean=week)).state is state


def test_hrv_needs_nights_before_it_says_anything() -> None:
    for known in ({"hrv_nights_7d": 3}, {"hrv_nights_60d": 20}):
        readiness = assess(night(ln_hrv_7d_mean=3.5, **known))
        hrv = next(s for s in readiness.signals if s.name == "hrv")

        assert (readiness.state, hrv.state, hrv.value) == (GREEN, NEUTRAL, None)


def test_resting_heart_rate_needs_nights_before_it_says_anything() -> None:
    """A week of nights is no baseline: a morning must not turn amber or red by it."""
    raised = night(resting_heart_rate_bpm=70.0, resting_heart_rate_before_bpm=70.0, resting_heart_rate_nights_60d=20)
    rate = next(s for s in assess(raised).signals if s.name == "resting_heart_rate")

    assert (assess(raised).state, rate.state, rate.value) == (GREEN, NEUTRAL, None)


def test_raised_heart_rate_is_red_only_on_two_mornings() -> None:
    assert assess(night(resting_heart_rate_bpm=55.0)).state is GREEN
    assert assess(night(resting_heart_rate_bpm=55.0, resting_heart_rate_before_bpm=55.0)).state is RED
    assert assess(night(resting_heart_rate_bpm=54.9, resting_heart_rate_before_bpm=55.0)).state is GREEN
    wide = night(resting_heart_rate_bpm=55.9, resting_heart_rate_before_bpm=56.0, resting_heart_rate_60d_sd_bpm=4.0)
    assert assess(wide).state is GREEN


def test_illness_overrides_a_perfect_score() -> None:
    assert assess(night(recovery_score_pct=100.0, is_ill=True)).state is RED


def test_illness_is_named_with_the_day_it_began() -> None:
    since = DAY - timedelta(days=2)

    assert assess(night(is_ill=True, ill_since=since)).rule == "you said you have been ill since Sunday 1 March"
    assert assess(night(is_ill=True, ill_since=DAY)).rule == "you said you are ill"


@pytest.mark.parametrize(
    ("feeling", "state", "signal"),
    [(None, GREEN, NEUTRAL), (0.0, AMBER, AMBER), (33.9, AMBER, AMBER), (34.0, GREEN, AMBER), (75.0, GREEN, GREEN)],
)
def test_a_check_in_is_a_signal_and_a_bad_one_eases_the_day_at_most(
    feeling: float | None, state: ReadinessState, signal: ReadinessState
) -> None:
    readiness = assess(night(feeling_pct=feeling))
    felt = next(s for s in readiness.signals if s.name == "feeling")

    assert (readiness.state, felt.state, felt.value) == (state, signal, feeling)


def test_a_check_in_counts_where_no_night_was_recorded() -> None:
    assert assess(night(has_recovery=False, feeling_pct=10.0)).state is AMBER
    assert assess(night(has_recovery=False, feeling_pct=90.0)).state is NEUTRAL
    assert assess(night(has_recovery=False, feeling_pct=10.0)).rule == "you rate yourself 1.4 of 5 today"


@given(
    low=st.floats(0, 100),
    high=st.floats(0, 100),
    score=st.none() | st.floats(0, 100),
    week=st.floats(3.9, 4.3),
    has_recovery=st.booleans(),
)
def test_feeling_worse_is_never_a_better_state(
    *, low: float, high: float, score: float | None, week: float, has_recovery: bool
) -> None:
    low, high = sorted((low, high))
    base = replace(unscored_night(score), ln_hrv_7d_mean=week, has_recovery=has_recovery)
    worse, better = (assess(replace(base, feeling_pct=feeling)).state for feeling in (low, high))

    assert RANK[worse] <= RANK[better]


def test_low_form_takes_the_green_light_but_not_the_plan() -> None:
    assert assess(night(form_tsb_morning=-24.9)).state is GREEN
    assert assess(night(form_tsb_morning=-25.0)).state is NEUTRAL


def test_short_sleep_is_shown_and_decides_nothing() -> None:
    readiness = assess(night(sleep_s=15000.0))
    sleep = next(s for s in readiness.signals if s.name == "sleep")

    assert (readiness.state, sleep.state) == (GREEN, RED)
    assert sleep.text == "Sleep 4 h 10 min, your need is 8 h"
    assert sleep.baseline == 27000.0, "what is usual, not what is needed"


def test_night_that_has_not_arrived_is_unavailable_whatever_the_baselines_say() -> None:
    """Yesterday's bad week must not make today red before the strap has synced."""
    readiness = assess(night(has_recovery=False, recovery_score_pct=20.0, ln_hrv_7d_mean=3.0))

    assert (readiness.state, readiness.score, readiness.rule) == (NEUTRAL, None, "no recovery data for last night")
    assert all(s.value is None and s.state is NEUTRAL for s in readiness.signals if s.name != "form")
    assert "has not arrived" in readiness.signals[0].text


def test_without_a_device_score_the_marts_own_decides_and_says_so() -> None:
    readiness = assess(unscored_night(65.0))

    assert (readiness.score, readiness.state) == (65.0, AMBER)
    assert readiness.signals[0].text.endswith("(estimated from HRV, resting heart rate and sleep)")


def test_a_check_in_moves_our_own_score_by_its_share_and_a_devices_never() -> None:
    assert assess(unscored_night(60.0, feeling_pct=0.0)).score == pytest.approx(51.0)
    assert assess(unscored_night(60.0, feeling_pct=100.0)).score == pytest.approx(66.0)
    assert assess(night(recovery_score_pct=60.0, feeling_pct=0.0)).score == 60.0


def test_a_check_in_pulls_no_score_below_the_worst_of_its_parts() -> None:
    """Green parts stay green under a good check-in and turn amber under a bad one, never red."""
    green = unscored_night(67.0, readiness_floor_pct=67.0)

    assert assess(replace(green, feeling_pct=50.0)).score == 67.0
    assert assess(replace(green, feeling_pct=49.0)).score == pytest.approx(64.3)
    assert assess(unscored_night(35.0, readiness_floor_pct=34.0, feeling_pct=0.0)).score == 34.0
    assert assess(unscored_night(35.0, readiness_floor_pct=0.0, feeling_pct=0.0)).state is RED


def test_who_never_had_hrv_reads_nothing_of_it() -> None:
    bare = unscored_night(
        72.0,
        hrv_ms=None,
        ln_hrv_7d_mean=None,
        ln_hrv_60d_mean=None,
        ln_hrv_60d_sd=None,
        hrv_nights_7d=0,
        hrv_nights_60d=0,
    )
    readiness = assess(replace(bare, readiness_hrv_pct=None))

    assert [s.name for s in readiness.signals] == ["recovery", "resting_heart_rate", "sleep", "form", "feeling"]
    assert readiness.signals[0].text == "Recovery 72 % (estimated from resting heart rate and sleep)"


def test_nights_that_arrive_before_there_is_a_baseline_are_not_missing() -> None:
    readiness = assess(unscored_night(None, hrv_nights_60d=9, resting_heart_rate_nights_60d=8, ln_hrv_60d_mean=None))

    assert (readiness.state, readiness.has_night) == (NEUTRAL, True)
    assert readiness.rule == "your normal is known after 21 nights, and 9 are there"
    assert not any("not arrived" in s.text for s in readiness.signals)


def test_too_little_for_a_score_is_neutral_with_or_without_a_check_in() -> None:
    for feeling in (None, 90.0):
        readiness = assess(unscored_night(None, feeling_pct=feeling))

        assert (readiness.score, readiness.state) == (None, NEUTRAL)


def test_what_the_marts_judge_by_too_is_the_same_here() -> None:
    seed = Path(__file__).parents[2] / "dbt_project" / "seeds" / "constants.csv"
    with seed.open() as file:
        constants = {row["name"]: float(row["value"]) for row in csv.DictReader(file)}

    assert constants["hrv_week_nights_min"] == HRV_NIGHTS_7D_MIN
    assert constants["hrv_baseline_nights_min"] == NIGHTS_60D_MIN
    assert constants["readiness_amber_from_pct"] == AMBER_FROM
    assert constants["readiness_green_from_pct"] == GREEN_FROM
    assert constants["readiness_hrv_amber_sd"] == HRV_AMBER_SD
    assert constants["readiness_hrv_high_sd"] == HRV_HIGH_SD
    assert constants["readiness_hrv_red_sd"] == HRV_RED_SD
    assert constants["readiness_resting_rise_bpm"] == HEART_RATE_RISE_BPM
    assert constants["readiness_resting_rise_sd"] == HEART_RATE_RISE_SD
    assert constants["readiness_sleep_amber_share"] == SLEEP_AMBER
    assert constants["readiness_sleep_red_share"] == SLEEP_RED
    assert constants["readiness_feeling_amber_pct"] == FEELING_AMBER_PCT


def test_signals_carry_value_unit_and_baseline() -> None:
    rate = next(s for s in assess(night()).signals if s.name == "resting_heart_rate")

    assert (rate.value, rate.unit, rate.baseline) == (50.0, "bpm", 50.0)


@given(low=st.floats(0, 100), high=st.floats(0, 100), week=st.floats(3.9, 4.3), form=st.floats(-40, 20))
def test_lower_score_is_never_a_better_state(low: float, high: float, week: float, form: float) -> None:
    low, high = sorted((low, high))
    base = night(ln_hrv_7d_mean=week, form_tsb_morning=form)
    worse = assess(replace(base, recovery_score_pct=low, readiness_night_pct=low)).state
    better = assess(replace(base, recovery_score_pct=high, readiness_night_pct=high)).state

    assert RANK[worse] <= RANK[better]


@given(
    missing=st.sets(st.sampled_from([f.name for f in fields(DayRecovery) if f.name.endswith(("_bpm", "_s", "_ms"))]))
)
def test_missing_values_never_make_a_good_night_bad(missing: set[str]) -> None:
    known = replace(night(), **dict.fromkeys(missing))  # type: ignore[arg-type]  # fields by name, all optional

    assert assess(known).state in {GREEN, NEUTRAL}


def warehouse(*nights: DayRecovery) -> duckdb.DuckDBPyConnection:
    """An `athlete_days` of these nights."""
    con = duckdb.connect()
    con.execute("create schema marts")
    con.execute(
        """create table marts.athlete_days (
            athlete_id varchar, local_date date, has_recovery boolean, recovery_score_pct double,
            recovery_source varchar, hrv_ms double, resting_heart_rate_bpm double, sleep_s double, sleep_need_s double,
            ln_hrv_7d_mean double, ln_hrv_60d_mean double, ln_hrv_60d_sd double, hrv_nights_7d integer,
            hrv_nights_60d integer, resting_heart_rate_60d_mean_bpm double, resting_heart_rate_60d_sd_bpm double,
            resting_heart_rate_nights_60d integer, sleep_28d_mean_s double, form_tsb_morning double,
            readiness_night_pct double, readiness_feeling_share double, readiness_floor_pct double,
            readiness_hrv_pct double, readiness_resting_heart_rate_pct double, readiness_sleep_pct double,
            readiness_source varchar, feeling_pct double)"""
    )
    con.execute(
        "create table marts.source_freshness as "
        "select 'me' as athlete_id, 'recovery' as kind, date '2026-03-01' as newest_local_date"
    )
    names = [row[0] for row in con.execute("describe marts.athlete_days").fetchall()][1:]
    for known in nights:
        values = [getattr(known, name) for name in names]
        con.execute(f"insert into marts.athlete_days values ('me', {', '.join('?' * len(names))})", values)
    return con


def test_readiness_is_read_from_the_marts_with_the_morning_before() -> None:
    before = night(local_date=DAY - timedelta(days=1), resting_heart_rate_bpm=57.0)
    with warehouse(before, night(resting_heart_rate_bpm=57.0)) as con:
        readiness = read_readiness(con, "me", day=DAY)

    assert (readiness.day, readiness.state) == (DAY, RED)
    assert readiness.rule == "resting heart rate is clearly raised on two mornings"


def test_day_without_a_row_is_neutral() -> None:
    with warehouse() as con:
        assert read_readiness(con, "me", day=DAY).state is NEUTRAL


def test_a_check_in_of_a_past_day_counts_there_too() -> None:
    """Where no device gives a score, the same morning must not be red on its day and amber a day later."""
    poor = unscored_night(38.0, local_date=DAY)
    with warehouse(poor) as con:
        assert read_reds(con, "me", day=DAY) == ()
        assert read_reds(con, "me", day=DAY, feelings={DAY: 0.0}) == (DAY,)
        assert read_readiness(con, "me", day=DAY, feeling_pct=0.0).state is RED


def test_a_check_in_counts_as_it_stands_now_not_as_it_stood_at_the_build() -> None:
    """Made later or taken back since: the ledger's word goes; who does not ask it gets the build's."""
    with warehouse(unscored_night(38.0, feeling_pct=0.0)) as con:
        assert read_reds(con, "me", day=DAY) == (DAY,)
        assert read_reds(con, "me", day=DAY, feelings={}) == ()
        assert read_readiness(con, "me", day=DAY).state is AMBER


def test_reds_of_the_last_week() -> None:
    nights = [
        night(local_date=DAY - timedelta(days=n), recovery_score_pct=20.0 if n in {0, 2, 8} else 70.0) for n in range(9)
    ]
    with warehouse(*nights) as con:
        assert read_reds(con, "me", day=DAY) == (DAY - timedelta(days=2), DAY)
