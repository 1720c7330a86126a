"""The plan while it is corrected, and why each session changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from coach.easing import to_rest
from coach.guardrails import Facts
from coach.guardrails.content import is_run
from coach.guardrails.reading import Reading, Week, is_to_do, read
from coach.model import Adjustment, Evidence, Plan, Violation, Workout


@dataclass(slots=True)
class Bench:
    """A plan on the bench: sessions are replaced or removed, each with the violation that caused it."""

    plan: Plan
    facts: Facts
    before: dict[str, Workout] = field(default_factory=dict)
    causes: dict[str, list[Violation]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = {w.workout_id: w for w in self.plan.workouts}

    def adjustments(self) -> tuple[Adjustment, ...]:
        after = {w.workout_id: w for w in self.plan.workouts}
        made = []
        for workout_id, causes in self.causes.items():
            old = self.before[workout_id]
            new = after.get(workout_id) or to_rest(old)
            if new != old:
                texts = dict.fromkeys((c.rule_id, c.text, c.limit) for c in causes)
                because = tuple(Evidence(metric=rule, text=text, value=limit) for rule, text, limit in texts)
                made.append(Adjustment(before=old, after=new, rule_id=causes[0].rule_id, because=because))
        return tuple(sorted(made, key=lambda a: (a.before.workout_date, a.before.workout_id)))

    def replace(self, old: Workout, new: Workout, cause: Violation) -> None:
        """Put `new` where `old` was, unless that changes nothing."""
        if new == old:
            return
        self.causes.setdefault(old.workout_id, []).append(cause)
        self._map(lambda w: new if w is old else w)

    def remove(self, old: Workout, cause: Violation) -> None:
        self.causes.setdefault(old.workout_id, []).append(cause)
        weeks = tuple(replace(wk, workouts=tuple(w for w in wk.workouts if w is not old)) for wk in self.plan.weeks)
        self.plan = replace(self.plan, weeks=weeks)

    def reading(self) -> Reading:
        return read(self.plan, self.facts)

    def on(self, day: date | None) -> Workout | None:
        """The run of that day that may still be changed."""
        if day is None:
            return None
        return next(
            (w for w in self.plan.workouts if w.workout_date == day and is_run(w) and is_to_do(w, self.facts)), None
        )

    def week(self, number: int | None) -> Week | None:
        return next((w for w in self.reading().weeks if w.number == number), None)

    def _map(self, change: Callable[[Workout], Workout]) -> None:
        weeks = tuple(
            replace(wk, workouts=tuple(sorted((change(w) for w in wk.workouts), key=lambda w: w.workout_date)))
            for wk in self.plan.weeks
        )
        self.plan = replace(self.plan, weeks=weeks)
