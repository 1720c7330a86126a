"""Which session each run of a week becomes: emphasis by phase, steps that grow, caps that hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from coach import library, workouts
from coach.course import Course
from coach.fitness import FIVE_K_M, TEN_K_M, race_time_s
from coach.ground import Slot
from coach.library import EMPHASIS, INTENSITY, STEPS, Session
from coach.limits import GOALS, SPIKE_RATIO, floor_step
from coach.model import Goal, GoalKind, Intensity, Level, Phase, Prediction, Target, WeekKind, Workout
from coach.outline import OutlineWeek
from coach.segments import Day
from coach.week import Role
from coach.words import distance, percent

# Time at marathon pace and above stays well below the quarter that the rules allow.
_HARD_SHARE = 0.20
_STRIDES_FROM_WEEK = 2
_STRIDES_FROM_M = 4000
_STRIDES = (4, 8)
_RUN_WALK_BELOW_M = 2700
_MARATHON_PACE_FROM_M = 12000
_START_STEP = {
    Session.TEMPO: 2,
    Session.INTERVALS: 3,
    Session.REPETITIONS: 1,
    Session.HILLS: 0,
    Session.FARTLEK: 1,
    Session.RACE_PACE: 3,
    Session.LONG_MARATHON: 0,
}
_NO_HILLS = {Session.HILLS: Session.FARTLEK, Session.REPETITIONS: Session.INTERVALS}


@dataclass(slots=True)
class Coach:
    """Fills the slots of one plan, week after week, remembering what was done how often."""

    plan_id: str
    goal: Goal
    course: Course
    prediction: Prediction | None
    has_injury_flags: bool
    _done: Counter[Session] = field(default_factory=Counter)
    _turns: Counter[Phase] = field(default_factory=Counter)
    _stage: int = -1

    def fill(self, week: OutlineWeek) -> tuple[Workout, ...]:
        """The workouts of every day of the week, rest days included."""
        if week.kind in {WeekKind.LOADED, WeekKind.RETURN, WeekKind.PARTIAL}:
            self._stage += 1
        filled: dict[date, Workout] = {}
        budget_s = _HARD_SHARE * week.distance_m * self.course.book.easy_s_per_km / 1000
        quality = [s for s in week.slots if s.role is Role.QUALITY]
        sessions = self._sessions(week, len(quality))
        for slot in week.slots:
            if slot.role is Role.LONG:
                made, budget_s = self._long(slot, week, budget_s, marathon_pace=Session.LONG_MARATHON in sessions)
                filled[slot.day] = made
            elif slot.role is Role.RACE:
                filled[slot.day] = self._race(slot)
        used = sum(w.is_quality for w in filled.values())
        sessions = [s for s in sessions if s is not Session.LONG_MARATHON]
        most = 1 if self.course.level is Level.BEGINNER or week.kind is WeekKind.CUTBACK else 2
        for slot, session in zip(quality, sessions, strict=False):
            if used >= most:
                break
            made_quality, spent_s = self._quality(slot, session, week, budget_s)
            if made_quality is not None:
                filled[slot.day] = made_quality
                budget_s -= spent_s
                used += 1
        for slot in week.slots:
            if slot.day not in filled:
                filled[slot.day] = self._easy(slot, week, has_strides=self._has_strides(slot, week, filled))
        return tuple(filled.get(d) or workouts.rest(self.plan_id, d) for d in week.frame.days)

    # Which sessions

    def _sessions(self, week: OutlineWeek, slots: int) -> list[Session]:
        """The sessions of the week in order of importance; a marathon's long run may take one."""
        if slots == 0 and not self._may_hold_marathon_pace(week):
            return []
        phase = week.frame.phase
        turn = self._turns[phase]
        if week.kind is not WeekKind.CUTBACK:
            self._turns[phase] += 1
        if phase is Phase.GENERAL or self.goal.kind is GoalKind.GENERAL:
            picks = [library.GENERAL_TURNS[turn % len(library.GENERAL_TURNS)]]
        elif phase is Phase.BASE:
            early = week.frame.number < library.BASE_TEMPO_FROM_WEEK
            turns = library.BASE_EARLY if early else library.BASE_LATER
            picks = [turns[turn % len(turns)]]
        else:
            picks = self._emphasised(phase, turn, week, slots)
        if self.has_injury_flags:
            picks = [_NO_HILLS.get(s, s) for s in picks]
        return picks

    def _emphasised(self, phase: Phase, turn: int, week: OutlineWeek, slots: int) -> list[Session]:
        lead, *others = EMPHASIS[self.goal.kind, phase]
        if Session.LONG_MARATHON in (lead, *others):
            # Marathon pace enters the long run every other week in the build, every loaded week in the peak.
            due = self._may_hold_marathon_pace(week) and (phase is Phase.PEAK or turn % 2 == 1)
            return [Session.LONG_MARATHON, Session.TEMPO] if due else [Session.TEMPO, Session.INTERVALS]
        if not others:
            return [lead]
        other = others[(turn // 2 if slots < 2 else turn) % len(others)]
        if slots >= 2:
            return [lead, other]
        return [lead] if turn % 2 == 0 else [other]

    def _may_hold_marathon_pace(self, week: OutlineWeek) -> bool:
        return (
            self.goal.kind is GoalKind.MARATHON
            and week.kind is WeekKind.LOADED
            and week.frame.phase in {Phase.BUILD, Phase.PEAK}
            and week.long_m >= _MARATHON_PACE_FROM_M
            and week.frame.start_date >= self.course.easy_before
        )

    # One workout each

    def _day(self, slot: Slot, week: OutlineWeek) -> Day:
        distance_max_m = slot.distance_m
        if week.kind is WeekKind.LOADED and slot.role is not Role.LONG:
            spare_m = max(0.0, week.cap_m - week.distance_m)
            most_m = min(SPIKE_RATIO * slot.distance_m, slot.distance_m + spare_m, slot.reference_m or 0.0, week.long_m)
            distance_max_m = max(slot.distance_m, floor_step(most_m))
        return Day(
            plan_id=self.plan_id,
            date=slot.day,
            distance_m=slot.distance_m,
            distance_max_m=distance_max_m,
            book=self.course.book,
        )

    def _long(self, slot: Slot, week: OutlineWeek, budget_s: float, *, marathon_pace: bool) -> tuple[Workout, float]:
        day = self._day(slot, week)
        if self.is_run_walk:
            return self._run_walk(day), budget_s
        why = self._why_long(slot, week)
        if marathon_pace and not self.course.long_has_walks:
            made, spent_s = self._best_step(Session.LONG_MARATHON, week, budget_s, day, why=why)
            if made is not None:
                return made, budget_s - spent_s
        return workouts.long(day, why=why, with_walks=self.course.long_has_walks), budget_s

    def _why_long(self, slot: Slot, week: OutlineWeek) -> str:
        reference_m = slot.reference_m or 0.0
        if slot.distance_m > reference_m:
            text = f"{distance(slot.distance_m - reference_m)} planned beyond any run of the 30 days before it"
        else:
            text = f"planned within the longest of the 30 days before it ({distance(reference_m)})"
        share = slot.distance_m / week.distance_m if week.distance_m else 0.0
        return f"{text}, {percent(round(share, 2))} of this week's {distance(week.distance_m)}."

    def _quality(
        self, slot: Slot, session: Session, week: OutlineWeek, budget_s: float
    ) -> tuple[Workout | None, float]:
        return self._best_step(session, week, budget_s, self._day(slot, week))

    def _best_step(
        self, session: Session, week: OutlineWeek, budget_s: float, day: Day, *, why: str = ""
    ) -> tuple[Workout | None, float]:
        """The step this session has grown to, or the largest smaller one that fits the caps, the budget and the day."""
        pace = self.course.book.middle(INTENSITY[session])
        for index in self._steps_to_try(session, week):
            step = STEPS[session][index]
            if week.frame.phase is Phase.TAPER or week.kind in {WeekKind.TAPER, WeekKind.RACE}:
                step = replace(step, repeats=max(1, step.repeats // 2 + step.repeats % 2))
            spent_s = step.repeats * step.seconds(pace)
            if spent_s > budget_s or not library.fits(
                step, session, weekly_m=week.distance_m, pace_s_per_km=pace, masters=self.course.is_masters
            ):
                continue
            if session is Session.LONG_MARATHON:
                made = workouts.long_with_marathon_pace(day, step, why=why)
            else:
                target, wording = self._target(session, week.frame.phase)
                made = workouts.quality(day, session, step, target=target, wording=wording)
            if made is not None:
                if week.kind is WeekKind.LOADED:
                    self._done[session] += 1
                return made, spent_s
        return None, 0.0

    def _steps_to_try(self, session: Session, week: OutlineWeek) -> list[int]:
        steps = STEPS[session]
        start = 0 if week.distance_m < library.LOW_VOLUME_M else _START_STEP[session]
        start += self.course.level is Level.ADVANCED
        target = min(start + self._done[session], len(steps) - 1)
        if week.kind is WeekKind.CUTBACK:
            target = max(0, target - 1)
        if week.kind in {WeekKind.TAPER, WeekKind.RACE}:
            target = min(target, _START_STEP[session] + 1)
        return list(range(target, -1, -1))

    def _target(self, session: Session, phase: Phase) -> tuple[Target, str]:
        """The target of a session and, in the specific phase, the race it is meant for."""
        book = self.course.book
        effort_only = session in {Session.HILLS, Session.FARTLEK}
        target = book.target(INTENSITY[session], with_pace=not effort_only)
        if book.paces is None or effort_only:
            return target, ""
        score = book.paces.race_fitness
        if session is Session.RACE_PACE:
            rules = GOALS[self.goal.kind]
            pace = race_time_s(score, rules.distance_m) / rules.distance_m * 1000
            fast = max(pace, book.paces.threshold)
            return (
                replace(
                    target,
                    pace_fast_s_per_km=round(fast, 1),
                    pace_slow_s_per_km=round(book.paces.marathon, 1),
                    rpe=6,
                    effort="controlled: the rhythm you could hold for the whole race",
                ),
                f" at {rules.name} effort",
            )
        specific = phase in {Phase.PEAK, Phase.TAPER}
        if specific and self.goal.kind is GoalKind.FIVE_K and session is Session.INTERVALS:
            pace = race_time_s(score, FIVE_K_M) / FIVE_K_M * 1000
            slow = min(pace, book.paces.interval * 1.02)
            return replace(target, pace_slow_s_per_km=round(max(slow, book.paces.interval), 1)), " at 5 km effort"
        if specific and self.goal.kind is GoalKind.TEN_K and session is Session.TEMPO:
            pace = race_time_s(score, TEN_K_M) / TEN_K_M * 1000
            fast = max(pace, book.paces.threshold * 0.975)
            return replace(target, pace_fast_s_per_km=round(min(fast, book.paces.threshold), 1)), " at 10 km effort"
        return target, ""

    def _race(self, slot: Slot) -> Workout:
        rules = GOALS[self.goal.kind]
        likely_s = self.prediction.likely_s if self.prediction else None
        target = Target(rpe=9, effort="even effort: hold back early, give what is left at the end")
        if self.prediction is not None:
            per_km = 1000 / rules.distance_m
            target = replace(
                target,
                pace_fast_s_per_km=round(self.prediction.fast_s * per_km, 1),
                pace_slow_s_per_km=round(self.prediction.slow_s * per_km, 1),
            )
        day = Day(
            plan_id=self.plan_id,
            date=slot.day,
            distance_m=slot.distance_m,
            distance_max_m=slot.distance_m,
            book=self.course.book,
        )
        return workouts.race(day, name=self.goal.race_name, title=rules.name, target=target, likely_s=likely_s)

    def _easy(self, slot: Slot, week: OutlineWeek, *, has_strides: bool) -> Workout:
        day = self._day(slot, week)
        if self.is_run_walk:
            return self._run_walk(day)
        strides = 0
        if has_strides:
            least, most = _STRIDES
            strides = min(most, least + 2 * (week.frame.number // 4))
        return workouts.easy(day, strides=strides, recovery=slot.role is Role.RECOVERY)

    def _run_walk(self, day: Day) -> Workout:
        for stage in range(max(0, self._stage), -1, -1):
            made = workouts.run_walk(day, stage)
            if made is not None:
                return made
        return workouts.easy(day)

    @property
    def is_run_walk(self) -> bool:
        course = self.course
        beginning = course.from_nothing or course.long_start_m < _RUN_WALK_BELOW_M
        return beginning and self._stage < len(workouts.RUN_WALK_LADDER)

    def _has_strides(self, slot: Slot, week: OutlineWeek, filled: dict[date, Workout]) -> bool:
        """On one easy run of a week, not straight after a hard day, and not for those new to running."""
        if self.has_injury_flags or slot.role is not Role.EASY or slot.distance_m < _STRIDES_FROM_M:
            return False
        if week.frame.number < _STRIDES_FROM_WEEK or slot.day < self.course.easy_before:
            return False
        if week.kind not in {WeekKind.LOADED, WeekKind.TAPER, WeekKind.RACE}:
            return False
        if any(s.intensity is Intensity.STRIDES for w in filled.values() for s in w.segments):
            return False
        before = filled.get(slot.day - timedelta(days=1))
        return before is None or not before.is_quality
