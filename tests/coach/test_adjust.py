"""What a morning does to the plan: less when the body asks, more only on green and inside every limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.adjust import adjust_day, apply
from coach.guardrails import Facts, judge
from coach.guardrails.content import is_quality, stride_count, threshold_and_above_s, work_s
from coach.model import Adjustment, Call, Evidence, Intensity, Plan, Readiness, ReadinessState, WorkoutType
from coach.readiness import assess
from tests.builders import coach as planned
from tests.builders.coach import athlete
from tests.builders.plans import (
    day,
    done,
    done_runs,
    half_plan,
    plan,
    profile,
    race,
    run,
    session,
    with_day,
)
from tests.coach.test_readiness import night

RED, AMBER, GREEN, NEUTRAL = (
    ReadinessState.RED,
    ReadinessState.AMBER,
    ReadinessState.GREEN,
    ReadinessState.NEUTRAL,
)
TUESDAY, WEDNESDAY, FRIDAY, SUNDAY = day(2, 1), day(2, 2), day(2, 4), day(2, 6)
SCORES = {RED: 20.0, AMBER: 50.0, GREEN: 80.0, NEUTRAL: None}


def on(today: date, **known: object) -> Facts:
    """The facts on a day of the second week, the first week run as planned."""
    first = (done(day(1, 1), 9000), done(day(1, 2), 9000), done(day(1, 4), 9000), done(day(1, 6), 13000))
    usual = {"today": today, "profile": profile(as_of_date=today), "done": (*done_runs(), *first), "athlete": athlete()}
    return Facts(**{**usual, **known})  # type: ignore[arg-type]  # tests set fields by name


def decide(before: Plan, state: ReadinessState, today: date, **known: object) -> tuple[Call, tuple[Adjustment, ...]]:
    readiness = Readiness(day=today, state=state, score=SCORES[state], rule=f"the test says {state}")
    return adjust_day(before, readiness=readiness, today=today, facts=on(today, **known))


def test_red_turns_quality_into_an_easy_run_of_no_more_time() -> None:
    call, (change,) = decide(plan(), RED, TUESDAY)

    assert call is Call.SWAP
    assert change.after.workout_type is WorkoutType.EASY
    assert not is_quality(change.after)
    assert change.after.duration_s <= change.before.duration_s
    assert change.after.distance_m <= change.before.distance_m
    assert (change.rule_id, change.because[0].value) == ("readiness_red", 20.0)


def test_red_cuts_the_long_run_to_three_quarters() -> None:
    call, (change,) = decide(plan(), RED, SUNDAY)

    assert call is Call.EASE
    assert (change.before.distance_m, change.after.distance_m) == (13500, 10000)
    assert change.after.workout_type is WorkoutType.LONG


def test_red_leaves_an_easy_run_easy() -> None:
    assert decide(plan(), RED, WEDNESDAY) == (Call.EASE, ())


def test_red_takes_the_strides_away() -> None:

    strides = session(
        WEDNESDAY, 9.5, repeats=6, work_s=20, recovery_s=70, intensity=Intensity.STRIDES, kind=WorkoutType.EASY
    )
    _, (change,) = decide(with_day(plan(), strides), RED, WEDNESDAY)

    assert stride_count(change.before) == 6
    assert stride_count(change.after) == 0
    assert change.after.duration_s <= change.before.duration_s


def test_amber_drops_a_set_and_keeps_the_kind() -> None:
    ten = session(TUESDAY, 9.5, repeats=4, work_s=180)
    call, (change,) = decide(with_day(plan(), ten), AMBER, TUESDAY)

    assert call is Call.EASE
    assert change.after.workout_type is change.before.workout_type
    assert work_s(change.after) == 0.75 * work_s(change.before)
    assert change.after.title == "Threshold 3 × 3 min"


@pytest.mark.parametrize("repeats", range(1, 11))
def test_amber_takes_a_fifth_to_a_third_of_the_work(repeats: int) -> None:
    before = session(TUESDAY, 9.5, repeats=repeats, work_s=60)
    _, (change,) = decide(with_day(plan(), before), AMBER, TUESDAY)

    assert 0.66 <= work_s(change.after) / work_s(change.before) <= 0.80
    assert change.after.distance_m <= change.before.distance_m


def test_amber_leaves_easy_days_alone() -> None:
    assert decide(plan(), AMBER, WEDNESDAY) == (Call.GO, ())


def test_green_goes_further_within_its_range() -> None:
    roomy = with_day(plan(), run(WEDNESDAY, 9.5, distance_max_m=10500.0))
    call, (change,) = decide(roomy, GREEN, WEDNESDAY)

    assert call is Call.GO
    assert change.after.distance_m == 10500
    assert change.rule_id == "readiness_green"


def test_a_green_morning_after_a_red_one_adds_nothing() -> None:
    roomy = with_day(plan(), run(WEDNESDAY, 9.5, distance_max_m=10500.0))

    assert [c.rule_id for c in decide(roomy, GREEN, WEDNESDAY)[1]] == ["readiness_green"]
    assert decide(roomy, GREEN, WEDNESDAY, reds=(TUESDAY,))[1] == ()


def test_green_stops_at_the_weekly_cap() -> None:
    """46 km is as far as the week may go; the session's own range would allow 2 km more."""
    roomy = with_day(plan([(40, 13), (45, 13.5), (44, 14)]), run(WEDNESDAY, 10.5, distance_max_m=12500.0))
    history = (*done_runs(until=day(2, 0)), done(TUESDAY, 10500))
    _, changes = decide(roomy, GREEN, WEDNESDAY, done=history)

    assert [c.after.distance_m for c in changes] == [11500]


def test_green_adds_nothing_where_the_plan_leaves_no_range() -> None:
    assert decide(plan(), GREEN, WEDNESDAY) == (Call.GO, ())


@pytest.mark.parametrize("today", [TUESDAY, WEDNESDAY, FRIDAY, SUNDAY])
def test_unknown_readiness_leaves_the_plan_as_written(today: date) -> None:
    roomy = with_day(plan(), run(WEDNESDAY, 9.5, distance_max_m=10500.0))

    assert decide(roomy, NEUTRAL, today) == (Call.GO, ())


def test_rest_day_is_rest_on_any_morning() -> None:
    for state in ReadinessState:
        assert decide(plan(), state, day(2, 3)) == (Call.REST, ())


def test_second_red_in_three_days_moves_the_next_quality_by_48_hours() -> None:
    monday = day(2, 0)
    call, changes = decide(plan(), RED, monday, reds=(monday - timedelta(days=2),))
    after = apply(plan(), changes)

    assert call is Call.REST
    assert {c.rule_id for c in changes} == {"two_reds_in_three_days"}
    assert not is_quality(after.on(TUESDAY))  # type: ignore[arg-type]  # there is a run on that day
    moved = [w for w in after.weeks[1].workouts if w.workout_type is WorkoutType.TEMPO]
    assert [(w.workout_date - monday).days >= 2 for w in moved] == [True]
    assert after.weeks[1].distance_m == plan().weeks[1].distance_m


def test_one_red_day_changes_today_only() -> None:
    """One bad morning never rewrites the block."""
    for today in (TUESDAY, WEDNESDAY, SUNDAY):
        _, changes = decide(half_plan(), RED, today)

        assert {c.before.workout_date for c in changes} <= {today}


def test_week_after_a_spike_has_no_quality_and_no_record() -> None:
    spiked = (*on(TUESDAY).done, done(day(2, 0), 15000))
    _, changes = decide(plan(), GREEN, TUESDAY, done=spiked)
    after = apply(plan(), changes)
    week = [w for w in after.workouts if TUESDAY <= w.workout_date <= day(3, 0)]

    assert changes[0].rule_id == "after_a_spike"
    assert not any(is_quality(w) for w in week)
    assert all(w.distance_m <= 15000 for w in week)


@pytest.mark.parametrize(("days_after", "is_calm"), [(6, True), (7, True), (8, False)])
def test_quality_waits_for_seven_days_after_a_spike(days_after: int, *, is_calm: bool) -> None:
    today = day(3, 1)
    spiked = (*on(TUESDAY).done, done(today - timedelta(days=days_after), 15000))

    _, changes = decide(plan(), NEUTRAL, today, done=spiked)

    calmed = [c for c in changes if c.rule_id == "after_a_spike" and c.before.workout_date == today]
    assert bool(calmed) is is_calm
    assert all(not is_quality(c.after) for c in calmed)


def test_illness_means_rest_and_easy_days_after() -> None:
    call, changes = decide(plan(), RED, TUESDAY, is_ill=True)
    after = apply(plan(), changes)

    assert call is Call.REST
    assert after.on(TUESDAY).workout_type is WorkoutType.REST  # type: ignore[union-attr]  # the day is planned


def test_injury_means_rest() -> None:
    call, changes = decide(plan(), GREEN, TUESDAY, is_injured=True)

    assert (call, changes[0].rule_id) == (Call.REST, "injury")


def test_what_the_athlete_said_is_the_evidence() -> None:
    told = Evidence(metric="illness", text="You said you have been ill since Monday 9 March.")
    _, changes = decide(plan(), RED, TUESDAY, is_ill=True, said=(told,))

    assert changes[0].because == (told,)


@pytest.mark.parametrize("state", ReadinessState)
@pytest.mark.parametrize("today", [TUESDAY, WEDNESDAY, FRIDAY, SUNDAY])
def test_days_of_coming_back_are_easy_on_any_morning(today: date, state: ReadinessState) -> None:
    roomy = with_day(plan(), run(WEDNESDAY, 9.5, distance_max_m=10500.0))
    known = on(today, easy_until=today)
    readiness = Readiness(day=today, state=state, score=SCORES[state], rule=f"the test says {state}")
    _, changes = adjust_day(roomy, readiness=readiness, today=today, facts=known)
    before, after = roomy.on(today), apply(roomy, changes).on(today)

    assert before is not None
    assert after is not None
    assert not is_quality(after)
    assert after.distance_m <= before.distance_m * (0.75 if before.workout_type is WorkoutType.LONG else 1)
    assert judge(apply(roomy, changes), replace(known, approved=roomy, readiness=readiness)) == ()


def test_coming_back_looks_two_days_ahead_and_cuts_no_long_run_early() -> None:
    """Later days get their turn on their own mornings, so that an entry taken back has cost little."""
    _, changes = decide(plan(), NEUTRAL, FRIDAY, easy_until=FRIDAY + timedelta(days=30))

    assert changes == ()


def test_one_long_run_is_cut_once_however_many_mornings_look_at_it() -> None:
    before = plan()
    for today in (FRIDAY, FRIDAY + timedelta(days=1), SUNDAY):
        _, changes = decide(before, NEUTRAL, today, easy_until=SUNDAY)
        before = apply(before, changes)

    assert before.on(SUNDAY).distance_m == 10000  # type: ignore[union-attr]  # the day is planned


def test_race_is_run_whatever_the_morning() -> None:
    raced = with_day(plan(), race(SUNDAY, 10000))

    call, changes = decide(raced, RED, SUNDAY, b_race_dates=(SUNDAY,))

    assert call is Call.GO
    assert all(c.before.workout_date > SUNDAY for c in changes)


def test_done_day_is_left_alone() -> None:
    ran = (*on(TUESDAY).done, done(TUESDAY, 9500))

    assert decide(plan(), RED, TUESDAY, done=ran) == (Call.GO, ())


def test_unplanned_hard_run_yesterday_makes_today_easy() -> None:
    hard = (*on(TUESDAY).done, done(day(2, 0), 3000, run_type="intervals", is_quality=True))
    call, changes = decide(plan(), NEUTRAL, TUESDAY, done=hard)

    assert call is Call.SWAP
    assert changes[0].rule_id == "H09"


@settings(max_examples=25, deadline=None)
@given(
    low=st.floats(0, 100),
    high=st.floats(0, 100),
    weekday=st.integers(0, 6),
    week=st.floats(3.95, 4.15),
    room_m=st.sampled_from([0.0, 500.0, 1500.0]),
    red_before=st.booleans(),
)
def test_worse_readiness_never_adds_work(
    *, low: float, high: float, weekday: int, week: float, room_m: float, red_before: bool
) -> None:
    """A lower score never means more minutes at threshold or above, nor more distance."""
    low, high = sorted((low, high))
    today = day(2, weekday)
    before = plan()
    roomy = [replace(w, distance_max_m=w.distance_m + room_m) for w in before.weeks[1].workouts if w.distance_m]
    for workout in roomy:
        before = with_day(before, workout)
    known = on(today, reds=(today - timedelta(days=1),) if red_before else ())

    def work(score: float) -> tuple[float, float]:
        readiness = assess(night(local_date=today, recovery_score_pct=score, ln_hrv_7d_mean=week))
        _, changes = adjust_day(before, readiness=readiness, today=today, facts=known)
        after = apply(before, changes)
        assert judge(after, replace(known, approved=before, readiness=readiness)) == ()
        return sum(threshold_and_above_s(w) for w in after.workouts), sum(w.distance_m for w in after.workouts)

    worse, better = work(low), work(high)

    assert worse[0] <= better[0] + 1e-6
    assert worse[1] <= better[1] + 1e-6


@settings(max_examples=25, deadline=None)
@given(offset=st.integers(0, 90), state=st.sampled_from(list(ReadinessState)), red_before=st.booleans())
def test_our_plan_stays_within_the_rules_on_any_morning(
    *, offset: int, state: ReadinessState, red_before: bool
) -> None:
    """The athlete follows the plan up to the day; then a morning of any kind comes."""
    before = planned.plan()
    today = planned.MONDAY + timedelta(days=offset)
    followed = tuple(
        done(w.workout_date, w.distance_m, is_quality=w.is_quality)
        for w in before.workouts
        if w.workout_date < today and w.distance_m > 0
    )
    known = Facts(
        athlete=planned.athlete(),
        profile=planned.profile(),
        done=(*planned.done_runs(), *followed),
        today=today,
        reds=(today - timedelta(days=1),) if red_before else (),
    )
    readiness = Readiness(day=today, state=state, score=SCORES[state], rule="the test says so")
    _, changes = adjust_day(before, readiness=readiness, today=today, facts=known)
    after = apply(before, changes)

    assert judge(after, replace(known, approved=before, readiness=readiness)) == ()


@settings(max_examples=25, deadline=None)
@given(
    offset=st.integers(0, 90),
    state=st.sampled_from(list(ReadinessState)),
    is_ill=st.booleans(),
    is_injured=st.booleans(),
    easy_days=st.none() | st.integers(0, 20),
)
def test_whatever_was_said_the_rules_hold_and_no_run_is_added(
    *, offset: int, state: ReadinessState, is_ill: bool, is_injured: bool, easy_days: int | None
) -> None:
    """Illness, injury and the days after them, on any morning of a plan that was followed so far."""
    before = planned.plan()
    today = planned.MONDAY + timedelta(days=offset)
    followed = tuple(
        done(w.workout_date, w.distance_m, is_quality=w.is_quality)
        for w in before.workouts
        if w.workout_date < today and w.distance_m > 0
    )
    known = Facts(
        athlete=planned.athlete(),
        profile=planned.profile(),
        done=(*planned.done_runs(), *followed),
        today=today,
        is_ill=is_ill,
        is_injured=is_injured,
        easy_until=None if easy_days is None else today + timedelta(days=easy_days),
    )
    readiness = Readiness(day=today, state=state, score=SCORES[state], rule="the test says so")
    call, changes = adjust_day(before, readiness=readiness, today=today, facts=known)
    after = apply(before, changes)
    run_today = after.on(today)

    assert judge(after, replace(known, approved=before, readiness=readiness)) == ()
    assert all(c.after.distance_m <= c.before.distance_m for c in changes if easy_days is not None)
    if is_ill or is_injured:
        assert call is Call.REST
        assert run_today is None or run_today.workout_type in {WorkoutType.REST, WorkoutType.RACE}


@pytest.mark.parametrize("seed", range(3))
def test_season_of_mornings_stays_safe_and_close_to_its_plan(seed: int) -> None:
    """Fourteen weeks of changing mornings, each day's plan the next day's start: no rule breaks, little is lost."""
    mornings = Random(seed)
    approved = before = planned.plan()
    history = list(planned.done_runs())
    reds: list[date] = []
    for offset in range(98):
        today = planned.MONDAY + timedelta(days=offset)
        state = mornings.choices(list(ReadinessState), weights=[40, 30, 15, 15])[0]
        reds += [today] if state is RED else []
        monday = today - timedelta(days=today.weekday())
        weeks = tuple(
            sum(r.distance_m for r in history if 0 < (monday - r.run_date).days - 7 * back <= 7)
            for back in range(7, -1, -1)
        )
        known = Facts(
            athlete=planned.athlete(),
            profile=planned.profile(as_of_date=today, weekly_distances_m=weeks),
            done=tuple(history),
            today=today,
            reds=tuple(r for r in reds if (today - r).days < 7),
            approved=approved,
        )
        readiness = Readiness(day=today, state=state, score=SCORES[state], rule="the test says so")
        _, changes = adjust_day(before, readiness=readiness, today=today, facts=known)
        assert all((c.before.workout_date - today).days <= 6 for c in changes)
        before = apply(before, changes)
        workout = before.on(today)
        if workout is not None and workout.distance_m:
            history.append(done(today, workout.distance_m, is_quality=is_quality(workout)))
    ran = sum(w.distance_m for w in before.workouts)

    assert ran >= 0.85 * sum(w.distance_m for w in approved.workouts)
    assert not [w for w in before.workouts if w.workout_date in reds and is_quality(w)]
