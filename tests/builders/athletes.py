"""Runners of every kind from a seed: levels, ages, habits, histories with gaps, goals near and far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from coach.model import Athlete, DoneRun, Goal, GoalKind, Profile

_FIRST_DAY = date(2025, 1, 1)
_USUAL_WEEKS = {
    GoalKind.FIVE_K: (0, 45),
    GoalKind.TEN_K: (10, 60),
    GoalKind.HALF: (15, 75),
    GoalKind.MARATHON: (26, 100),
    GoalKind.GENERAL: (0, 60),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One runner with one wish on one day."""

    athlete: Athlete
    profile: Profile
    goal: Goal
    done: tuple[DoneRun, ...]
    today: date


def cases(n: int, seed: int) -> Iterator[Case]:
    """`n` runners; the same seed gives the same ones."""
    for index in range(n):
        yield one_case(Random(f"{seed}-{index}"))


def one_case(random: Random) -> Case:
    """A runner, consistent in itself: the profile is what the marts would say of the runs."""
    kind = random.choice(list(GoalKind))
    today = _FIRST_DAY + timedelta(days=random.randrange(700))
    athlete = _athlete(random, today)
    done = _history(random, kind, athlete, today)
    return Case(athlete, _profile(random, done, today), _goal(random, kind, today), done, today)


def _athlete(random: Random, today: date) -> Athlete:
    run_days: tuple[int, ...] = ()
    if random.random() < 0.4:
        run_days = tuple(sorted(random.sample(range(7), random.randint(3, 7))))
    return Athlete(
        athlete_id="me",
        birth_year=random.choice([None, today.year - random.randint(18, 78)]),
        max_heart_rate_bpm=random.choice([None, float(random.randint(160, 205))]),
        days_per_week=random.choice([None, None, None, None, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 7]),
        run_days=run_days,
        long_run_day=random.choice([6, 6, 6, 5, 5, *range(7)]),
        injury_flags=("knee-sensitive",) if random.random() < 0.1 else (),
    )


def _goal(random: Random, kind: GoalKind, today: date) -> Goal:
    if kind is GoalKind.GENERAL:
        return Goal(goal_id="goal", kind=kind)
    least = {GoalKind.FIVE_K: 6, GoalKind.TEN_K: 8, GoalKind.HALF: 12, GoalKind.MARATHON: 16}[kind]
    weeks = least + random.choice([-3, 0, 0, 0, 0, 1, 1, 2, 3, 4, 6, 8, 12, 20])
    race_date = today + timedelta(days=7 * weeks - 1 + random.randrange(7))
    if random.random() < 0.6:
        race_date += timedelta(days=6 - race_date.weekday())
    return Goal(
        goal_id="goal",
        kind=kind,
        race_date=race_date,
        target_s=random.choice([None, float(random.randint(1000, 16000))]),
    )


def _history(random: Random, kind: GoalKind, athlete: Athlete, today: date) -> tuple[DoneRun, ...]:
    """Up to seventeen weeks of runs with ups, downs, breaks, a race or a reckless outing."""
    low, high = _USUAL_WEEKS[kind]
    usual_km = random.uniform(low, high) if random.random() < 0.9 else random.uniform(0, 8)
    runs = max(1, min(7, (athlete.days_per_week or random.randint(2, 6)) + random.choice([-1, 0, 0, 0, 1])))
    known_weeks = random.choice([17, 17, 17, 17, 10, 5, 2, 0])
    trend, long_share = random.uniform(-0.03, 0.03), random.uniform(1 / runs, 1 / runs + 0.18)
    breaks = _breaks(random, today)
    done = []
    monday = today - timedelta(days=today.weekday())
    for back in range(known_weeks, -1, -1):
        start = monday - timedelta(days=7 * back)
        week_km = usual_km * (1 - trend * back) * random.uniform(0.75, 1.2) * (0 if random.random() < 0.04 else 1)
        weekdays = sorted(random.sample(range(7), runs))
        for weekday in weekdays:
            day = start + timedelta(days=weekday)
            share = long_share if weekday == weekdays[-1] else (1 - long_share) / max(1, runs - 1)
            metres = 1000 * week_km * share * random.uniform(0.85, 1.15)
            if day > today or (day == today and random.random() < 0.5) or metres < 1000 or _is_in(day, breaks):
                continue
            run_type = (
                "long" if weekday == weekdays[-1] and runs > 1 else random.choice(["easy"] * 5 + ["tempo", "intervals"])
            )
            if random.random() < 0.01:
                run_type, metres = "race", metres * 1.5
            done.append(
                DoneRun(
                    run_date=day,
                    distance_m=round(metres, 1),
                    duration_s=float(round(metres * 0.36)),
                    run_type=run_type,
                    is_quality=run_type in {"tempo", "intervals", "race"},
                )
            )
    return tuple(done)


def _breaks(random: Random, today: date) -> list[tuple[date, date]]:
    """Some have just come back, some are still away."""
    if random.random() > 0.2:
        return []
    length = random.choice([6, 8, 12, 15, 20, 25, 35, 60])
    last = today - timedelta(days=random.choice([0, 0, 0, 7, 14, 30]))
    return [(last - timedelta(days=length), last)]


def _is_in(day: date, breaks: list[tuple[date, date]]) -> bool:
    return any(first <= day <= last for first, last in breaks)


def _profile(random: Random, done: tuple[DoneRun, ...], today: date) -> Profile:
    monday = today - timedelta(days=today.weekday())

    def week_m(start: date) -> float:
        return sum(r.distance_m for r in done if start <= r.run_date < start + timedelta(days=7))

    def longest_m(days: int) -> float | None:
        near = [r.distance_m for r in done if today - timedelta(days=days) <= r.run_date < today]
        return max(near, default=None)

    weeks = tuple(week_m(monday - timedelta(days=7 * back)) for back in range(8, 0, -1))
    score = random.choice([None, random.uniform(26, 70)])
    months = None if not done else (today - done[0].run_date).days / 30.44
    if months is not None and months > 3.5:
        months += random.choice([0, 6, 10, 12, 24, 24, 30, 60])
    return Profile(
        athlete_id="me",
        as_of_date=today,
        weekly_distances_m=weeks if done else (),
        current_week_distance_m=week_m(monday),
        runs_per_week=sum(1 for r in done if 0 < (monday - r.run_date).days <= 56) / 8 if done else None,
        longest_run_30d_m=longest_m(30),
        longest_run_90d_m=longest_m(90),
        last_run_date=max((r.run_date for r in done), default=None),
        running_months=months,
        races_18m=random.choice([0, 0, 1, 3]),
        easy_pace_s_per_km=random.choice([None, random.uniform(290, 500)]),
        max_heart_rate_bpm=random.choice([None, 185.0]),
        max_heart_rate_confidence=random.choice(["low", "medium", "high"]),
        race_fitness=score,
        race_fitness_date=None if score is None else today - timedelta(days=30),
        race_fitness_source="" if score is None else "race",
        median_daily_moving_s=2700.0 if done else None,
        confidence="medium" if done else "low",
    )
