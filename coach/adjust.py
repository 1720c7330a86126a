"""Today's session in the light of this morning: ease when the body asks, extend only on green, rewrite nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from coach.breaks import BREAK, FIRST_DAYS, Break
from coach.easing import fewer_reps, is_work, shortened, to_easy, to_rest, without_strides
from coach.guardrails import Facts, judge
from coach.guardrails.body import EASY_DAYS_AFTER_ILLNESS, RED_LONG_SHARE, REDS_WITHIN_DAYS
from coach.guardrails.content import is_quality, is_race, is_run, stride_count
from coach.guardrails.reading import is_to_do, read
from coach.health import COMING_BACK, ILL, INJURED
from coach.limits import EPSILON, KEPT_SHARE_MIN, RUN_MIN_S, RUN_WALK_MIN_S, SPIKE_RATIO, floor_step, previous_step
from coach.model import Adjustment, Call, Evidence, Plan, Readiness, ReadinessState, Target, Workout, WorkoutType
from coach.repair import repair
from coach.silence import SILENCE, assumed_run_days
from coach.words import day_and_date, distance, inside

QUALITY_MOVED_DAYS = 2  # 48 hours
SPIKE_EASY_DAYS = 7
_LOOK_AHEAD_DAYS = (
    6  # what the day's change makes unsafe is corrected within a week; the rest waits for the weekly look
)

# Shares, cutbacks and taper are judged as the week was approved: a day that shrinks cannot break them.
_AS_APPROVED = frozenset({"H02", "H05", "H06", "H16", "H19"})
# What is judged against runs: in a long silence it is not known, and silence alone never shrinks a run.
_AGAINST_RUNS = frozenset({"H01", "H03", "H04"})

# Rule ids of decisions that are not guardrails.
RED = "readiness_red"
AMBER = "readiness_amber"
GREEN = "readiness_green"
TWO_REDS = "two_reds_in_three_days"
SPIKE = "after_a_spike"
DONE = "done_already"
CRUMB = "no_crumbs"


def adjust_day(plan: Plan, *, readiness: Readiness, today: date, facts: Facts) -> tuple[Call, tuple[Adjustment, ...]]:
    """The day's call and every change to the plan, each with its rule and evidence.

    Work is added only on green, within the session's range and only where no hard rule objects; worse readiness never
    adds any. Unknown readiness leaves the plan as written. A done day is left alone.
    """
    approved = facts.approved if facts.approved is not None else plan
    table = _Table(plan, readiness, today, replace(facts, today=today, readiness=readiness, approved=approved))
    workout = plan.on(today)
    if facts.is_injured or facts.is_ill:
        table.stop_for_the_body()
        return Call.REST, table.adjustments()
    table.rest_where_done()
    table.wait_through_silence()
    table.calm_after_spike()
    table.begin_again()
    table.come_back()
    is_open = workout is not None and is_run(workout) and is_to_do(workout, table.facts)
    if is_open:
        table.follow_readiness()
    if readiness.state is ReadinessState.RED:
        table.move_quality_after_reds()
    table.keep_safe()
    table.leave_no_crumbs()
    return _call(table, workout, is_open=is_open), table.adjustments()


@dataclass(slots=True)
class _Table:
    """The plan while the day is decided, and what each change rests on."""

    plan: Plan
    readiness: Readiness
    today: date
    facts: Facts
    causes: dict[str, list[tuple[str, Evidence]]] = field(default_factory=dict)
    before: dict[str, Workout] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = {w.workout_id: w for w in self.plan.workouts}

    def adjustments(self) -> tuple[Adjustment, ...]:
        after = {w.workout_id: w for w in self.plan.workouts}
        made = [
            Adjustment(
                before=self.before[workout_id],
                after=after[workout_id],
                rule_id=causes[0][0],
                because=tuple(dict.fromkeys(evidence for _, evidence in causes)),
            )
            for workout_id, causes in self.causes.items()
            if after[workout_id] != self.before[workout_id]
        ]
        return tuple(sorted(made, key=lambda a: (a.before.workout_date, a.before.workout_id)))

    def put(self, old: Workout, new: Workout, rule_id: str, *because: Evidence) -> None:
        if new == old:
            return
        self.causes.setdefault(old.workout_id, []).extend((rule_id, evidence) for evidence in because)
        self.plan = _with(self.plan, new)

    def stop_for_the_body(self) -> None:
        """Illness and injury end the day's run; after illness the next days stay easy."""
        rule_id, text = (INJURED, "you are not cleared to run") if self.facts.is_injured else (ILL, "you are ill")
        because = self._said(rule_id) or (Evidence(metric=rule_id, text=f"You told us {text}."),)
        for workout in self._runs(self.today, self.today + timedelta(days=EASY_DAYS_AFTER_ILLNESS)):
            if workout.workout_date == self.today:
                self.put(workout, _stopped(workout), rule_id, *because)
            elif is_quality(workout):
                self.put(workout, to_easy(workout), rule_id, *because)

    def rest_where_done(self) -> None:
        """A session that was run on another day is done: what it frees is rest."""
        done = dict(self.facts.done_elsewhere)
        for workout in self._runs(self.today, date.max):
            if workout.workout_id in done:
                on = done[workout.workout_id]
                text = f"You ran the {inside(workout.title)} of {day_and_date(workout.workout_date)} on {day_and_date(on)}."
                self.put(workout, to_rest(workout), DONE, Evidence(metric=DONE, text=text, value=on.isoformat()))

    def wait_through_silence(self) -> None:
        """After ten days of which nothing is known hard work becomes easy running of the same time."""
        workout = self.plan.on(self.today)
        if self.facts.silence.is_long and workout is not None and is_run(workout) and is_quality(workout):
            text = f"{self.facts.silence.fact} Hard sessions wait until your runs have arrived."
            self.put(workout, to_easy(workout), SILENCE, Evidence(metric=SILENCE, text=text))

    def begin_again(self) -> None:
        """The first seven days after six or more off: a share of the usual, easy at first, no long run beyond that share."""
        pause = self.facts.pause
        if pause is None or self.today > pause.first_days_end(self.today):
            return
        because = Evidence(metric=BREAK, text=pause.text, value=float(pause.days), unit="days")
        until = pause.first_days_end(self.today)
        assumed = assumed_run_days(self.facts.approved, self.facts.silence)
        ran = {*(run.run_date for run in self.facts.done), *assumed}
        runs_since = sum(day >= (pause.back_date or self.today) for day in ran)
        first = self._runs(self.today, until)
        kept_m = _shares_after(pause, first, self.facts, until)
        for number, workout in enumerate(first):
            calmer = workout
            if pause.is_easy_only(runs_since + number):
                calmer = to_easy(workout) if is_quality(workout) else without_strides(workout)
            self.put(workout, shortened(calmer, kept_m[workout.workout_id]), BREAK, because)

    def leave_no_crumbs(self) -> None:
        """No change leaves a run under 20 minutes, or under 60 % of what was approved: easy running replaces it, or rest."""
        approved = {w.workout_id: w for w in (self.facts.approved or self.plan).workouts}
        for workout in list(self.plan.workouts):
            before = approved.get(workout.workout_id, workout)
            if workout != self.before[workout.workout_id] and is_run(workout) and _is_crumb(workout, before):
                easy = to_easy(workout) if is_quality(workout) else workout
                is_enough = is_quality(before) and easy.duration_s >= RUN_MIN_S
                because = Evidence(
                    metric=CRUMB,
                    text=(
                        f"{distance(workout.distance_m)} would be left of {distance(before.distance_m)}: "
                        "too little to train anything."
                    ),
                )
                self.put(workout, easy if is_enough else to_rest(workout), CRUMB, because)

    def come_back(self) -> None:
        """The days after illness or injury are easy: what is near is eased, what is later waits for its own morning."""
        if self.facts.easy_until is None:
            return
        because = self._said(COMING_BACK) or (Evidence(metric=COMING_BACK, text="The first days back are easy."),)
        until = min(self.facts.easy_until, self.today + timedelta(days=EASY_DAYS_AFTER_ILLNESS))
        for workout in self._runs(self.today, until):
            # A long run is cut on its own day and once: a red morning cuts it by itself.
            is_today = workout.workout_date == self.today and self.readiness.state is not ReadinessState.RED
            if is_today or is_quality(workout):
                self.put(workout, _on_red(workout) if is_today else to_easy(workout), COMING_BACK, *because)

    def calm_after_spike(self) -> None:
        """Seven days after a run far beyond the longest of its 30 days: no quality, no record."""
        reading = read(self.plan, self.facts)
        since = self.today - timedelta(days=SPIKE_EASY_DAYS)
        for run in self.facts.done:
            reference_m = reading.longest_before(run.run_date)
            if run.run_date < since or run.run_date > self.today or reference_m is None:
                continue
            if run.distance_m <= SPIKE_RATIO * reference_m + EPSILON:
                continue
            text = (
                f"{distance(run.distance_m)} on {day_and_date(run.run_date)} was "
                f"{100 * (run.distance_m / reference_m - 1):.0f} % beyond the longest run of the 30 days before."
            )
            because = Evidence(metric="spike_state", text=text, value=run.distance_m, unit="m")
            for workout in self._runs(self.today, run.run_date + timedelta(days=SPIKE_EASY_DAYS)):
                calmer = to_easy(workout) if is_quality(workout) else workout
                longest_m = read(self.plan, self.facts).longest_before(workout.workout_date)
                if longest_m is not None:
                    calmer = shortened(calmer, longest_m)
                self.put(workout, calmer, SPIKE, because)

    def follow_readiness(self) -> None:
        """Today's own session by the table of readiness."""
        workout = self.plan.on(self.today)
        if workout is None:
            return
        because = Evidence(metric="readiness", text=_capital(self.readiness.rule), value=self.readiness.score, unit="%")
        if self.readiness.state is ReadinessState.RED:
            self.put(workout, _on_red(workout), RED, because)
        elif self.readiness.state is ReadinessState.AMBER:
            self.put(workout, _on_amber(workout), AMBER, because)
        elif self.readiness.state is ReadinessState.GREEN and self._may_grow():
            self._extend(workout, because)

    def move_quality_after_reds(self) -> None:
        """Two red days in three: quality of the next two days goes to a later easy day of its week, or becomes easy."""
        window = {self.today - timedelta(days=back) for back in range(1, REDS_WITHIN_DAYS)}
        if not window & set(self.facts.reds):
            return
        self.facts = replace(self.facts, reds=tuple(sorted({*self.facts.reds, self.today})))
        because = Evidence(metric=TWO_REDS, text="Two red mornings within three days.")
        first = self.today + timedelta(days=QUALITY_MOVED_DAYS)
        for workout in self._runs(self.today + timedelta(days=1), first - timedelta(days=1)):
            if not is_quality(workout):
                continue
            moved = None if workout.workout_type is WorkoutType.LONG else self._later_slot(workout, first)
            if moved is None:
                self.put(workout, to_easy(workout), TWO_REDS, because)
            else:
                self.put(moved, replace(moved, workout_date=workout.workout_date), TWO_REDS, because)
                self.put(workout, replace(workout, workout_date=moved.workout_date), TWO_REDS, because)

    def keep_safe(self) -> None:
        """What the changed day makes unsafe in the coming week is corrected, downwards only."""
        until = self.today + timedelta(days=_LOOK_AHEAD_DAYS)
        ignore = _AS_APPROVED | _AGAINST_RUNS if self.facts.silence.is_long else _AS_APPROVED
        repaired = repair(self.plan, self.facts, until=until, ignore=ignore)
        for change in repaired.adjustments:
            self.put(change.before, change.after, change.rule_id, *change.because)

    def _extend(self, workout: Workout, because: Evidence) -> None:
        """The longest version within the session's range that breaks no rule the plan keeps."""
        known = set(judge(self.plan, self.facts))
        longest_m = floor_step(workout.distance_max_m)
        while longest_m > workout.distance_m + EPSILON:
            longer = _longer(workout, float(longest_m))
            if longer is None:
                return
            if set(judge(_with(self.plan, longer), self.facts)) <= known:
                self.put(workout, longer, GREEN, because)
                return
            longest_m = previous_step(longest_m)

    def _later_slot(self, quality: Workout, first: date) -> Workout | None:
        """An easy day later in the same week where the session breaks no rule."""
        week = next(wk for wk in self.plan.weeks if quality in wk.workouts)
        known = {(v.rule_id, v.week_number) for v in judge(self.plan, replace(self.facts, reds=()))}
        for other in week.workouts:
            if other.workout_date < first or other.workout_type not in {WorkoutType.EASY, WorkoutType.RECOVERY}:
                continue
            swapped = _with(self.plan, replace(other, workout_date=quality.workout_date))
            swapped = _with(swapped, replace(quality, workout_date=other.workout_date))
            if {(v.rule_id, v.week_number) for v in judge(swapped, self.facts)} <= known:
                return other
        return None

    def _may_grow(self) -> bool:
        facts = self.facts
        is_known = not facts.silence.is_long and (
            facts.pause is None or self.today > facts.pause.first_days_end(self.today)
        )
        return is_known and not facts.reds and not self.causes and facts.easy_until is None

    def _said(self, metric: str) -> tuple[Evidence, ...]:
        """What the athlete said that bears on this."""
        return tuple(evidence for evidence in self.facts.said if evidence.metric == metric)

    def _runs(self, since: date, until: date) -> list[Workout]:
        return [
            w for w in self.plan.workouts if since <= w.workout_date <= until and is_run(w) and is_to_do(w, self.facts)
        ]


def _on_amber(workout: Workout) -> Workout:
    """A set of repeats fewer; a session that does not say what it holds becomes easy."""
    if any(is_work(s) for s in workout.segments):
        return fewer_reps(workout)
    return to_easy(workout) if is_quality(workout) else workout


def _on_red(workout: Workout) -> Workout:
    """No quality and no strides, and no more of it than an amber day would leave; a long run at three quarters."""
    easier = to_easy(_on_amber(workout)) if is_quality(workout) else workout
    if stride_count(easier):
        easier = without_strides(easier)
    if workout.workout_type is WorkoutType.LONG:
        easier = shortened(easier, RED_LONG_SHARE * workout.distance_m)
    return easier


def _shares_after(pause: Break, runs: list[Workout], facts: Facts, until: date) -> dict[str, float]:
    """How far each run of the first days may go: the share of the usual, spread over as many runs as stay worth running."""
    since = until - timedelta(days=FIRST_DAYS - 1)
    left_m = pause.share * pause.usual_m - sum(r.distance_m for r in facts.done if since <= r.run_date <= until)
    kept, most_m = list(runs), pause.run_m()
    while kept:
        share = min(1.0, max(left_m, 0.0) / sum(w.distance_m for w in kept))
        kept_m = {w.workout_id: min(share * w.distance_m, most_m) for w in kept}
        crumbs = [w for w in kept if _is_crumb(shortened(w, kept_m[w.workout_id]), w)]
        if not crumbs:
            return {w.workout_id: kept_m.get(w.workout_id, 0.0) for w in runs}
        too_long = [w for w in crumbs if most_m < KEPT_SHARE_MIN * w.distance_m]
        kept.remove(
            min(too_long or kept, key=lambda w: (w.workout_type is WorkoutType.LONG, w.distance_m, w.workout_date))
        )
    return {w.workout_id: 0.0 for w in runs}


def _is_crumb(workout: Workout, approved: Workout) -> bool:
    least_s = RUN_WALK_MIN_S if workout.workout_type is WorkoutType.RUN_WALK else RUN_MIN_S
    if workout.duration_s < min(least_s, approved.duration_s) - EPSILON:
        return True
    if is_quality(approved) and not is_quality(workout):
        return False
    return workout.distance_m < KEPT_SHARE_MIN * approved.distance_m - EPSILON


def _stopped(workout: Workout) -> Workout:
    """The day without a run, for a body that must not: no word of walks or of training taking hold."""
    return replace(
        to_rest(workout), purpose="No training until the body allows it.", target=Target(effort="no running")
    )


def _longer(workout: Workout, distance_m: float) -> Workout | None:
    """The easy or long run at this distance, its time in proportion; structured sessions stay as they are."""
    if workout.segments or is_quality(workout):
        return None
    share = distance_m / workout.distance_m
    title = workout.title.replace(distance(workout.distance_m), distance(distance_m))
    return replace(workout, title=title, distance_m=distance_m, duration_s=float(round(share * workout.duration_s)))


def _call(table: _Table, workout: Workout | None, *, is_open: bool) -> Call:
    """One word for the day, from what was planned and what is left of it."""
    if workout is None or workout.workout_type is WorkoutType.REST:
        return Call.REST
    if is_race(workout) or not is_open:
        return Call.GO
    today = table.plan.on(table.today) or workout
    if today.workout_type is WorkoutType.REST:
        return Call.REST
    if today.workout_id != workout.workout_id or (is_quality(workout) and not is_quality(today)):
        return Call.SWAP
    is_less = today.distance_m < workout.distance_m - EPSILON or today.duration_s < workout.duration_s - EPSILON
    return Call.EASE if is_less or table.readiness.state is ReadinessState.RED else Call.GO


def _with(plan: Plan, workout: Workout) -> Plan:
    """The plan with this version of the workout, its week in order of date."""
    weeks = []
    for week in plan.weeks:
        if any(w.workout_id == workout.workout_id for w in week.workouts):
            workouts = (workout if w.workout_id == workout.workout_id else w for w in week.workouts)
            week = replace(week, workouts=tuple(sorted(workouts, key=lambda w: w.workout_date)))  # noqa: PLW2901  # the week as it is now
        weeks.append(week)
    return replace(plan, weeks=tuple(weeks))


def apply(plan: Plan, adjustments: tuple[Adjustment, ...]) -> Plan:
    """The plan after its adjustments."""
    for adjustment in adjustments:
        plan = _with(plan, adjustment.after)
    return plan


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
