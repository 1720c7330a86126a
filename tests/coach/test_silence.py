"""Silence is not rest: what a morning makes of a plan while nothing has arrived, after a break, and what it never makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.adjust import CRUMB, DONE, adjust_day, apply
from coach.breaks import BREAK, Break, find_break
from coach.explain import brief
from coach.guardrails import Facts
from coach.guardrails.content import is_quality, is_run
from coach.guardrails.reading import read
from coach.model import Adjustment, Call, DoneRun, Plan, Readiness, ReadinessState, Workout, WorkoutType
from coach.readiness import DayRecovery, assess
from coach.silence import QUESTION, SILENCE, Silence, assumed_run_days
from tests.builders.coach import athlete
from tests.builders.plans import MONDAY, day, done, done_runs, plan, profile, rest, with_day

TUESDAY, WEDNESDAY, FRIDAY, SUNDAY = day(4, 1), day(4, 2), day(4, 4), day(4, 6)


def silent_for(days: int, today: date) -> Silence:
    return Silence(tuple(today - timedelta(days=back) for back in range(days, 0, -1)))


def run_until(until: date) -> tuple[DoneRun, ...]:
    """The plan's own runs, as planned, through a day."""
    planned = [w for w in plan().workouts if is_run(w) and w.workout_date <= until]
    return (*done_runs(), *(done(w.workout_date, w.distance_m) for w in planned))


def decide(before: Plan, today: date, **known: object) -> tuple[Call, tuple[Adjustment, ...]]:
    readiness = Readiness(day=today, state=ReadinessState.NEUTRAL, score=None)
    usual = {"athlete": athlete(), "profile": profile(as_of_date=today), "done": run_until(today), "approved": before}
    facts = Facts(**{**usual, "today": today, **known})  # type: ignore[arg-type]  # tests set fields by name
    return adjust_day(before, readiness=readiness, today=today, facts=facts)


def on(before: Plan, changes: tuple[Adjustment, ...], today: date) -> Workout:
    workout = apply(before, changes).on(today)
    assert workout is not None
    return workout


@pytest.mark.parametrize("days", [1, 5, 10, 11, 16, 25])
@pytest.mark.parametrize("today", [WEDNESDAY, FRIDAY, SUNDAY])
def test_silence_alone_shrinks_no_run(days: int, today: date) -> None:
    heard_until = today - timedelta(days=days + 1)

    assert decide(plan(), today, silence=silent_for(days, today), done=run_until(heard_until))[1] == ()


def test_from_the_eleventh_silent_day_quality_becomes_easy_running_of_the_same_time() -> None:
    ten = decide(plan(), TUESDAY, silence=silent_for(10, TUESDAY), done=run_until(TUESDAY - timedelta(days=11)))
    call, (change,) = decide(
        plan(), TUESDAY, silence=silent_for(11, TUESDAY), done=run_until(TUESDAY - timedelta(days=12))
    )

    assert ten[1] == ()
    assert call is Call.SWAP
    assert (change.rule_id, change.after.workout_type) == (SILENCE, WorkoutType.EASY)
    assert 0.9 * change.before.duration_s <= change.after.duration_s <= change.before.duration_s


def test_nothing_grows_while_nothing_is_known() -> None:
    roomy = with_day(plan(), replace(on(plan(), (), WEDNESDAY), distance_max_m=12000.0))
    green = Readiness(day=WEDNESDAY, state=ReadinessState.GREEN, score=80.0)

    def longest(silence: Silence) -> float:
        facts = Facts(
            athlete=athlete(),
            profile=profile(as_of_date=WEDNESDAY),
            done=run_until(WEDNESDAY - timedelta(days=1)),
            today=WEDNESDAY,
            approved=roomy,
            silence=silence,
        )
        return on(roomy, adjust_day(roomy, readiness=green, today=WEDNESDAY, facts=facts)[1], WEDNESDAY).distance_m

    assert longest(Silence()) > longest(silent_for(11, WEDNESDAY)) == on(roomy, (), WEDNESDAY).distance_m


def test_windows_of_days_reach_over_what_is_unknown() -> None:
    """Forty days after the last run the longest run of thirty known days is still that run; after forty known days it is not."""
    last, today = day(1, 6), day(1, 6) + timedelta(days=41)
    facts = Facts(athlete=athlete(), profile=profile(), done=(done(last, 14000),), today=today)
    silent = replace(facts, silence=silent_for(40, today))

    empty = replace(plan(), weeks=())
    assert read(empty, silent).longest_before(today) == 14000
    assert read(empty, facts).longest_before(today) is None


def test_for_ten_silent_days_the_approved_sessions_stand_in() -> None:
    longest = max(w.distance_m for w in plan().workouts if day(3, 6) == w.workout_date)
    silence = silent_for(9, TUESDAY)
    facts = Facts(
        athlete=athlete(), profile=profile(), done=done_runs(), today=TUESDAY, silence=silence, approved=plan()
    )

    assert day(3, 6) in silence.assumed
    assert read(plan(), facts).longest_before(TUESDAY) == longest
    assert read(plan(), replace(facts, silence=Silence())).longest_before(TUESDAY) == 13000


def test_the_brief_says_since_when_nothing_is_known_and_asks_from_the_eleventh_day_on() -> None:
    def flags(days: int) -> str:
        words = brief(
            day=TUESDAY,
            plan=plan(),
            readiness=Readiness(day=TUESDAY, state=ReadinessState.NEUTRAL, score=None),
            call=Call.GO,
            adjustments=(),
            silence=silent_for(days, TUESDAY),
        )
        return " ".join(words.flags)

    assert "Nothing is known" not in flags(3)
    assert "Nothing is known of your running since Friday 20 March" in flags(4)
    assert QUESTION not in flags(10)
    assert QUESTION in flags(11)


def test_a_session_that_was_run_on_another_day_is_done_and_what_it_frees_is_rest() -> None:
    long_run = on(plan(), (), SUNDAY)
    call, (change,) = decide(plan(), SUNDAY, done_elsewhere=((long_run.workout_id, FRIDAY),), done=run_until(FRIDAY))

    assert call is Call.REST
    assert (change.rule_id, change.after.workout_type) == (DONE, WorkoutType.REST)
    assert "on Friday 27 March" in change.because[0].text


@pytest.mark.parametrize(("days", "share"), [(5, 1.0), (6, 0.8), (9, 0.8), (10, 0.7), (21, 0.7), (22, 0.5), (40, 0.5)])
def test_the_first_seven_days_after_a_break_hold_a_share_of_the_usual(days: int, share: float) -> None:
    today = day(6, 1)
    last = today - timedelta(days=days + 1)
    runs = (*done_runs(last - timedelta(days=last.weekday())), done(last, 12000))
    pause = find_break(runs, Silence(), today=today)
    _, changes = decide(plan(), today, done=runs, pause=pause)
    week = [
        w for w in apply(plan(), changes).workouts if today <= w.workout_date < today + timedelta(days=7) and is_run(w)
    ]
    planned_m = sum(
        w.distance_m for w in plan().workouts if today <= w.workout_date < today + timedelta(days=7) and is_run(w)
    )

    if days < 6:
        assert pause is None
        return
    assert pause is not None
    assert pause.share == share
    total_m = sum(w.distance_m for w in week)
    assert 0.85 * min(planned_m, share * 40000) <= total_m <= min(planned_m, share * 40000) + 1e-6
    assert max(w.distance_m for w in week) <= share * 13000 + 1e-6
    assert not any(is_quality(w) for w in week[: len(week) if days >= 10 else 2])
    assert all(change.rule_id in {BREAK, "H03", "H01", CRUMB} for change in changes)


def test_days_of_which_nothing_is_known_are_no_break() -> None:
    today = day(3, 1)
    runs = done_runs(MONDAY)

    told = find_break(runs, Silence(), today=today)
    assert told is not None
    assert told.days == 15
    assert find_break(runs, silent_for(15, today), today=today) is None


@given(days=st.integers(6, 500))
def test_a_longer_break_never_gives_more_and_the_usual_stays_that_of_the_day_before_it(days: int) -> None:
    runs = (*done_runs(), done(MONDAY, 12000))
    breaks = [find_break(runs, Silence(), today=MONDAY + timedelta(days=d + 1)) for d in (days, days + 1)]
    shorter, longer = breaks
    assert shorter is not None
    assert longer is not None
    assert (longer.share, longer.run_m()) <= (shorter.share, shorter.run_m())
    assert longer.usual_m == shorter.usual_m == 40000


def test_the_usual_week_reaches_over_a_holiday_and_over_weeks_of_which_nothing_was_known() -> None:
    """Of eight weeks the best four; of twelve where fewer than four of the eight hold a run; what is unknown is skipped."""
    today = day(30, 0)

    def usual_m(ran_weeks: dict[int, float], unknown_weeks: tuple[int, ...] = ()) -> float:
        runs = [done(day(week, 6), metres) for week, metres in sorted(ran_weeks.items())]
        silence = Silence(tuple(day(week, weekday) for week in unknown_weeks for weekday in range(7)))
        pause = find_break(runs, silence, today=today)
        assert pause is not None
        return pause.usual_m

    steady = dict.fromkeys(range(10, 28), 30000.0)
    holiday = {week: m for week, m in steady.items() if week not in {20, 22, 24, 26}}
    sparse = dict.fromkeys((16, 17, 24, 25, 27), 30000.0)
    assert usual_m(steady) == usual_m(holiday) == 30000
    assert usual_m(sparse) == 30000
    assert usual_m({week: m for week, m in steady.items() if week < 14 or week == 27}, tuple(range(14, 27))) == 30000


def test_a_break_that_was_told_ends_where_the_approved_sessions_stand_in_again() -> None:
    """Off from 2 to 11 March by the athlete's word, and nothing has arrived since: the sessions from the 12th on count."""
    last, until, today = day(0, 6), day(2, 2), day(3, 0)
    unknown = Silence(tuple(until + timedelta(days=shift) for shift in range(1, (today - until).days)))
    runs = (*done_runs(), done(last, 12000))

    assumed = assumed_run_days(plan(), unknown)
    pause = find_break(runs, unknown, today=today, assumed=assumed)

    assert assumed
    assert pause is not None
    assert (pause.days, pause.back_date) == (10, assumed[0])
    assert "import it" not in str(_flags_of(pause))
    lasting = find_break(runs, unknown, today=today)
    assert lasting is not None
    assert lasting.back_date is None
    assert "If you have run since, import it." in str(_flags_of(lasting))


def _flags_of(pause: Break) -> tuple[str, ...]:
    readiness = Readiness(day=TUESDAY, state=ReadinessState.NEUTRAL, score=None)
    return brief(day=TUESDAY, plan=plan(), readiness=readiness, call=Call.GO, adjustments=(), pause=pause).flags


@pytest.mark.parametrize("today", [TUESDAY, WEDNESDAY, FRIDAY])
@pytest.mark.parametrize("ran_m", [15000, 30000, 60000])
def test_no_change_leaves_a_crumb(today: date, ran_m: int) -> None:
    """A week that is already full: what is left is worth running, or rest."""
    runs = (*run_until(day(3, 6)), *(done(day(4, 0), ran_m / 3) for _ in range(3)))
    _, changes = decide(plan(), today, done=runs)

    for change in changes:
        if is_run(change.after):
            assert change.after.duration_s >= 20 * 60
            assert is_quality(change.before) or change.after.distance_m >= 0.6 * change.before.distance_m


def test_what_would_be_a_crumb_is_rest_and_says_so() -> None:
    runs = (*run_until(day(3, 6)), done(day(4, 0), 40000))
    _, changes = decide(plan(), WEDNESDAY, done=runs)
    change = next(c for c in changes if c.before.workout_date == WEDNESDAY)

    assert change.after.workout_type is WorkoutType.REST
    assert change.because


def test_a_rest_day_has_nothing_to_say_of_silence() -> None:
    assert decide(with_day(plan(), rest(TUESDAY)), TUESDAY, silence=silent_for(20, TUESDAY))[0] is Call.REST


def test_what_no_device_ever_told_is_not_missed() -> None:
    """A runner without a source of recovery is not told every morning that it has not synced."""
    never, today_only = (assess(DayRecovery(local_date=TUESDAY, has_source=has_source)) for has_source in (False, True))

    def why(readiness: Readiness) -> str:
        return brief(day=TUESDAY, plan=plan(), readiness=readiness, call=Call.GO, adjustments=()).why

    assert {signal.name for signal in never.signals} == {"form", "feeling"}
    assert "synced" not in why(never)
    assert "has not synced last night yet" in why(today_only)
