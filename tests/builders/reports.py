"""A plan, a brief and the three views for the reports' tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import duckdb

from coach.adjust import apply
from coach.model import (
    Adjustment,
    Athlete,
    Call,
    Evidence,
    Goal,
    GoalKind,
    Intensity,
    Level,
    Phase,
    Plan,
    PlanWeek,
    Prediction,
    Readiness,
    ReadinessState,
    Segment,
    SegmentKind,
    Signal,
    Target,
    WeekKind,
    Workout,
    WorkoutType,
)
from reports.daily import daily_view
from reports.site_view import site_view
from reports.view import Brief, Check, DailyView, Edition, FileNote, Limit, SiteView, WeeklyView, WeeklyWords
from reports.weekly import weekly_view
from tests.builders.reports_warehouse import MONDAY, TODAY, instant_of, warehouse

ATHLETE = Athlete(athlete_id="me", name="Ada", time_zone="Europe/Berlin")

_EASY = Target(pace_fast_s_per_km=345, pace_slow_s_per_km=375, heart_rate_high_bpm=146, rpe=3, effort="conversational")
_THRESHOLD = Target(pace_fast_s_per_km=292, pace_slow_s_per_km=300, rpe=7, effort="comfortably hard")


def workout(day: date, kind: WorkoutType, distance_m: float, title: str = "", *, is_quality: bool = False) -> Workout:
    """One planned day; a tempo has steps."""
    steps = tempo_steps() if kind is WorkoutType.TEMPO else ()
    purposes = {
        WorkoutType.TEMPO: "Raise the pace you can hold for an hour.",
        WorkoutType.INTERVALS: "Run hard and even, and recover enough to do it again.",
        WorkoutType.LONG: "Build the endurance the last third of the race asks for.",
        WorkoutType.REST: "Let the week's work sink in.",
    }
    return Workout(
        workout_id=f"w-{day.isoformat()}",
        workout_date=day,
        workout_type=kind,
        title=title or kind.value.replace("_", " ").capitalize(),
        purpose=purposes.get(kind, "Aerobic running that leaves you fresh for the sessions that count."),
        distance_m=distance_m,
        duration_s=distance_m * 0.352,
        is_quality=is_quality,
        segments=steps,
        target=Target() if kind is WorkoutType.REST else _THRESHOLD if is_quality else _EASY,
        distance_max_m=distance_m,
        easier_option="" if kind is WorkoutType.REST else "Half of it, all easy.",
    )


def tempo_steps() -> tuple[Segment, ...]:
    return (
        Segment(kind=SegmentKind.WARM_UP, intensity=Intensity.EASY, distance_m=2500, duration_s=900, target=_EASY),
        Segment(
            kind=SegmentKind.WORK,
            intensity=Intensity.THRESHOLD,
            distance_m=2030,
            duration_s=600,
            repeats=3,
            recovery_s=120,
            recovery_distance_m=300,
            target=_THRESHOLD,
        ),
        Segment(kind=SegmentKind.COOL_DOWN, intensity=Intensity.EASY, distance_m=1700, duration_s=600, target=_EASY),
    )


def half_marathon_plan() -> Plan:
    """Twelve weeks to a half marathon on 17 January 2027, in their sixth."""
    first = date(2026, 10, 12)
    weeks = []
    for index in range(14):
        monday = first + timedelta(weeks=index)
        number = index + 1
        phase = Phase.BASE if index < 4 else Phase.BUILD if index < 9 else Phase.PEAK if index < 11 else Phase.TAPER
        kind = (
            WeekKind.RACE
            if index == 13
            else WeekKind.TAPER
            if index > 10
            else WeekKind.CUTBACK
            if index % 4 == 3
            else WeekKind.LOADED
        )
        scale = (
            0.6 if kind in (WeekKind.RACE, WeekKind.TAPER) else 0.8 if kind is WeekKind.CUTBACK else 1 + index * 0.03
        )
        weeks.append(
            PlanWeek(
                week_number=number,
                week_start_date=monday,
                phase=phase,
                phase_week=index + 1 - (0 if index < 4 else 4 if index < 9 else 9 if index < 11 else 11),
                kind=kind,
                note="A cutback: the body builds on the easy weeks."
                if kind is WeekKind.CUTBACK
                else "Two sessions that count, the rest easy.",
                workouts=_week(monday, scale, is_race_week=kind is WeekKind.RACE),
            )
        )
    return Plan(
        plan_id="plan-half",
        athlete_id="me",
        goal=Goal(
            goal_id="g1", kind=GoalKind.HALF, race_date=date(2027, 1, 17), race_name="Winter Half", target_s=6480
        ),
        made_on=first,
        effective_date=first,
        level=Level.INTERMEDIATE,
        weeks=tuple(weeks),
        prediction=Prediction(distance_m=21097.5, likely_s=6390, fast_s=6240, slow_s=6600, methods=("race fitness",)),
        labels=(Evidence(metric="race_fitness", text="Paces rest on a 10 km of eight weeks ago."),),
    )


def _week(monday: date, scale: float, *, is_race_week: bool) -> tuple[Workout, ...]:
    days = [monday + timedelta(days=offset) for offset in range(7)]
    last = (
        workout(days[6], WorkoutType.RACE, 21097.5, "Winter Half", is_quality=True)
        if is_race_week
        else workout(days[6], WorkoutType.LONG, 15000 * scale, "Long run")
    )
    return (
        workout(days[0], WorkoutType.REST, 0),
        workout(days[1], WorkoutType.EASY, 8000 * scale, "Easy run"),
        workout(days[2], WorkoutType.INTERVALS, 9000 * scale, "6 × 800 m", is_quality=True),
        workout(days[3], WorkoutType.EASY, 7000 * scale, "Easy run with strides"),
        workout(days[4], WorkoutType.TEMPO, 11190, "Tempo 3 × 10 min", is_quality=True),
        workout(days[5], WorkoutType.REST, 0),
        last,
    )


def readiness(state: ReadinessState = ReadinessState.AMBER) -> Readiness:
    return Readiness(
        day=TODAY,
        state=state,
        score=52.0,
        signals=(
            Signal(name="recovery_score", state=ReadinessState.AMBER, text="between 34 and 66 %", value=52.0, unit="%"),
            Signal(
                name="hrv",
                state=ReadinessState.AMBER,
                text="HRV 57 ms over seven days, your normal is 59–69 ms",
                value=57.0,
                unit="ms",
                baseline=62.0,
            ),
            Signal(
                name="resting_heart_rate",
                state=ReadinessState.GREEN,
                text="as usual",
                value=50.0,
                unit="bpm",
                baseline=49.3,
            ),
            Signal(
                name="sleep",
                state=ReadinessState.RED,
                text="an hour and a half short",
                value=20700.0,
                unit="s",
                baseline=26100.0,
            ),
            Signal(name="respiratory_rate", state=ReadinessState.NEUTRAL, text="no data last night"),
        ),
        rule="recovery 34–66 %",
    )


def adjustment(plan: Plan) -> Adjustment:
    """Today's tempo with one repeat fewer."""
    before = plan.on(TODAY)
    assert before is not None
    after = Workout(
        workout_id=before.workout_id,
        workout_date=before.workout_date,
        workout_type=before.workout_type,
        title="Tempo 2 × 10 min",
        purpose=before.purpose,
        distance_m=8860,
        duration_s=before.duration_s - 720,
        is_quality=True,
        segments=tuple(
            Segment(
                kind=step.kind,
                intensity=step.intensity,
                distance_m=step.distance_m,
                duration_s=step.duration_s,
                repeats=min(step.repeats, 2),
                recovery_s=step.recovery_s,
                recovery_distance_m=step.recovery_distance_m,
                target=step.target,
            )
            for step in before.segments
        ),
        target=before.target,
        distance_max_m=8860,
        easier_option="40 min easy, with the last 10 min a little brisker if it feels good.",
    )
    evidence = (
        Evidence(metric="recovery_score_pct", text="recovery 52 %, between 34 and 66 %", value=52.0, unit="%"),
        Evidence(metric="ln_hrv_7d_mean", text="HRV over seven days is below its normal range"),
    )
    return Adjustment(before=before, after=after, rule_id="readiness_amber", because=evidence)


def change_of_the_week(plan: Plan) -> Adjustment:
    """Tuesday's easy run of the closed week, cut short on an amber morning."""
    after = plan.on(MONDAY - timedelta(days=6))
    assert after is not None
    before = replace(after, distance_m=after.distance_m + 1500, duration_s=after.duration_s + 528)
    because = (Evidence(metric="recovery_score_pct", text="recovery 48 %, between 34 and 66 %", value=48.0, unit="%"),)
    return Adjustment(before=before, after=after, rule_id="readiness_amber", because=because)


BRIEF = Brief(
    headline="Run the tempo, one repeat fewer",
    why="Your recovery is middling and last night was short, so today keeps its purpose and loses a third of its hard "
    "minutes. The pace stays the same; if the first repeat feels like work, stop after it.",
    today_line="Tempo 2 × 10 min, 8.9 km in all.",
    yesterday_line="You ran 8.3 km easy in 49 min, as planned.",
    week_line="24.3 of 53.7 km so far; two sessions to come.",
    easier_option="40 min easy, with the last 10 min a little brisker if it feels good.",
    flags=("Sleep was short three nights in a row.", "Tuesday's run stopped at 60 % of its distance."),
)
WORDS = WeeklyWords(
    verdict="Week 46: 36.6 km of 54.9 km, most of the week is in",
    sentence="3 of 5 planned sessions completed, 1 missed and 1 not yet known because its file has not arrived.",
    action="Sync your watch: what has not arrived can neither be counted nor planned on.",
)
EDITION = Edition(
    data_as_of_at=datetime(2026, 11, 20, 5, 41, tzinfo=UTC),
    versions=(("pacewright", "0.1.0"), ("metrics", "1")),
    assumptions=("Max heart rate 189 bpm is an estimate of medium confidence.",),
)


def build_daily(con: duckdb.DuckDBPyConnection | None = None) -> DailyView:
    plan = half_marathon_plan()
    change = adjustment(plan)
    return daily_view(
        con or warehouse(plan),
        athlete=ATHLETE,
        plan=apply(plan, (change,)),
        readiness=readiness(),
        call=Call.EASE,
        adjustments=(change,),
        brief=BRIEF,
        day=TODAY,
        revision=3,
        edition=EDITION,
    )


def build_weekly(con: duckdb.DuckDBPyConnection | None = None) -> WeeklyView:
    """The report on the closed week, made on the Monday after it."""
    plan = half_marathon_plan()
    con = con or warehouse(plan)
    first = MONDAY - timedelta(days=7)
    best = con.execute(
        "select (select max(distance_m) from marts.athlete_weeks where week_start_date between $first - 28 and $first - 7), "
        "(select max(distance_m) from marts.activities where is_run and local_date between $first - 30 and $first - 1)",
        {"first": first},
    ).fetchone()
    return weekly_view(
        con,
        athlete=ATHLETE,
        plan=plan,
        week_start_date=first,
        day=MONDAY,
        words=WORDS,
        adjustments=(change_of_the_week(plan),),
        limits=()
        if best is None or best[0] is None
        else (
            Limit(
                metric="distance_m", value=1.15 * best[0], rule_id="H01", text="15 % above the largest of four weeks"
            ),
            Limit(
                metric="longest_run_m", value=1.1 * best[1], rule_id="H03", text="10 % above the longest run of 30 days"
            ),
        ),
        flags=("Thursday's file has not arrived from the watch.",),
        revision=3,
        edition=EDITION,
    )


def check(name: str, state: str) -> Check:
    """One expectation as the gate tells it to the site."""
    return Check(
        suite="recent days are possible",
        name=name,
        state=state,
        detail="1 of 1 athletes",
        threshold="distance_max_m at most 300000",
        since="2026-11-21",
        source="our convention",
        why="No athlete of ours runs 300 km in a day.",
        judged_at=instant_of(TODAY),
    )


def build_site(con: duckdb.DuckDBPyConnection | None = None) -> SiteView:
    plan = half_marathon_plan()
    change = adjustment(plan)
    con = con or warehouse(plan)
    return site_view(
        con,
        athlete=ATHLETE,
        plan=apply(plan, (change,)),
        daily=build_daily(con),
        revision=3,
        changes=(change,),
        checks=(
            check("No night is counted twice", "passed"),
            check("Daily distances are possible", "passed"),
            replace(
                check("Runs do not overlap", "warned"),
                suite="runs stand once",
                remedy="Runs of the last sixty days overlap: one may stand twice. Merge them, or leave one out.",
            ),
        ),
        files=(
            FileNote(
                name="2026-11-03 <b>broken</b>.fit",
                state="skipped",
                reason="the file ends in the middle of a record",
                landed_at=instant_of(TODAY),
            ),
        ),
    )
