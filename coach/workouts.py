"""One day's workout with everything a runner reads: title, purpose, segments, targets, an easier option."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from coach.library import INTENSITY, WORKOUT_TYPE, Session, Step
from coach.limits import LONG_TIME_MAX_S
from coach.model import Intensity, Segment, SegmentKind, Target, Workout, WorkoutType
from coach.segments import Day, long_with_walks, segment, with_strides, work_segment, wrapped
from coach.words import distance, duration, race_time

# What a hard day leaves of an easy run, where that is a fifth less or more.
_CUT_TO_S = (20 * 60, 30 * 60)
_WORTH_A_CUT = 1.2

_RUN_WALK_WALK_S = 300
# Running and walking in turns for those who start from nothing (seconds of each), up to half an hour without a break.
RUN_WALK_LADDER = ((60, 90), (120, 120), (180, 90), (300, 120), (480, 120), (600, 60), (1200, 60), (1800, 60))


def rest(plan_id: str, day: date, *, note: str = "") -> Workout:
    """A day without running."""
    return Workout(
        workout_id=f"{plan_id}-{day.isoformat()}",
        workout_date=day,
        workout_type=WorkoutType.REST,
        title="Rest",
        purpose="Rest is when training turns into fitness.",
        distance_m=0.0,
        duration_s=0.0,
        is_quality=False,
        target=Target(effort="no running; a walk or easy mobility work is welcome"),
        note=note,
    )


def easy(day: Day, *, strides: int = 0, recovery: bool = False) -> Workout:
    """An easy run, perhaps with strides at its end."""
    target = day.book.target(Intensity.EASY)
    if recovery:
        return _workout(
            day,
            WorkoutType.RECOVERY,
            title=f"Recovery run {distance(day.distance_m)}",
            purpose="Loosens the legs after a hard day without adding strain.",
            target=replace(target, rpe=2, effort="very easy: slower than you think you need to"),
            easier_option="Leave it out and rest.",
        )
    title = f"Easy run {distance(day.distance_m)}"
    purpose = "Easy running builds the aerobic base and lets you recover; it should feel almost too slow."
    if strides:
        title = f"{title} with {strides} strides"
        purpose = f"An easy run that ends with {strides} short strides, to keep your form quick at no cost."
    return _workout(
        day,
        WorkoutType.EASY,
        title=title,
        purpose=purpose,
        target=target,
        segments=with_strides(day, strides, target) if strides else (),
        easier_option=easier_than(day.easy_s),
    )


def easier_than(duration_s: float) -> str:
    """What to do instead of an easy run of this time; a run that is short already is not cut to its own length."""
    if duration_s < _CUT_TO_S[0] * _WORTH_A_CUT:
        return "Take a brisk walk instead."
    cut = "20–30 minutes" if duration_s >= _CUT_TO_S[1] * _WORTH_A_CUT else "20 minutes"
    return f"Cut it to {cut}, or take a brisk walk instead."


def long(day: Day, *, why: str, with_walks: bool = False) -> Workout:
    """The long run; with walk breaks where the distance takes longer than two and a half hours."""
    target = replace(day.book.target(Intensity.EASY), rpe=4)
    title = f"Long run {distance(day.distance_m)}"
    segments: tuple[Segment, ...] = ()
    if with_walks and day.easy_s > LONG_TIME_MAX_S:
        segments = long_with_walks(day, target)
        title = f"{title} with walk breaks"
    return _workout(
        day,
        WorkoutType.LONG,
        title=title,
        purpose=f"Endurance: {why}",
        target=target,
        segments=segments,
        easier_option=f"Stop at {distance(_three_quarters(day.distance_m))} if the second half becomes a struggle.",
    )


def long_with_marathon_pace(day: Day, step: Step, *, why: str) -> Workout | None:
    """A long run with marathon-pace work in its second half; None where there is no room for it."""
    pace = day.book.middle(Intensity.MARATHON)
    work = work_segment(day.book, step, Intensity.MARATHON, day.book.target(Intensity.MARATHON))
    segments = wrapped(day, work, warm_up_share=0.75)
    if segments is None or step.repeats * step.metres(pace) > day.distance_m / 2:
        return None
    return _workout(
        day,
        WorkoutType.LONG,
        title=f"Long run {distance(day.distance_m)} with {_work_text(step)} at marathon pace",
        purpose=f"Endurance at the pace that matters: {why}",
        target=replace(day.book.target(Intensity.EASY), rpe=5),
        segments=segments,
        is_quality=True,
        easier_option="Run the whole distance easy and leave the marathon pace out.",
    )


def quality(day: Day, session: Session, step: Step, *, target: Target, wording: str = "") -> Workout | None:
    """A structured session inside the day's distance; None where the distance leaves no room to warm up."""
    segments = wrapped(day, work_segment(day.book, step, INTENSITY[session], target), warm_up_share=0.55)
    if segments is None:
        return None
    name, purpose, easier = _QUALITY_WORDS[session]
    work_s = step.repeats * step.seconds(day.book.middle(INTENSITY[session]))
    return _workout(
        day,
        WORKOUT_TYPE[session],
        title=f"{name} {_work_text(step)}{wording}",
        purpose=f"{purpose} The work adds up to {duration(work_s)} of the {distance(day.distance_m)}.",
        target=target,
        segments=segments,
        is_quality=True,
        easier_option=easier,
    )


def run_walk(day: Day, stage: int) -> Workout | None:
    """Running and walking in turns, filling the day's distance at one stage of the ladder; None if no turn fits."""
    run_s, walk_s = RUN_WALK_LADDER[min(stage, len(RUN_WALK_LADDER) - 1)]
    book = day.book
    run_m = round(run_s / book.middle(Intensity.EASY) * 1000)
    walk_m = round(walk_s / book.middle(Intensity.WALK) * 1000)
    around_m = 2 * _RUN_WALK_WALK_S / book.middle(Intensity.WALK) * 1000
    repeats = int((day.distance_m - around_m) / (run_m + walk_m))
    if repeats < 1:
        return None
    spare_m = day.distance_m - repeats * (run_m + walk_m)
    walk = book.target(Intensity.WALK)
    target = book.target(Intensity.EASY, with_pace=False)
    turns = Segment(
        kind=SegmentKind.WORK,
        intensity=Intensity.EASY,
        distance_m=run_m,
        duration_s=run_s,
        repeats=repeats,
        recovery_s=walk_s,
        recovery_distance_m=walk_m,
        target=target,
    )
    return _workout(
        day,
        WorkoutType.RUN_WALK,
        title=f"Run-walk {distance(day.distance_m)}: {repeats} × {duration(run_s)} running, {duration(walk_s)} walking",
        purpose="Running in short pieces lets bones and tendons get used to the load while your heart does the rest.",
        target=target,
        segments=(
            segment(SegmentKind.WARM_UP, Intensity.WALK, spare_m // 2, book, walk),
            turns,
            segment(SegmentKind.COOL_DOWN, Intensity.WALK, spare_m - spare_m // 2, book, walk),
        ),
        easier_option="Do half of the turns and walk the rest of the way.",
    )


def race(day: Day, *, name: str, title: str, target: Target, likely_s: float | None) -> Workout:
    """Race day."""
    expected = f" A realistic time on today's fitness is about {race_time(likely_s)}." if likely_s else ""
    return _workout(
        day,
        WorkoutType.RACE,
        title=f"Race: {title}",
        purpose=f"{name or 'Race day'}: this is what the weeks were for.{expected}",
        target=target,
        duration_s=likely_s or day.distance_m * day.book.middle(Intensity.MARATHON) / 1000,
        easier_option="If the day is not yours, run it easy and enjoy the finish; if you are ill, do not start.",
        note="Start slower than feels right; the first kilometres decide the last.",
    )


_QUALITY_WORDS: dict[Session, tuple[str, str, str]] = {
    Session.TEMPO: (
        "Threshold",
        "Raises the pace you can hold for an hour.",
        "Do two thirds of the work at the same effort, or run it all easy.",
    ),
    Session.INTERVALS: (
        "Intervals",
        "Works on the most oxygen you can use, which lifts every slower pace.",
        "Do half of the repeats, or make them relaxed pick-ups inside an easy run.",
    ),
    Session.REPETITIONS: (
        "Repetitions",
        "Speed and economy: fast running while fresh, with full recovery.",
        "Do half of the repeats, or six strides in an easy run.",
    ),
    Session.HILLS: (
        "Hills",
        "Strength for running with little impact: uphill at a hard effort, jog down.",
        "Take a gentler slope and stop two repeats early, or run easy on the flat.",
    ),
    Session.FARTLEK: (
        "Fartlek",
        "Playing with speed: changes of pace by feel that wake up your legs.",
        "Make the quick parts only slightly quicker than easy.",
    ),
    Session.RACE_PACE: (
        "Race pace",
        "Teaches the rhythm of race day until it feels familiar.",
        "Do half of it at race pace and the rest easy.",
    ),
    Session.LONG_MARATHON: ("", "", ""),
}


def _workout(
    day: Day,
    workout_type: WorkoutType,
    *,
    title: str,
    purpose: str,
    target: Target,
    segments: tuple[Segment, ...] = (),
    duration_s: float | None = None,
    is_quality: bool = False,
    easier_option: str = "",
    note: str = "",
) -> Workout:
    """The workout; its time is that of its segments, or of the whole distance run easy."""
    if duration_s is None:
        duration_s = sum(s.total_duration_s for s in segments) if segments else day.easy_s
    return Workout(
        workout_id=day.workout_id,
        workout_date=day.date,
        workout_type=workout_type,
        title=title,
        purpose=purpose,
        distance_m=float(day.distance_m),
        duration_s=float(round(duration_s)),
        is_quality=is_quality,
        segments=segments,
        target=target,
        distance_max_m=float(max(day.distance_m, day.distance_max_m)),
        easier_option=easier_option,
        note=note,
    )


def _work_text(step: Step) -> str:
    each = distance(step.work_m) if step.work_m >= 1000 else f"{step.work_m:.0f} m"
    each = each if step.work_m else duration(step.work_s)
    return each if step.repeats == 1 else f"{step.repeats} × {each}"


def _three_quarters(distance_m: int) -> float:
    return round(0.75 * distance_m / 500) * 500 if distance_m >= 5000 else round(0.75 * distance_m / 100) * 100
