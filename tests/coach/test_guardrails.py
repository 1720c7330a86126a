"""Each hard rule at its boundary, its exemptions, and that no plan can make the judge raise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.guardrails import RULES, Facts, judge
from coach.model import GoalKind, Level, Plan, Segment, WeekKind, Workout, WorkoutType
from tests.builders import coach as planned
from tests.builders.coach import athlete
from tests.builders.plans import (
    GENERAL_WEEKS,
    HALF_WEEKS,
    MONDAY,
    change,
    day,
    done,
    done_runs,
    facts,
    half_plan,
    plan,
    profile,
    race,
    rest,
    run,
    session,
    with_day,
    with_week,
)


def rules_broken(judged: Plan, known: Facts | None = None) -> set[str]:
    return {v.rule_id for v in judge(judged, known or facts())}


def weeks_with(number: int, volume: tuple[float, float]) -> Plan:
    return plan([volume if i + 1 == number else w for i, w in enumerate(GENERAL_WEEKS)])


def test_every_required_rule_is_registered_with_a_title() -> None:
    expected = {f"H{n:02d}" for n in range(1, 23)}

    assert {rule_id for rule_id, rule in RULES.items() if rule.title} == expected


def test_violation_names_rule_week_value_limit_and_text() -> None:
    violation = judge(weeks_with(3, (48.31, 14)), facts())[0]

    assert (violation.rule_id, violation.week_number) == ("H01", 3)
    assert violation.value == pytest.approx(48310)
    assert violation.limit == pytest.approx(48300)
    assert violation.text == "Week 3 holds 48.3 km; after weeks of at most 42 km the most is 48.3 km."


@pytest.mark.parametrize(("km", "is_broken"), [(19.80, False), (19.81, True)])
def test_a_tenth_beyond_eighteen_kilometres_passes_and_ten_metres_more_do_not(km: float, *, is_broken: bool) -> None:
    used_to_18 = facts(
        profile=profile(weekly_distances_m=(60000.0,) * 8, longest_run_30d_m=18000.0),
        done=done_runs(long_m=18000.0),
    )
    judged = plan([(60.0, km), (60.0, 18.0), (60.0, 18.0)])

    assert ("H03" in rules_broken(judged, used_to_18)) is is_broken


@pytest.mark.parametrize(("back", "is_broken"), [(30, False), (31, True)])
def test_reference_reaches_back_thirty_days(back: int, *, is_broken: bool) -> None:
    sunday = day(1, 6)
    known = facts(done=(*done_runs(), done(sunday - timedelta(days=back), 15000)))

    assert ("H03" in rules_broken(plan([(44, 15.0)]), known)) is is_broken


def test_planned_runs_carry_the_reference_forward() -> None:
    assert "H03" not in rules_broken(plan([(40, 14.0), (44, 15.4)]))
    assert "H03" in rules_broken(plan([(40, 13.0), (44, 15.4)]))


@pytest.mark.parametrize(("days_apart", "is_broken"), [(6, True), (7, False)])
def test_second_record_needs_seven_days(days_apart: int, *, is_broken: bool) -> None:
    judged = plan([(40, 13.5), (42, 12.0)])
    judged = with_day(judged, rest(day(2, 6)))
    second = run(day(1, 6) + timedelta(days=days_apart), 13.9, WorkoutType.LONG)

    assert ("H04" in rules_broken(with_day(judged, second))) is is_broken


def test_first_run_after_a_month_is_short() -> None:
    history = (done(MONDAY - timedelta(days=45), 12000),)
    back = profile(
        weekly_distances_m=(20000.0, 20000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        longest_run_30d_m=None,
        longest_run_90d_m=12000.0,
        last_run_date=MONDAY - timedelta(days=45),
    )
    known = facts(profile=back, done=history)

    def first(km: float, seconds: float) -> Plan:
        base = change(plan([(9, 3)]), lambda w: rest(w.workout_date))
        return with_day(base, run(day(1, 1), km, duration_s=seconds))

    assert "H03" not in rules_broken(first(5, 1800), known)
    assert "H03" in rules_broken(first(5, 1801), known)
    assert "H03" in rules_broken(first(6.1, 1700), known)


def test_races_are_exempt_from_the_spike_but_not_unknown_ones() -> None:
    assert rules_broken(half_plan()) == set()

    tune_up = with_day(plan(), race(day(3, 6), 10000))

    assert "H17" in rules_broken(tune_up)
    assert "H17" not in rules_broken(tune_up, facts(b_race_dates=(day(3, 6),)))


def test_three_days_after_a_tune_up_race_are_easy() -> None:
    raced = with_day(plan(), race(day(3, 6), 10000))
    known = facts(b_race_dates=(day(3, 6),))

    assert "H09" in rules_broken(raced, known)

    rested = with_day(with_day(raced, run(day(4, 1), 7.5)), session(day(4, 3), 7.5, repeats=2))

    assert "H09" not in rules_broken(with_day(rested, rest(day(4, 4))), known)


def test_hard_days_need_three_days_from_fifty_on() -> None:
    friday = with_day(with_day(plan(), run(day(2, 1), 9.5)), session(day(2, 4), 9.5))
    older = athlete(birth_year=1970)
    cut_often = plan([(40, 13), (40, 13), (32, 10), (40, 13), (40, 13), (32, 10)])

    assert "H09" not in rules_broken(friday)
    assert "H09" in rules_broken(friday, facts(athlete=older))
    assert "H09" in rules_broken(cut_often, facts(athlete=older))  # Sunday to Tuesday is 48 h


def test_done_hard_run_counts_for_spacing() -> None:
    tuesday = day(1, 1)
    hard_monday = done(MONDAY, 8000, run_type="intervals", is_quality=True)
    known = facts(today=tuesday, done=(*done_runs(), hard_monday))

    assert "H09" in rules_broken(plan(), known)


def test_cautious_runners_cut_back_after_two_weeks() -> None:
    three_up = plan([(40, 13), (40, 13), (40, 13), (32, 10.4)])

    assert "H05" not in rules_broken(three_up)
    assert "H05" in rules_broken(three_up, facts(athlete=athlete(birth_year=1970)))
    assert "H05" in rules_broken(replace(three_up, level=Level.BEGINNER))


def test_author_cannot_claim_a_higher_level() -> None:
    claimed = replace(plan([(40, 13), (40, 13), (40, 13), (32, 10.4)]), level=Level.ADVANCED)
    new = facts(profile=profile(running_months=3.0))

    assert "H05" not in rules_broken(replace(claimed, level=Level.INTERMEDIATE))
    assert "H05" in rules_broken(claimed, new)


def test_labels_do_not_make_a_cutback() -> None:
    four_up = [(40.0, 13.0)] * 4
    judged = plan(four_up)
    for index in range(4):
        judged = with_week(judged, index, kind=WeekKind.TAPER)

    assert "H05" in rules_broken(judged)


def test_partial_week_counts_what_was_done_in_it() -> None:
    thursday = day(1, 3)
    base = plan([(40, 13), (40, 13), (40, 13), (32, 10)])
    rest_of_week = tuple(w for w in base.weeks[0].workouts if w.workout_date >= thursday)
    judged = with_week(base, 0, week_start_date=thursday, workouts=rest_of_week, kind=WeekKind.PARTIAL)
    judged = replace(judged, effective_date=thursday)
    ran = (done(day(1, 0), 9000), done(day(1, 1), 9000))
    known = facts(today=thursday, profile=profile(as_of_date=thursday), done=(*done_runs(), *ran))

    assert rules_broken(judged, known) == set()

    too_much = replace(known, done=(*done_runs(), done(day(1, 0), 13000), done(day(1, 1), 13000)))

    assert "H01" in rules_broken(judged, too_much)


def test_reduction_is_judged_as_approved() -> None:
    """Dropping easy runs raises the long run's share; that is no violation."""
    approved = plan()
    eased = with_day(approved, rest(day(2, 2)))

    assert "H02" in rules_broken(eased)
    assert rules_broken(eased, facts(approved=approved)) == set()


def test_return_after_a_break_is_held_to_the_weeks_since() -> None:
    """The usual week is 40 km; after two weeks without running 70 % of it is the most."""
    back = profile(weekly_distances_m=(40000.0,) * 6 + (0.0, 0.0), last_run_date=MONDAY - timedelta(days=15))
    runs = done_runs(until=MONDAY - timedelta(days=14))

    assert "H01" not in rules_broken(plan([(28, 9.5)]), facts(profile=back, done=runs))
    assert "H01" in rules_broken(plan([(28.1, 9.5)]), facts(profile=back, done=runs))
    assert "H01" in rules_broken(plan([(28, 9.5), (36, 10)]), facts(profile=back, done=runs))


def test_from_nothing_three_short_runs_are_possible() -> None:
    nothing = profile(
        weekly_distances_m=(),
        longest_run_30d_m=None,
        longest_run_90d_m=None,
        last_run_date=None,
        running_months=None,
        race_fitness=None,
    )
    days = [run(day(1, d), 3, WorkoutType.RUN_WALK, duration_s=1800.0) for d in (1, 3, 6)]
    first = change(plan([(9, 3)]), lambda w: rest(w.workout_date))
    for workout in days:
        first = with_day(first, workout)
    first = replace(first, level=Level.BEGINNER, paces=None)
    known = facts(athlete=athlete(long_run_day=6), profile=nothing, done=())
    first = change(first, lambda w: replace(w, target=days[0].target.__class__(effort="easy")))

    assert rules_broken(first, known) == set()
    assert "H03" in rules_broken(
        with_day(first, replace(days[0], distance_m=3100.0, workout_type=WorkoutType.EASY)), known
    )


def test_taper_of_three_run_days_must_only_fall() -> None:
    """With three runs a week the 60 and 40 % of the peak long run cannot hold."""

    def three_days(weeks: list[tuple[float, float]]) -> Plan:
        built = plan(weeks, kind=GoalKind.HALF, race_date=MONDAY + timedelta(days=7 * len(weeks) - 1))
        for number, (km, long_km) in enumerate(weeks, 1):
            each = (km - long_km) / 2
            built = with_day(with_day(built, rest(day(number, 4))), run(day(number, 2), each))
            built = with_day(built, session(day(number, 1), each, repeats=2))
        return built

    weeks = [(km, km * 0.34) for km, _ in HALF_WEEKS[:10]]
    last = three_days([*weeks, (31.0, 10.6), (18.6, 0.0)])

    assert "H06" not in rules_broken(last)


def test_injured_athlete_gets_no_run() -> None:
    assert "H20" in rules_broken(plan(), facts(is_injured=True))


def test_past_days_are_not_judged() -> None:
    """What was planned and not run lies behind; the plan is judged from today on."""
    broken = weeks_with(1, (80, 13))
    later = facts(today=day(2, 0), profile=profile(as_of_date=day(2, 0)), done=done_runs(until=day(2, 0)))

    assert "H01" in rules_broken(broken)
    assert "H01" not in rules_broken(broken, later)


def test_our_own_planner_keeps_every_rule() -> None:
    known = Facts(athlete=planned.athlete(), profile=planned.profile(), done=planned.done_runs(), today=planned.MONDAY)
    for kind in (GoalKind.FIVE_K, GoalKind.TEN_K, GoalKind.HALF, GoalKind.GENERAL):
        assert judge(planned.plan(kind), known) == ()


_numbers = st.one_of(
    st.floats(), st.integers(-5, 10**10).map(float), st.sampled_from([nan, inf, -1.0, 0.0, 1e9, 1e300]), st.none()
)
_dates = st.one_of(st.dates(), st.dates(date(2026, 1, 1), date(2026, 9, 1)), st.none())


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_judge_never_raises_whatever_the_plan(data: st.DataObject) -> None:
    base = half_plan() if data.draw(st.booleans()) else plan()
    week = data.draw(st.integers(0, len(base.weeks) - 1))
    index = data.draw(st.integers(0, 6))
    workout = base.weeks[week].workouts[index]
    field = data.draw(
        st.sampled_from(
            ["distance_m", "duration_s", "workout_date", "title", "segments", "workout_type", "workout_id", "target"]
        )
    )
    value: object = {
        "distance_m": data.draw(_numbers),
        "duration_s": data.draw(_numbers),
        "workout_date": data.draw(_dates),
        "title": data.draw(st.one_of(st.text(max_size=20), st.none())),
        "segments": data.draw(st.sampled_from([(), None, (None,), [1]])),
        "workout_type": data.draw(st.one_of(st.sampled_from(list(WorkoutType)), st.just("EASY"), st.none())),
        "workout_id": data.draw(st.one_of(st.text(max_size=3), st.integers())),
        "target": None,
    }[field]
    weird = replace(workout, **{field: value})  # type: ignore[arg-type]  # wrong types are the point
    workouts = (*base.weeks[week].workouts[:index], weird, *base.weeks[week].workouts[index + 1 :])
    weeks = list(with_week(base, week, workouts=workouts).weeks)
    if data.draw(st.booleans()):
        weeks = data.draw(st.permutations(weeks))
    judged = replace(base, weeks=tuple(weeks[: data.draw(st.integers(0, len(weeks)))]))

    found = judge(judged, facts())

    assert list(found) == sorted(found, key=lambda v: v.rule_id)


@pytest.mark.parametrize("nothing", [None, "a plan", 1, replace(plan(), weeks=None), replace(plan(), goal=None)])  # type: ignore[arg-type]  # what a broken author might hand over
def test_what_is_not_a_plan_is_h21(nothing: object) -> None:
    assert rules_broken(nothing) == {"H21"}  # type: ignore[arg-type]  # the point of the test


def test_segment_of_nonsense_is_h21() -> None:
    bad = replace(session(day(2, 1), 9.5).segments[1], repeats=0)
    workout: Workout = replace(session(day(2, 1), 9.5), segments=(bad,))

    assert isinstance(bad, Segment)
    assert "H21" in rules_broken(with_day(plan(), workout))
