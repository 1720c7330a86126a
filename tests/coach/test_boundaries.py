"""Every bound of the hard rules from both sides: at the bound the rule is silent, one step beyond it speaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from coach.fitness import HALF_M
from coach.guardrails import Facts, judge, read
from coach.guardrails.content import has_walk_breaks, is_quality, is_run, work
from coach.model import (
    DoneRun,
    GoalKind,
    Intensity,
    Level,
    Plan,
    Readiness,
    ReadinessState,
    Segment,
    SegmentKind,
    Target,
    WeekKind,
    Workout,
    WorkoutType,
)
from coach.words import distance, duration, exact_distance, number, percent
from tests.builders.coach import athlete
from tests.builders.plans import (
    MARATHON_WEEKS,
    MONDAY,
    PACES,
    change,
    day,
    done,
    done_runs,
    facts,
    half_plan,
    marathon_facts,
    marathon_plan,
    plan,
    profile,
    race,
    rest,
    run,
    session,
    training_week,
    with_day,
    with_week,
)

TUESDAY, WEDNESDAY, FRIDAY, SUNDAY = 1, 2, 4, 6


@dataclass(frozen=True)
class Bound:
    """A rule's bound: the last plan that keeps it and the first that breaks it, each with what is known."""

    name: str
    rule_id: str
    kept: tuple[Plan, Facts]
    broken: tuple[Plan, Facts]


def bound(name: str, rule_id: str, kept: Plan, broken: Plan, *, of: Facts | None = None) -> Bound:
    """Two plans and one runner."""
    return Bound(name, rule_id, (kept, of or facts()), (broken, of or facts()))


def known(name: str, rule_id: str, judged: Plan, kept: Facts, broken: Facts) -> Bound:
    """One plan and two states of what is known."""
    return Bound(name, rule_id, (judged, kept), (judged, broken))


def days(before: Plan, *workouts: Workout) -> Plan:
    for workout in workouts:
        before = with_day(before, workout)
    return before


def worked(day_: date, km: float, intensity: Intensity, *, work_m: float, work_s: float | None = None) -> Workout:
    """One stretch of work of exactly this length between easy running."""
    pace = {
        Intensity.THRESHOLD: PACES.threshold,
        Intensity.INTERVAL: PACES.interval,
        Intensity.REPETITION: PACES.repetition,
        Intensity.MARATHON: PACES.marathon,
    }[intensity]
    base = session(day_, km, repeats=1, recovery_s=0.0, intensity=intensity, work_s=work_s or work_m / 1000 * pace)
    warm_up, work, cool_down = base.segments
    work = replace(work, distance_m=work_m)
    return replace(base, segments=(warm_up, work, cool_down))


def strides(day_: date, *, count: int = 4, seconds: float = 20.0, rest_s: float = 70.0, **fields: object) -> Workout:
    """An easy run with strides."""
    kind = fields.pop("intensity", Intensity.STRIDES)
    return session(
        day_,
        9.5,
        repeats=count,
        work_s=seconds,
        recovery_s=rest_s,
        intensity=kind,  # type: ignore[arg-type]  # fields by name
        kind=WorkoutType.EASY,
        **fields,
    )


GENERAL = plan()
TUESDAY_2 = day(2, TUESDAY)


def body() -> list[Bound]:
    injured = facts(today=day(1, TUESDAY), is_injured=True, approved=GENERAL)
    red_days = (day(1, 0), day(1, 1))
    quality_on = {n: with_day(with_day(GENERAL, run(day(1, 1), 8)), session(day(1, n), 9.0)) for n in (2, 3)}
    reds = facts(today=day(1, 1), reds=red_days, approved=GENERAL)

    def apart(days_apart: int) -> Facts:
        two = (day(1, 1) - timedelta(days=days_apart), day(1, 1))
        return facts(today=day(1, 1), reds=two, approved=GENERAL)

    wednesday = with_day(with_day(GENERAL, run(day(1, 1), 8)), session(day(1, 2), 9.0))

    def morning(state: ReadinessState) -> Facts:
        on_sunday = Readiness(day=day(1, SUNDAY), state=state, score=None)
        return facts(today=day(1, SUNDAY), readiness=on_sunday, approved=GENERAL)

    red_sunday = morning(ReadinessState.RED)
    shorter = [with_day(GENERAL, run(day(1, SUNDAY), km, WorkoutType.LONG)) for km in (9.75, 9.76)]
    red_with_strides = with_day(GENERAL, strides(day(1, WEDNESDAY)))
    wednesday_red = facts(
        today=day(1, WEDNESDAY),
        readiness=Readiness(day=day(1, WEDNESDAY), state=ReadinessState.RED, score=None),
        approved=red_with_strides,
    )
    amber, unknown, green = (
        facts(
            today=day(1, WEDNESDAY),
            readiness=Readiness(day=day(1, WEDNESDAY), state=state, score=None),
            approved=GENERAL,
        )
        for state in (ReadinessState.AMBER, ReadinessState.NEUTRAL, ReadinessState.GREEN)
    )
    planned_m = GENERAL.on(day(1, WEDNESDAY)).distance_m  # type: ignore[union-attr]  # a run is planned there
    grown = [with_day(GENERAL, run(day(1, WEDNESDAY), planned_m / 1000 + more)) for more in (0.0, 0.01)]
    after_ill = {n: with_day(with_day(GENERAL, rest(day(1, 0))), session(day(1, n), 9.0)) for n in (WEDNESDAY, 3)}
    ill_on_monday = facts(today=MONDAY, is_ill=True, approved=GENERAL)
    quiet = {n: with_day(after_ill[n], run(day(1, 1), 8)) for n in after_ill}
    coming_back = facts(today=MONDAY, easy_until=day(1, WEDNESDAY), approved=GENERAL)
    return [
        bound("today while injured", "H20", with_day(GENERAL, rest(day(1, TUESDAY))), GENERAL, of=injured),
        bound("two days after two reds", "H18", quality_on[3], quality_on[2], of=reds),
        known("reds within three days", "H18", wednesday, apart(3), apart(2)),
        bound("three quarters of a long run on red", "H18", *shorter, of=red_sunday),
        bound(
            "strides on a red day",
            "H18",
            with_day(red_with_strides, run(day(1, 2), 9.0)),
            red_with_strides,
            of=wednesday_red,
        ),
        bound("no growth on amber", "H18", *grown, of=amber),
        bound("no growth while readiness is unknown", "H18", *grown, of=unknown),
        known("growth on green", "H18", grown[1], green, amber),
        bound("quality three days after illness", "H18", quiet[3], quiet[WEDNESDAY], of=ill_on_monday),
        bound("quality in the days of coming back", "H18", quiet[3], quiet[WEDNESDAY], of=coming_back),
    ]


def week() -> list[Bound]:
    half = half_plan()
    two_quality = days(half, session(day(3, TUESDAY), 10, repeats=2), session(day(3, FRIDAY), 10, repeats=2))
    monday_done = done(day(3, 0), 9000, run_type="tempo", is_quality=True)
    thursday = day(3, 3)
    later = with_day(two_quality, session(day(3, SUNDAY), 14, repeats=2, kind=WorkoutType.LONG))

    def held(*runs: DoneRun) -> Facts:
        return facts(
            today=thursday,
            profile=profile(as_of_date=thursday),
            done=(*done_runs(until=day(3, 0)), *runs),
        )

    raced = with_day(plan(), race(day(3, SUNDAY), 10000))
    entered = facts(b_race_dates=(day(3, SUNDAY),))
    after_race = {
        n: days(raced, run(day(4, 1), 7.0), run(day(4, 2), 7.0), rest(day(4, 4)), session(day(4, n), 7.0, repeats=2))
        for n in (2, 3)
    }
    race_done = facts(today=day(1, 0), done=(*done_runs(), done(day(1, -1), 10000, run_type="race")))
    first = {n: days(GENERAL, run(day(1, 1), 9.0), rest(day(1, 4)), session(day(1, n), 9.0, repeats=2)) for n in (2, 3)}
    advanced = profile(weekly_distances_m=(70000.0,) * 8, running_months=60.0, races_18m=3, longest_run_30d_m=20000.0)

    def seven(weekly_km: float) -> Plan:
        made = replace(plan([(weekly_km, 18.0)] * 3), level=Level.ADVANCED)
        each = (weekly_km - 18.0) / 6
        for week_number in (1, 2, 3):
            made = days(made, *(run(day(week_number, d), each) for d in range(6)))
        return made

    every_day = facts(athlete=athlete(days_per_week=7), profile=advanced, done=done_runs(long_m=20000.0))
    free_tuesday = athlete(run_days=(TUESDAY, WEDNESDAY, FRIDAY, SUNDAY))
    new = {days_run: facts(profile=profile(running_months=days_run / 30.44)) for days_run in (34, 33)}
    return [
        known("two quality sessions with what was done", "H10", later, held(), held(monday_done)),
        bound("three easy days after a tune-up race", "H09", after_race[3], after_race[2], of=entered),
        bound("three easy days after a race that was run", "H09", first[3], first[2], of=race_done),
        bound("seven days from 60 km", "H15", seven(60.0), seven(59.99), of=every_day),
        known(
            "seven days of an advanced runner",
            "H15",
            seven(60.0),
            every_day,
            replace(every_day, athlete=athlete(days_per_week=None)),
        ),
        known("four days a week", "H07", GENERAL, facts(), facts(athlete=athlete(days_per_week=3))),
        bound(
            "on a run day",
            "H07",
            GENERAL,
            days(GENERAL, rest(day(2, 2)), run(day(2, 3), 9.5)),
            of=facts(athlete=free_tuesday),
        ),
        known("six weeks of running before quality", "H11", with_day(GENERAL, run(day(1, 1), 9.0)), new[34], new[33]),
    ]


def volume() -> list[Bound]:
    """A race is no training: it is no part of a week's volume."""
    raced = with_day(plan(), race(day(3, SUNDAY), HALF_M))
    entered = facts(b_race_dates=(day(3, SUNDAY),))
    run_instead = with_day(raced, run(day(3, SUNDAY), HALF_M / 1000))
    light = [(40.0, 13.0), (42.0, 13.5), (44.0, 14.0), (33.0, 10.5), (50.6, 14.0), (50.61, 14.0)]
    return [
        bound("a race is no volume", "H01", raced, run_instead, of=entered),
        bound("15 % above the largest of four", "H01", plan(light[:5]), plan([*light[:4], light[5]])),
    ]


def caps() -> list[Bound]:
    """H14 and H19; the week of 44 km lends 4.4 km of threshold, 3.52 km of intervals and 2.2 km of repetitions."""

    def week_3(intensity: Intensity, *metres: float) -> list[Plan]:
        return [with_day(GENERAL, worked(day(3, TUESDAY), 10.0, intensity, work_m=m)) for m in metres]

    low = plan([(34.99, 12.0)] * 3)
    used_to_35 = facts(profile=profile(weekly_distances_m=(35000.0,) * 8))

    def low_s(intensity: Intensity, *seconds: float) -> list[Plan]:
        return [with_day(low, worked(day(2, TUESDAY), 7.66, intensity, work_m=1000.0, work_s=s)) for s in seconds]

    def big(intensity: Intensity, *metres: float) -> list[Plan]:
        weeks = change(plan([(210.0, 30.0)] * 2), lambda w: replace(w, duration_s=min(w.duration_s, 7200.0)))
        return [with_day(weeks, worked(day(2, TUESDAY), 20.0, intensity, work_m=m)) for m in metres]

    marathon = [
        with_day(marathon_plan(), worked(day(11, TUESDAY), 24.0, Intensity.MARATHON, work_m=20000.0, work_s=s))
        for s in (6600.0, 6601.0)
    ]
    far = [
        with_day(marathon_plan(), worked(day(11, TUESDAY), 22.0, Intensity.MARATHON, work_m=m, work_s=6000.0))
        for m in (29000.0, 29001.0)
    ]
    walked = [with_day(GENERAL, replace(_run_walk(day(2, SUNDAY)), duration_s=s)) for s in (10800.0, 10801.0)]
    on_feet = [with_day(GENERAL, run(day(2, SUNDAY), 13.5, WorkoutType.LONG, duration_s=s)) for s in (9000.0, 9001.0)]

    def shared(hard_s: float) -> Plan:
        """A week of 20,000 s of which one session of 10,000 s holds the work."""
        base = plan([(44.0, 14.0)])
        easy = [replace(run(day(1, d), 9.0), duration_s=5000.0) for d in (WEDNESDAY, FRIDAY)]
        work = session(day(1, TUESDAY), 25.0, repeats=1, work_s=hard_s, recovery_s=0.0)
        long = replace(run(day(1, SUNDAY), 14.0, WorkoutType.LONG), duration_s=10000.0 - work.duration_s)
        return days(base, *easy, work, long)

    return [
        bound("a tenth of the week at threshold", "H14", *week_3(Intensity.THRESHOLD, 4400.0, 4401.0)),
        bound("8 % of the week in intervals", "H14", *week_3(Intensity.INTERVAL, 3520.0, 3521.0)),
        bound("5 % of the week in repetitions", "H14", *week_3(Intensity.REPETITION, 2200.0, 2201.0)),
        bound("10 km of intervals", "H14", *big(Intensity.INTERVAL, 10000.0, 10001.0)),
        bound("8 km of repetitions", "H14", *big(Intensity.REPETITION, 8000.0, 8001.0)),
        bound("12 min of threshold below 35 km", "H14", *low_s(Intensity.THRESHOLD, 720.0, 721.0), of=used_to_35),
        bound("8 min of intervals below 35 km", "H14", *low_s(Intensity.INTERVAL, 480.0, 481.0), of=used_to_35),
        bound("4 min of repetitions below 35 km", "H14", *low_s(Intensity.REPETITION, 240.0, 241.0), of=used_to_35),
        bound("110 min at marathon pace", "H14", *marathon, of=marathon_facts()),
        bound("29 km at marathon pace", "H14", *far, of=marathon_facts()),
        bound("ten strides", "H14", *(with_day(GENERAL, strides(TUESDAY_2, count=n)) for n in (10, 11))),
        bound("150 min on the feet", "H14", *on_feet),
        bound("180 min of running and walking", "H14", *walked),
        bound("a stride lasts 30 s", "H10", *(_with_stride(seconds=s) for s in (30.0, 31.0))),
        bound(
            "a fast repeat of 30 s with twice its time of rest is a stride",
            "H10",
            *(_with_stride(seconds=30.0, rest_s=r, intensity=Intensity.REPETITION) for r in (60.0, 59.0)),
        ),
        bound("three quarters easy", "H19", shared(5000.0), shared(5001.0)),
    ]


def _run_walk(day_: date) -> Workout:
    part = Segment(
        kind=SegmentKind.WORK,
        intensity=Intensity.EASY,
        distance_m=1350.0,
        duration_s=600.0,
        repeats=10,
        recovery_s=60.0,
        recovery_distance_m=0.0,
        target=Target(),
    )
    return run(day_, 13.5, WorkoutType.RUN_WALK, segments=(part,), target=Target(effort="easy"))


def _with_stride(*, seconds: float, rest_s: float = 70.0, intensity: Intensity = Intensity.STRIDES) -> Plan:
    """A week of one quality session, the most for general fitness, and a run that holds strides or is a second one."""
    return with_day(GENERAL, strides(day(2, FRIDAY), seconds=seconds, rest_s=rest_s, intensity=intensity))


def calendar() -> list[Bound]:
    half = half_plan()
    race_day = MONDAY + timedelta(days=83)
    distances = [with_day(half, replace(race(race_day), distance_m=m)) for m in (HALF_M * 1.01, HALF_M * 1.011)]
    from_tuesday = with_week(
        GENERAL, 0, week_start_date=day(1, TUESDAY), workouts=GENERAL.weeks[0].workouts[1:], kind=WeekKind.PARTIAL
    )
    begun, late = (replace(from_tuesday, effective_date=day(1, d)) for d in (TUESDAY, WEDNESDAY))
    numbered = with_week(GENERAL, 3, week_number=5)
    shifted = with_week(GENERAL, 1, week_start_date=day(2, 0) + timedelta(days=1))
    after = replace(
        half,
        weeks=(
            *half.weeks[:-1],
            replace(half.weeks[-1], workouts=(*half.weeks[-1].workouts, rest(race_day + timedelta(days=1)))),
        ),
    )
    return [
        bound("the race's distance to 1 %", "H17", *distances),
        bound("no session before the plan takes effect", "H17", begun, late),
        bound("weeks are counted", "H17", GENERAL, numbered),
        bound("weeks follow each other", "H17", GENERAL, shifted),
        bound("nothing after the race", "H17", half, after),
    ]


def reach() -> list[Bound]:
    """H12: the marathon of 16 weeks asks for 25 km a week and the longest run that grows to 26 km."""

    def base(weekly_m: float, longest_m: float) -> Facts:
        weeks = (50000.0,) * 4 + (weekly_m,) * 4
        return replace(
            marathon_facts(), profile=profile(weekly_distances_m=weeks, longest_run_30d_m=longest_m), done=()
        )

    needed_m = 26000 / 1.1**10
    return [
        known("a base of 25 km", "H12", marathon_plan(), base(25000.0, 17000.0), base(24999.0, 17000.0)),
        known(
            "a longest run to start from", "H12", marathon_plan(), base(50000.0, needed_m), base(50000.0, needed_m - 1)
        ),
        bound("sixteen weeks", "H12", marathon_plan(), marathon_plan(MARATHON_WEEKS[1:]), of=marathon_facts()),
    ]


def sound() -> list[Bound]:
    def timed(metres: float, seconds: float, note: str = "") -> Plan:
        return with_day(GENERAL, run(TUESDAY_2, metres / 1000, duration_s=seconds, target=Target(), note=note))

    def aimed(fast: float, slow: float) -> Plan:
        return with_day(GENERAL, run(TUESDAY_2, 9.5, target=Target(pace_fast_s_per_km=fast, pace_slow_s_per_km=slow)))

    def repeated(times: int) -> Plan:
        part = Segment(
            kind=SegmentKind.WORK,
            intensity=Intensity.EASY,
            distance_m=100.0,
            duration_s=36.0,
            repeats=times,
            recovery_s=0.0,
            recovery_distance_m=0.0,
            target=Target(),
        )
        return with_day(GENERAL, run(TUESDAY_2, 9.5, segments=(part,)))

    return [
        bound("2:00/km", "H21", timed(9500, 1140.0), timed(9500, 1139.0)),
        bound("20:00/km", "H21", timed(9500, 11400.0), timed(9500, 11401.0)),
        bound("100 km", "H21", timed(100000, 40000.0), timed(100001, 40000.0)),
        bound("24 h", "H21", timed(90000, 86400.0), timed(90000, 86401.0)),
        bound("a target of 2:00/km", "H21", aimed(120.0, 300.0), aimed(119.9, 300.0)),
        bound("a target of 20:00/km", "H21", aimed(300.0, 1200.0), aimed(300.0, 1200.1)),
        bound("fast is not slower than slow", "H21", aimed(300.0, 300.0), aimed(300.1, 300.0)),
        bound("sixty repeats", "H21", repeated(60), repeated(61)),
        bound("at least one repeat", "H21", repeated(1), repeated(0)),
        bound(
            "59 seconds", "H21", timed(9500, 3400.0, note="Hold 5:59/km."), timed(9500, 3400.0, note="Hold 5:60/km.")
        ),
    ]


def sums() -> list[Bound]:
    tempo = session(TUESDAY_2, 9.5)

    def added(metres: float = 0.0, seconds: float = 0.0) -> Plan:
        return with_day(GENERAL, replace(tempo, distance_m=9500.0 + metres, duration_s=tempo.duration_s + seconds))

    short = session(day(8, TUESDAY), 4.0, repeats=1, work_s=120.0)

    def short_by(seconds: float) -> Plan:
        total_s = sum(s.total_duration_s for s in short.segments)
        return with_day(GENERAL, replace(short, duration_s=total_s - seconds))

    easy_s = 9.5 * PACES.easy_slow * 1.15 * 1.03
    at_ease = Target(effort="easy")
    plain = [with_day(GENERAL, run(TUESDAY_2, 9.5, target=at_ease, duration_s=s)) for s in (easy_s - 0.1, easy_s + 0.1)]
    quick_s = 9.5 * PACES.easy_fast * 0.97
    quick = [
        with_day(GENERAL, run(TUESDAY_2, 9.5, target=at_ease, duration_s=s)) for s in (quick_s + 0.1, quick_s - 0.1)
    ]
    named = [with_day(GENERAL, run(TUESDAY_2, 9.5, title=f"Easy run {km} km")) for km in ("9.6", "9.7")]
    noted = [with_week(GENERAL, 2, note=f"{km} km in total.") for km in ("44.1", "44.2")]
    about = [with_week(GENERAL, 2, note=f"{km} km this week.") for km in ("44", "45")]
    return [
        bound("parts to 100 m", "H16", added(metres=100.0), added(metres=101.0)),
        bound("parts to a minute", "H16", short_by(60.0), short_by(61.0)),
        bound("an easy run no slower than a recovery jog", "H16", *plain),
        bound("an easy run no faster than easy", "H16", *quick),
        bound("a title to 100 m", "H16", *named),
        bound("a note to 100 m", "H16", *noted),
        bound("a note in whole kilometres to 500 m", "H16", *about),
    ]


def paces() -> list[Bound]:
    def table(**off: float) -> Plan:
        return replace(
            GENERAL, paces=replace(PACES, **{name: getattr(PACES, name) * share for name, share in off.items()})
        )

    def easy(fast: float, slow: float) -> Plan:
        target = Target(pace_fast_s_per_km=fast, pace_slow_s_per_km=slow)
        return with_day(GENERAL, run(day(2, WEDNESDAY), 9.5, target=target))

    def at(intensity: Intensity, fast: float, slow: float) -> Plan:
        base = session(TUESDAY_2, 9.5, repeats=1, work_s=300.0, intensity=intensity)
        target = Target(pace_fast_s_per_km=fast, pace_slow_s_per_km=slow)
        warm_up, work, cool_down = base.segments
        return with_day(GENERAL, replace(base, segments=(warm_up, replace(work, target=target), cool_down)))

    slowest = PACES.easy_slow * 1.15
    middle = (PACES.easy_fast + PACES.easy_slow) / 2
    found = [
        bound(
            "easy no faster than 3 % of its range",
            "H13",
            easy(PACES.easy_fast * 0.97, middle),
            easy(PACES.easy_fast * 0.969, middle),
        ),
        bound(
            "easy no slower than 3 % beyond a recovery jog",
            "H13",
            easy(middle, slowest * 1.03),
            easy(middle, slowest * 1.031),
        ),
        bound(
            "marathon work between marathon and threshold pace",
            "H13",
            at(Intensity.MARATHON, PACES.threshold * 0.97, PACES.marathon * 1.03),
            at(Intensity.MARATHON, PACES.threshold * 0.969, PACES.marathon),
        ),
        bound(
            "interval pace",
            "H13",
            at(Intensity.INTERVAL, PACES.interval * 0.97, PACES.interval * 1.03),
            at(Intensity.INTERVAL, PACES.interval, PACES.interval * 1.031),
        ),
        bound(
            "repetition pace",
            "H13",
            at(Intensity.REPETITION, PACES.repetition * 0.97, PACES.repetition),
            at(Intensity.REPETITION, PACES.repetition * 0.969, PACES.repetition),
        ),
    ]
    names = ("easy_slow", "easy_fast", "marathon", "threshold", "interval", "repetition")
    found += [
        bound(f"the {name} of the table", "H13", table(**{name: 1.0299}), table(**{name: 1.0301})) for name in names
    ]
    return found


BOUNDS = [*body(), *week(), *volume(), *caps(), *calendar(), *reach(), *sound(), *sums(), *paces()]


@pytest.mark.parametrize("edge", BOUNDS, ids=lambda b: f"{b.rule_id} {b.name}")
def test_a_rule_is_silent_at_its_bound_and_speaks_one_step_beyond(edge: Bound) -> None:
    at_bound = [v.text for v in judge(*edge.kept) if v.rule_id == edge.rule_id]
    beyond = {v.rule_id for v in judge(*edge.broken)}

    assert at_bound == []
    assert edge.rule_id in beyond


# The rules whose words name what they found and what the bound is.
_NUMBERED = {"H01", "H02", "H03", "H06", "H07", "H09", "H10", "H12", "H14", "H19"}


def _ways_to_say(value: float) -> set[str]:
    """A number as any rule's words may write it."""
    plain = {f"{value:g}", f"{24 * value:.0f} h", percent(value), number(round(value))}
    return plain | {distance(value), exact_distance(value), duration(value)}


@pytest.mark.parametrize("edge", BOUNDS, ids=lambda b: f"{b.rule_id} {b.name}")
def test_the_numbers_of_a_violation_are_those_of_its_words(edge: Bound) -> None:
    for violation in judge(*edge.broken):
        if violation.rule_id in _NUMBERED:
            for figure in (violation.value, violation.limit):
                assert figure is None or any(said in violation.text for said in _ways_to_say(figure)), violation


@pytest.mark.parametrize(
    ("kind", "intensity"),
    [
        (WorkoutType.TEMPO, Intensity.THRESHOLD),
        (WorkoutType.INTERVALS, Intensity.INTERVAL),
        (WorkoutType.REPETITIONS, Intensity.REPETITION),
        (WorkoutType.HILLS, Intensity.INTERVAL),
        (WorkoutType.FARTLEK, Intensity.INTERVAL),
        (WorkoutType.RACE_PACE, Intensity.MARATHON),
    ],
)
def test_a_session_of_unknown_structure_is_judged_as_the_hardest_it_can_be(
    kind: WorkoutType, intensity: Intensity
) -> None:
    unknown = run(TUESDAY_2, 6.0, kind, duration_s=1800.0)

    assert {name: (part.duration_s, part.distance_m) for name, part in work(unknown).items()} == {
        intensity: (1800.0, 6000.0)
    }
    assert is_quality(unknown)


def test_work_of_one_kind_adds_up_and_strides_and_pauses_are_none() -> None:
    first = session(TUESDAY_2, 12.0, repeats=2, work_s=300.0)
    more = replace(first.segments[1], repeats=3, duration_s=60.0, distance_m=200.0)
    quick = replace(more, intensity=Intensity.STRIDES, duration_s=20.0, distance_m=80.0, repeats=6)
    found = work(replace(first, segments=(*first.segments, more, quick)))

    assert set(found) == {Intensity.THRESHOLD}
    assert found[Intensity.THRESHOLD].duration_s == 2 * 300 + 3 * 60
    assert found[Intensity.THRESHOLD].distance_m == pytest.approx(2 * first.segments[1].distance_m + 3 * 200)


def test_run_and_walk_is_told_by_walking_or_by_pauses_between_easy_repeats() -> None:
    def of(**fields: object) -> bool:
        part = replace(_run_walk(TUESDAY_2).segments[0], **fields)  # type: ignore[arg-type]  # fields by name
        return has_walk_breaks(replace(_run_walk(TUESDAY_2), segments=(part,)))

    assert of()
    assert of(intensity=Intensity.WALK, repeats=1, recovery_s=0.0)
    assert not of(repeats=1)
    assert not of(recovery_s=0.0)
    assert not of(intensity=Intensity.THRESHOLD)


def partial() -> tuple[Plan, Facts]:
    """A plan that begins on a Thursday; on Monday and Tuesday 9 km each were run."""
    thursday = day(1, 3)
    base = plan([(40, 13), (42, 13), (44, 14), (33, 10.5)])
    rest_of_week = tuple(w for w in base.weeks[0].workouts if w.workout_date >= thursday)
    begun = with_week(base, 0, week_start_date=thursday, workouts=rest_of_week, kind=WeekKind.PARTIAL)
    ran = (done(day(1, 0), 9000), done(day(1, 1), 9000))
    known_then = facts(today=thursday, profile=profile(as_of_date=thursday), done=(*done_runs(), *ran))
    return replace(begun, effective_date=thursday), known_then


def test_the_first_full_week_after_a_partial_one_begins_at_the_usual_too() -> None:
    judged, known_then = partial()
    monday_2 = judged.weeks[1].week_start_date

    def second_week(km: float) -> set[str]:
        week_2 = training_week(2, monday_2, km, 14.0)
        return {v.rule_id for v in judge(with_week(judged, 1, workouts=week_2.workouts), known_then)}

    assert "H01" not in second_week(44.0)
    assert "H01" in second_week(44.01)


def test_what_was_run_before_a_plan_began_counts_for_its_first_week() -> None:
    judged, known_then = partial()

    assert judge(judged, known_then) == ()
    three_days = replace(known_then, athlete=athlete(days_per_week=3))
    assert [(v.rule_id, v.value) for v in judge(judged, three_days) if v.week_number == 1] == [("H07", 4.0)]
    before = replace(known_then, done=(*known_then.done, done(day(1, -1), 9000)))
    assert [v for v in judge(judged, before) if v.rule_id == "H07"] == [], "the week before is another week"


def test_a_beginner_and_whoever_trains_for_nothing_get_one_quality_session_a_week() -> None:
    half = half_plan()
    two = days(half, session(day(3, TUESDAY), 10, repeats=2), session(day(3, FRIDAY), 10, repeats=2))
    beginner = facts(profile=profile(running_months=5.9))

    def most(judged: Plan, who: Facts) -> float | None:
        return next((v.limit for v in judge(judged, who) if v.rule_id == "H10"), None)

    assert most(two, facts()) is None
    assert most(two, beginner) == 1.0
    assert most(days(GENERAL, session(day(3, FRIDAY), 10, repeats=2)), facts()) == 1.0


@pytest.mark.parametrize(("km", "is_hard"), [(15.625, False), (15.626, True)])
def test_a_run_by_far_the_longest_of_its_week_is_a_long_run_whatever_it_is_called(km: float, *, is_hard: bool) -> None:
    """A quarter longer than every other one: hard, so that the day after it is not."""
    weeks = plan([(50.0, 12.5)] * 3)
    week_2 = [run(day(2, d), 12.5) for d in (TUESDAY, WEDNESDAY)]
    judged = days(weeks, *week_2, rest(day(2, FRIDAY)), rest(day(2, SUNDAY)), run(day(2, 5), km))
    used = facts(profile=profile(weekly_distances_m=(50000.0,) * 8), done=done_runs(long_m=15000.0))
    quality_next = with_day(judged, session(day(2, SUNDAY), 9.0, repeats=2))

    assert ("H09" in {v.rule_id for v in judge(quality_next, used)}) is is_hard


@pytest.mark.parametrize(
    "kind", ["race", "intervals", "fartlek", "tempo", "progression", "long", "repetitions", "hills", "race_pace"]
)
def test_a_hard_run_of_yesterday_moves_todays(kind: str) -> None:
    """Tuesday's tempo a day after any run that was hard; a race asks for three easy days."""
    tuesday = day(1, TUESDAY)

    def broken(run_type: str, distance_m: float = 8000) -> set[str]:
        ran = facts(today=tuesday, done=(*done_runs(), done(MONDAY, distance_m, run_type=run_type)))
        return {v.rule_id for v in judge(GENERAL, ran)}

    assert "H09" in broken(kind)
    assert "H09" not in broken("easy")


def test_two_runs_a_week_share_out_by_what_is_usual_and_for_nothing_in_particular_by_nothing() -> None:
    """With two runs one of them is always above a third: in a week back the usual volume is the measure."""
    two = days(plan([(40, 13)] * 2), rest(day(2, WEDNESDAY)), rest(day(2, FRIDAY)), run(day(2, TUESDAY), 9.0))
    back = with_week(two, 1, kind=WeekKind.RETURN)
    race_date = MONDAY + timedelta(days=83)
    raced = replace(back, goal=replace(back.goal, kind=GoalKind.HALF, race_date=race_date))

    def shares(judged: Plan) -> list[float | None]:
        return [v.limit for v in judge(judged, facts()) if v.rule_id == "H02" and v.week_number == 2]

    assert shares(two) == []
    assert shares(with_day(back, run(day(2, SUNDAY), 14.0, WorkoutType.LONG))) == []
    assert shares(with_day(back, run(day(2, SUNDAY), 14.01, WorkoutType.LONG))) == [pytest.approx(14000.0)]
    assert shares(with_week(raced, 1, kind=WeekKind.LOADED)) == [pytest.approx(0.35 * 22000)] * 2


def test_weeks_to_a_race_are_counted_whole() -> None:
    short = marathon_plan(MARATHON_WEEKS[1:])
    assert short.goal.race_date is not None
    days_later = replace(short, goal=replace(short.goal, race_date=short.goal.race_date + timedelta(days=6)))

    said = [v for v in judge(days_later, marathon_facts()) if v.rule_id == "H12"]

    assert [(v.text, v.value) for v in said] == [("A marathon needs 16 weeks of preparation; this plan has 15.", 15.0)]


def test_whatever_has_a_distance_or_a_time_is_a_run() -> None:
    nothing = run(TUESDAY_2, 0.0, duration_s=0.0)

    assert is_run(replace(nothing, distance_m=1.0))
    assert is_run(replace(nothing, duration_s=1.0))
    assert not is_run(nothing)
    assert not is_run(run(TUESDAY_2, 5.0, WorkoutType.CROSS))


@pytest.mark.parametrize("text", ["Run {km} km of warm-up first.", "Warm up with {km} km."])
def test_a_warm_up_is_read_in_either_order_of_words(text: str) -> None:
    tempo = session(TUESDAY_2, 9.5)
    warm_up_km = tempo.segments[0].distance_m / 1000

    def said(km: float) -> set[str]:
        judged = with_day(GENERAL, replace(tempo, note=text.format(km=f"{km:.1f}")))
        return {v.rule_id for v in judge(judged, facts())}

    assert "H16" not in said(warm_up_km)
    assert "H16" in said(warm_up_km + 0.3)


def test_the_long_run_may_fall_on_another_day_in_a_race_week_and_in_one_that_is_past() -> None:
    off_day = days(GENERAL, run(day(2, 5), 13.5, WorkoutType.LONG), rest(day(2, SUNDAY)))
    raced = with_day(off_day, race(day(2, SUNDAY), 10000))
    entered = facts(b_race_dates=(day(2, SUNDAY),))
    later = facts(today=day(3, 0), profile=profile(as_of_date=day(3, 0)), done=done_runs(until=day(3, 0)))

    assert "H08" in {v.rule_id for v in judge(off_day, facts())}
    assert "H08" not in {v.rule_id for v in judge(raced, entered)}
    assert "H08" not in {v.rule_id for v in judge(off_day, later)}


def test_among_two_others_a_run_may_be_by_far_the_longest_and_beside_one_not() -> None:
    weeks = plan([(40.0, 13.0)] * 2)
    three = days(weeks, rest(day(2, TUESDAY)), run(day(2, SUNDAY), 14.0))
    two = days(three, rest(day(2, WEDNESDAY)))

    def is_long(judged: Plan) -> bool:
        reading = read(judged, facts())
        sunday = judged.on(day(2, SUNDAY))
        assert sunday is not None
        return reading.is_long(sunday, reading.weeks[1])

    assert is_long(three)
    assert not is_long(two)


def bad_fifth_week(rule_id: str) -> Plan:
    """The general plan with a fifth week that breaks one rule."""
    seven_days = [run(day(5, d), 4.0) for d in range(6)]
    hard = session(day(5, TUESDAY), 20.0, repeats=1, work_s=4500.0, recovery_s=0.0)
    broken: dict[str, list[Workout]] = {
        "H01": [run(day(5, d), 14.0) for d in (TUESDAY, WEDNESDAY, FRIDAY)],
        "H02": [run(day(5, SUNDAY), 18.0, WorkoutType.LONG)],
        "H03": [run(day(5, SUNDAY), 18.0, WorkoutType.LONG)],
        "H07": [run(day(5, 0), 4.0)],
        "H08": [run(day(5, 5), 14.0, WorkoutType.LONG), rest(day(5, SUNDAY))],
        "H09": [session(day(5, WEDNESDAY), 10.0)],
        "H10": [session(day(5, FRIDAY), 10.0)],
        "H13": [run(day(5, WEDNESDAY), 10.0, target=Target(pace_slow_s_per_km=900.0))],
        "H14": [worked(day(5, TUESDAY), 10.0, Intensity.THRESHOLD, work_m=4500.0)],
        "H15": seven_days,
        "H16": [replace(run(day(5, WEDNESDAY), 10.0), title="Easy run 11 km")],
        "H19": [hard, *(run(day(5, d), 4.0) for d in (WEDNESDAY, FRIDAY, SUNDAY))],
    }
    return days(GENERAL, *broken[rule_id])


@pytest.mark.parametrize(
    "rule_id", ["H01", "H02", "H03", "H07", "H08", "H09", "H10", "H13", "H14", "H15", "H16", "H19"]
)
def test_a_rule_looks_at_every_week_whatever_the_weeks_before_it_are(rule_id: str) -> None:
    """One week is past, one holds nothing to run, one no quality, one a race; the fifth is what it is."""
    judged = days(bad_fifth_week(rule_id), *(rest(day(2, d)) for d in range(7)))
    judged = days(judged, run(day(3, TUESDAY), 8.0), race(day(3, SUNDAY), 10000), run(day(4, TUESDAY), 7.0))
    later = facts(
        today=day(2, 0), profile=profile(as_of_date=day(2, 0)), b_race_dates=(day(3, SUNDAY),),
        done=(*done_runs(), *(done(day(1, d), 9000) for d in (1, 2, 4)), done(day(1, 6), 13000)),
    )  # fmt: skip
    found = [v for v in judge(judged, later) if v.rule_id == rule_id]

    assert 5 in {v.week_number for v in found}
    sound = days(judged, *GENERAL.weeks[4].workouts)
    assert 5 not in {v.week_number for v in judge(sound, later) if v.rule_id == rule_id}


def test_a_week_without_rest_is_said_to_have_none_of_one() -> None:
    advanced = next(b for b in BOUNDS if b.rule_id == "H15")

    assert {(v.value, v.limit) for v in judge(*advanced.broken) if v.rule_id == "H15"} == {(0.0, 1.0)}


def test_a_race_plan_needs_a_week_before_its_taper_unless_it_is_under_way() -> None:
    last = half_plan().weeks[-2:]
    short = replace(half_plan(), weeks=last)
    nothing_before = "There is no week of training before the taper."

    def said(**more: object) -> list[str]:
        known_then = facts(today=last[0].week_start_date, **more)
        return [v.text for v in judge(short, known_then) if v.rule_id == "H06"]

    assert said() == [nothing_before]
    assert said(approved=short) == []


@pytest.mark.parametrize(("fast", "slow"), [(None, 900.0), (150.0, None)])
def test_a_target_with_one_end_is_judged_by_it(fast: float | None, slow: float | None) -> None:
    judged = with_day(
        GENERAL, run(day(2, WEDNESDAY), 9.5, target=Target(pace_fast_s_per_km=fast, pace_slow_s_per_km=slow))
    )

    assert [v.value for v in judge(judged, facts()) if v.rule_id == "H13"] == [fast or slow]


@pytest.mark.parametrize(
    ("weeks_past", "level", "said"),
    [(0, Level.INTERMEDIATE, "fourth"), (0, Level.BEGINNER, "third"), (4, Level.INTERMEDIATE, "5th")],
)
def test_a_missing_cutback_says_the_number_of_the_loaded_week(weeks_past: int, level: Level, said: str) -> None:
    judged = replace(plan([(40.0, 13.0)] * 6), level=level)
    today = day(1 + weeks_past, 0)
    later = facts(today=today, profile=profile(as_of_date=today), done=done_runs(until=today))

    found = [v.text for v in judge(judged, later) if v.rule_id == "H05"]

    assert f"is the {said} loaded week in a row" in found[0]
