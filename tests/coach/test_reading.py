"""A plan laid beside what was done: which weeks and runs a rule may look back to, over breaks and over silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from coach.breaks import Break
from coach.guardrails import judge, read
from coach.guardrails.facts import Facts
from coach.guardrails.reading import Reading
from coach.model import DoneRun, GoalKind, WeekKind
from coach.silence import Silence
from tests.builders.plans import HALF_WEEKS, MONDAY, day, done, done_runs, facts, plan, profile, race, run, with_day

WEEK = timedelta(days=7)


def reading(**known: object) -> Reading:
    """The general plan of eight weeks with these facts about the runner."""
    return read(plan(), facts(**known))


def after(volumes_km: tuple[float, ...], **known: object) -> Reading:
    """The same after closed weeks of these volumes, the latest last, none of their runs known one by one."""
    weeks = profile(weekly_distances_m=tuple(1000 * km for km in volumes_km), **known)
    return read(plan(), facts(profile=weeks, done=()))


@pytest.mark.parametrize(
    ("volumes_km", "reference_km"),
    [
        ((50.0, 40.0, 41.0, 42.0, 43.0), 43.0),  # the fifth week back is too far
        ((40.0, 50.0, 41.0, 42.0, 43.0), 50.0),
        ((30.0,), 30.0),
        ((), 9.0),  # three runs of three kilometres
        ((8.0, 7.0, 6.0), 9.0),
    ],
)
def test_a_week_is_measured_against_the_largest_of_the_four_before(
    volumes_km: tuple[float, ...], reference_km: float
) -> None:
    assert after(volumes_km).reference_m(MONDAY) == 1000 * reference_km


def test_planned_weeks_take_the_place_of_closed_ones() -> None:
    known = after((60.0, 40.0, 40.0, 40.0))

    assert known.reference_m(MONDAY) == 60000
    assert known.reference_m(MONDAY + WEEK) == 40000  # the first week of the plan and the three before it
    assert known.reference_m(MONDAY + 4 * WEEK) == 44000  # the plan's own first four


@pytest.mark.parametrize(
    ("volumes_km", "reference_km"),
    [
        ((40.0, 40.0, 40.0, 40.0, 19.9, 19.9), 28.0),  # below half of the usual twice: 70 % of it after 15 days off
        ((40.0, 40.0, 40.0, 40.0, 20.0, 19.9), 40.0),  # half is not below half
        ((40.0, 40.0, 40.0, 19.9, 40.0, 19.9), 40.0),  # not one after the other
        ((40.0, 40.0, 19.9, 19.9, 30.0, 30.0), 30.0),  # what came before the break is over
    ],
)
def test_after_two_weeks_below_half_only_what_came_since_and_a_share_of_the_usual_counts(
    volumes_km: tuple[float, ...], reference_km: float
) -> None:
    known = after(volumes_km, last_run_date=MONDAY - timedelta(days=15))

    assert known.reference_m(MONDAY) == pytest.approx(1000 * reference_km)


@pytest.mark.parametrize(("days_off", "share"), [(5, 0.0), (6, 0.8), (9, 0.8), (10, 0.7), (21, 0.7), (22, 0.5)])
def test_the_first_week_back_holds_a_share_that_falls_with_the_days_off(days_off: int, share: float) -> None:
    known = after((40.0,) * 6 + (0.0, 0.0), last_run_date=MONDAY - timedelta(days=days_off))

    assert known.start_cap_m(0.10) == pytest.approx(max(1.1 * 20000, share * 40000))
    assert known.reference_m(MONDAY) == pytest.approx(max(9000, share * 40000))


def test_the_first_week_of_a_plan_begins_at_the_median_of_four_and_a_tenth() -> None:
    assert after((90.0, 30.0, 42.0, 40.0, 50.0)).start_cap_m(0.10) == pytest.approx(1.1 * 41000)
    assert after((5.0, 5.0, 5.0, 5.0)).start_cap_m(0.10) == 9000


def one_run(days_before: int, distance_m: float = 15000.0, **known: object) -> Facts:
    """Nothing but one run, so many days before the plan begins."""
    return facts(done=(done(MONDAY - timedelta(days=days_before), distance_m),), **known)


def test_the_longest_run_is_that_of_thirty_days_done_or_planned() -> None:
    long_ago, just = read(plan([]), one_run(31)), read(plan([]), one_run(30))

    assert (long_ago.longest_before(MONDAY), just.longest_before(MONDAY)) == (None, 15000)
    assert just.longest_before(MONDAY + timedelta(days=1)) is None
    planned = reading()
    assert planned.longest_before(day(1, 6)) == 13000
    assert planned.longest_before(day(2, 0)) == 13000
    assert planned.longest_before(day(3, 0)) == 13500


def test_where_single_runs_are_known_the_profile_does_not_stand_in_for_them() -> None:
    known_by_profile = profile(longest_run_30d_m=20000.0)

    assert read(plan([]), facts(profile=known_by_profile, done=())).longest_before(MONDAY) == 20000
    assert read(plan([]), one_run(10, profile=known_by_profile)).longest_before(MONDAY) == 15000


def test_a_day_of_which_nothing_is_known_is_reached_over() -> None:
    """From the eleventh unknown day on: the window of thirty days ends so many days earlier."""
    unknown = tuple(MONDAY - timedelta(days=back) for back in range(14, 0, -1))
    nothing_planned = plan([])

    def longest(days_before: int, *, silent: bool) -> float | None:
        known = one_run(days_before, silence=Silence(unknown) if silent else Silence())
        return read(nothing_planned, known).longest_before(MONDAY)

    assert longest(34, silent=False) is None
    assert longest(34, silent=True) == 15000  # four of the fourteen days are skipped
    assert longest(35, silent=True) is None


def test_records_are_runs_beyond_all_of_their_thirty_days_races_apart() -> None:
    runs = (
        done(MONDAY - timedelta(days=40), 12000),
        done(MONDAY - timedelta(days=20), 12000),
        done(MONDAY - timedelta(days=10), 12001),
        done(MONDAY - timedelta(days=5), 20000, run_type="race"),
        done(MONDAY - timedelta(days=1), 12002),
    )

    assert read(plan([]), facts(done=runs)).record_days == (MONDAY - timedelta(days=10),)
    easy_race = tuple(replace(r, run_type="easy") for r in runs)
    assert read(plan([]), facts(done=easy_race)).record_days == (
        MONDAY - timedelta(days=10),
        MONDAY - timedelta(days=5),
    )


@pytest.mark.parametrize(("days_before", "longest_m"), [(90, 15000.0), (91, None)])
def test_the_first_run_after_a_month_goes_by_the_longest_of_ninety_days(
    days_before: int, longest_m: float | None
) -> None:
    known = read(plan([]), one_run(days_before, profile=profile(longest_run_90d_m=None)))

    assert known.longest_90d_m == longest_m
    assert known.first_run_m == (3000 if longest_m is None else 7500)


def test_days_off_that_matter_still_lend_their_share_until_the_usual_is_reached() -> None:
    off = Break(begin_date=MONDAY - timedelta(days=15), days=15, back_date=MONDAY, usual_m=50000.0, longest_m=20000.0)
    weeks = profile(weekly_distances_m=(10000.0,) * 8)
    approved = replace(plan([(10, 3)] * 8), plan_id="approved")
    light = read(plan([(10, 3)] * 8), facts(profile=weeks, done=(), pause=off, approved=approved))

    assert light.reference_m(MONDAY) == pytest.approx(0.7 * 50000)
    assert light.reference_m(MONDAY + WEEK) == pytest.approx(0.7 * 50000 * 1.1)
    assert light.reference_m(MONDAY + 5 * WEEK) == 50000
    assert light.longest_before(MONDAY) == pytest.approx(0.7 * 20000)
    not_in_force = read(plan([(10, 3)] * 8), facts(profile=weeks, done=(), pause=off))
    assert not_in_force.reference_m(MONDAY) == 10000


def ran(*distances_m: float, on: date) -> tuple[DoneRun, ...]:
    return tuple(done(on, m) for m in distances_m)


def test_a_week_holds_what_was_done_and_what_is_still_to_do() -> None:
    """On Wednesday: Monday's race is no volume, Tuesday's run is, today's is to do until one was run today."""
    wednesday = day(1, 2)
    runs = (*ran(10000.0, on=day(1, 1)), done(day(1, 0), 5000, run_type="race"))
    before = read(plan(), facts(today=wednesday, done=runs)).weeks[0]
    done_today = read(plan(), facts(today=wednesday, done=(*runs, *ran(1000.0, on=wednesday)))).weeks[0]

    assert before.volume_m == pytest.approx(10000 + 9000 + 9000 + 13000)
    assert [w.workout_date for w in before.remaining] == [wednesday, day(1, 4), day(1, 6)]
    assert done_today.volume_m == pytest.approx(10000 + 1000 + 9000 + 13000)
    assert [w.workout_date for w in done_today.remaining] == [day(1, 4), day(1, 6)]
    assert not before.is_past
    assert read(plan(), facts(today=day(2, 0))).weeks[0].is_past
    assert not read(plan(), facts(today=day(1, 6))).weeks[0].is_past


def test_what_stands_in_for_unknown_days_counts_like_a_run() -> None:
    thursday = day(1, 3)
    approved = plan()
    silent = Silence((day(1, 1), day(1, 2)))
    week = read(plan(), facts(today=thursday, approved=approved, silence=silent)).weeks[0]

    assert week.volume_m == pytest.approx(2 * 9000 + 9000 + 13000)
    assert read(plan(), facts(today=thursday, approved=approved)).weeks[0].volume_m == pytest.approx(22000)


def test_what_stands_in_for_a_sunday_counts_for_the_week_that_ends_with_it() -> None:
    monday_2, sunday = day(2, 0), day(1, 6)
    approved = plan()
    known = facts(today=monday_2, done=done_runs(), approved=approved, silence=Silence((sunday,)))

    weeks = read(plan(), known).weeks

    assert [weeks[0].volume_m, weeks[1].volume_m] == pytest.approx([13000, 42000])


def test_a_first_week_that_begins_later_is_partial_and_begins_on_its_monday() -> None:
    base = plan()
    late = replace(base, effective_date=day(1, 2))
    week = read(late, facts()).weeks[0]

    assert (week.start_date, week.is_partial, week.end_date) == (MONDAY, True, day(1, 6))
    assert not read(base, facts()).weeks[0].is_partial
    assert [w.is_partial for w in read(late, facts()).weeks[1:]] == [False] * 7


def test_races_and_weeks_are_told_apart() -> None:
    raced = with_day(plan(), race(day(3, 6), 10000))
    weeks = read(raced, facts()).weeks

    assert [week.has_race for week in weeks[:4]] == [False, False, True, False]
    assert weeks[2].approved_m == pytest.approx(30000)
    assert weeks[2].run_count == 3
    assert read(raced, facts()).runs[0].workout_date == day(1, 1)
    assert weeks[0].kind is WeekKind.LOADED


def test_shares_are_judged_on_what_was_approved_while_a_change_only_shrinks() -> None:
    approved = plan()
    eased = with_day(approved, run(day(2, 2), 5.0))
    grown = with_day(eased, run(day(2, 4), 12.0))

    assert read(eased, facts(approved=approved)).weeks[1].approved_m == pytest.approx(42000)
    assert read(grown, facts(approved=approved)).weeks[1].approved_m == pytest.approx(42000 - 4500 + 2500, abs=2)
    assert read(eased, facts()).weeks[1].approved_m == pytest.approx(37500, abs=2)


def test_closed_weeks_are_summed_from_runs_where_the_profile_knows_none_races_apart() -> None:
    runs = (
        *ran(9000.0, 8000.0, on=MONDAY - timedelta(days=7)),
        done(MONDAY - timedelta(days=1), 21000, run_type="race"),
    )
    unknown = profile(weekly_distances_m=(), longest_run_30d_m=None)

    known = read(plan(), facts(profile=unknown, done=runs))

    assert known.reference_m(MONDAY) == 17000
    assert read(plan([]), facts()).start_cap_m(0.10) == 0.0


def test_a_taper_that_cuts_too_little_or_too_much_names_the_end_that_it_misses() -> None:
    def limit(last: float) -> list[float | None]:
        weeks = [*HALF_WEEKS[:10], (31.0, 9.0), (last, 0.0)]
        judged = plan(weeks, kind=GoalKind.HALF, race_date=MONDAY + timedelta(days=83))
        return [v.limit for v in judge(judged, facts()) if v.rule_id == "H06" and "a taper cuts" in v.text]

    assert limit(18.6) == []
    assert limit(29.0) == [0.41]
    assert limit(3.0) == [0.60]
