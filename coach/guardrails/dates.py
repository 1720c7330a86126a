"""H17: the calendar of a plan. Weeks follow each other, a day has one session, the race is on its date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from coach.guardrails.reading import Reading
from coach.limits import GOALS
from coach.model import Violation, Workout
from coach.words import day_and_date, weekday

_RACE_TOLERANCE = 0.01
_WEEKDAY = re.compile(r"\b(monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b", re.IGNORECASE)


def calendar(reading: Reading) -> Iterator[Violation]:
    """H17: contiguous weeks, one session a day, none before the plan takes effect, weekdays as named, the race on its date."""
    yield from _weeks(reading)
    yield from _days(reading)
    yield from _race(reading)


def _weeks(reading: Reading) -> Iterator[Violation]:
    for before, week in zip(reading.weeks, reading.weeks[1:], strict=False):
        follows = week.start_date - before.start_date == timedelta(days=7)
        if not follows or week.number != before.number + 1:
            yield Violation(
                rule_id="H17",
                text=(
                    f"Week {week.number} begins on {day_and_date(week.start_date)}; "
                    f"after week {before.number} comes {day_and_date(before.start_date + timedelta(days=7))}."
                ),
                week_number=week.number,
            )


def _days(reading: Reading) -> Iterator[Violation]:
    times = Counter(w.workout_date for w in reading.plan.workouts)
    for day, number in times.items():
        if number > 1:
            yield Violation(
                rule_id="H17", text=f"{day_and_date(day)} has {number} sessions.", workout_date=day, value=float(number)
            )
    for week in reading.weeks:
        for workout in week.plan_week.workouts:
            yield from _day(workout, week.number, reading)
            if not week.plan_week.week_start_date <= workout.workout_date <= week.end_date:
                yield _violation(workout, week.number, f"is not in week {week.number}")


def _day(workout: Workout, number: int, reading: Reading) -> Iterator[Violation]:
    if workout.workout_date < reading.plan.effective_date:
        yield _violation(workout, number, "is before the plan takes effect")
    named = {name.lower() for name in _WEEKDAY.findall(workout.title)}
    if len(named) == 1 and weekday(workout.workout_date).lower() not in named:
        yield _violation(workout, number, f"is not a {named.pop().capitalize()}, as its title says")


def _race(reading: Reading) -> Iterator[Violation]:
    race_date, rules = reading.race_date, GOALS.get(reading.plan.goal.kind)
    if race_date is not None and rules is not None:
        on_the_day = [w for w in reading.races if w.workout_date == race_date]
        if not on_the_day:
            yield Violation(
                rule_id="H17", text=f"No race on race day, {day_and_date(race_date)}.", workout_date=race_date
            )
        elif abs(on_the_day[0].distance_m - rules.distance_m) > _RACE_TOLERANCE * rules.distance_m:
            yield Violation(
                rule_id="H17",
                text=f"The race is not a {rules.name}.",
                workout_date=race_date,
                value=on_the_day[0].distance_m,
                limit=rules.distance_m,
            )
        for workout in reading.plan.workouts:
            if workout.workout_date > race_date:
                yield _violation(workout, None, "is after the race")
    known = {race_date, *reading.facts.b_race_dates}
    for race in reading.races:
        if race.workout_date not in known:
            yield _violation(race, None, "holds a race nobody entered")


def _violation(workout: Workout, number: int | None, text: str) -> Violation:
    return Violation(
        rule_id="H17",
        text=f"{day_and_date(workout.workout_date)} {text}.",
        week_number=number,
        workout_date=workout.workout_date,
    )
