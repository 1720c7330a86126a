"""The coach's word on a week: why it looks the way it does, in a few plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from coach.model import Goal, GoalKind, Intensity, Phase, WeekKind, Workout, WorkoutType
from coach.outline import OutlineWeek
from coach.week import Role
from coach.words import distance, percent, weekday

# Three ways to say what a phase is about, taken in turn, so that no two weeks in a row read the same.
_PHASES = {
    Phase.GENERAL: (
        "General training: regular, mostly easy running is the whole point.",
        "Nothing special is asked of you yet; being able to do it again next week is the aim.",
        "Steady habits first: the same days, an easy effort, a little more each time.",
    ),
    Phase.BASE: (
        "Base: easy kilometres and a little strength now carry the faster work later.",
        "Base: most of this week should feel comfortable, and that is how it works.",
        "Base: the heart adapts in weeks, tendons in months, so patience is the training.",
    ),
    Phase.BUILD: (
        "Build: the sessions get more demanding, so the easy days have to stay easy.",
        "Build: two things matter this week, the key session and the sleep after it.",
        "Build: come to the key session rested rather than proud of the day before.",
    ),
    Phase.PEAK: (
        "Peak: the most race-like weeks of the plan; treat the key session as the week's appointment.",
        "Peak: practise on the long run what you will do on race day: start, drink, shoes.",
        "Peak: you are close to your best work; nothing more needs to be added to it.",
    ),
    Phase.TAPER: (
        "Taper: the work is done. Less distance, a touch of pace, and fresh legs on race day.",
        "Taper: feeling restless is a good sign; keep the extra energy for the race.",
        "Taper: less again, with just enough quick running to stay sharp.",
    ),
}
_RUN_WALK = (
    "Running and walking in turns: the walking is part of the plan, not a failure of it.",
    "The running parts grow a little; keep them slow enough to talk.",
    "Walk before you have to: the breaks are what lets you come back two days later.",
)
_FIRST_OF_PHASE = {
    Phase.BUILD: "A new phase begins.",
    Phase.PEAK: "The race-specific weeks begin.",
}
_STRENGTH = "Two short strength sessions fit on easy or quality days, never on the day before a hard run."


def week_note(
    goal: Goal, week: OutlineWeek, filled: Sequence[Workout], *, loaded_before_m: int, is_run_walk: bool
) -> str:
    """Three or four sentences with the week's own numbers.

    They are read weeks later, when other things may have been run than were planned: what compares says "planned".
    """
    frame = week.frame
    sentences: list[str] = []
    if frame.phase_week == 1 and frame.phase in _FIRST_OF_PHASE:
        sentences.append(_FIRST_OF_PHASE[frame.phase])
    sentences.append(_opening(week, is_run_walk=is_run_walk))
    runs = sum(1 for w in filled if w.distance_m > 0 and w.workout_type is not WorkoutType.RACE)
    sentences.append(_volume(week, runs, loaded_before_m))
    sentences.append(_long_run(week, filled))
    sentences.append(_key_session(filled))
    if week.kind is WeekKind.LOADED and frame.number == 1 and week.before_m > 0:
        sentences.append("It begins where you are, not where the race is.")
    if week.kind is WeekKind.LOADED and frame.phase is Phase.BASE and frame.phase_week in {1, 4}:
        sentences.append(_STRENGTH)
    if week.kind is WeekKind.RACE and goal.kind is not GoalKind.GENERAL:
        sentences.append("Nothing you run this week makes you fitter; everything you skip makes you fresher.")
    return " ".join(s for s in sentences if s)


def _opening(week: OutlineWeek, *, is_run_walk: bool) -> str:
    if week.kind is WeekKind.PARTIAL:
        return "The plan begins in the middle of a week, so these days are easy and fit what you have already run."
    if week.kind is WeekKind.RETURN:
        return "Back after a break: only easy running this week, less than you were used to, and no hurry."
    if week.kind is WeekKind.CUTBACK:
        return "A lighter week on purpose: the body turns the last weeks into fitness while it rests."
    if week.kind is WeekKind.RACE:
        return "Race week: a few short, easy runs keep the legs awake."
    turn = week.frame.phase_week + week.frame.phase_week // 3 - 1  # a cutback takes none
    if is_run_walk and week.frame.phase is not Phase.TAPER:
        return _RUN_WALK[turn % len(_RUN_WALK)]
    words = _PHASES[week.frame.phase]
    return words[turn % len(words)]


def _volume(week: OutlineWeek, runs: int, loaded_before_m: int) -> str:
    if week.distance_m == 0:
        return ""
    count = "one run" if runs == 1 else f"{runs} runs"
    text = f"{distance(week.distance_m)} in {count}"
    if week.kind is WeekKind.CUTBACK and loaded_before_m:
        return f"{text}, {percent(round(1 - week.distance_m / loaded_before_m, 2))} less than the last loaded week."
    if week.kind is WeekKind.LOADED and week.before_m > 0:
        change = week.distance_m / week.before_m - 1
        if change > 0.005:
            return f"{text}, planned {percent(round(change, 2))} above the largest of the four weeks before it."
        return f"{text}, planned no larger than the weeks before it."
    return f"{text}."


def _long_run(week: OutlineWeek, filled: Sequence[Workout]) -> str:
    slot = next((s for s in week.slots if s.role is Role.LONG), None)
    if slot is None or all(w.workout_type is not WorkoutType.LONG for w in filled):
        return ""
    day = weekday(slot.day)
    if slot.reference_m is not None and slot.distance_m > slot.reference_m:
        further = percent(round(slot.distance_m / slot.reference_m - 1, 2))
        return f"{day}'s long run of {distance(slot.distance_m)} is planned {further} beyond any run of the 30 days before it."
    return f"{day}'s long run is {distance(slot.distance_m)}."


def _key_session(filled: Sequence[Workout]) -> str:
    quality = [w for w in filled if w.is_quality]
    if not quality:
        strides = any(s.intensity is Intensity.STRIDES for w in filled for s in w.segments)
        return "The only quick steps are a few strides." if strides else ""
    names = " and ".join(f"{w.title[0].lower()}{w.title[1:]} on {weekday(w.workout_date)}" for w in quality)
    return f"Key work: {names}."
