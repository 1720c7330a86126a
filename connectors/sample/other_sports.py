"""What the sample athlete does beside running, out of habit."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

from connectors.sample import sessions
from connectors.sample.life import HOME_ZONE, Life
from connectors.sample.model import Outing, Sport, Stretch
from connectors.sample.setting_out import default_title, start_of

_MONDAY, _FRIDAY, _SATURDAY = 0, 4, 5


def other_sport(life: Life, day: date, *, has_run: bool) -> Outing | None:
    """A swim a month, rides in summer, a hike now and then; in the last week of an injury something every other day."""
    rng = np.random.default_rng([life.seed, day.toordinal(), 12])
    week, weekday = life.weeks_before(day), day.weekday()
    if life.is_ill(day) or life.zone_on(day) != HOME_ZONE:
        return None
    if life.is_injured(day):
        is_better = (life.injury[1] - day).days < 8 and day.toordinal() % 2 == 0
        return _ride(life, day, rng=rng, distance_m=18000.0) if is_better else None
    if weekday == _SATURDAY and week % 9 == 4 and day + timedelta(days=1) not in life.races:
        return _hike(life, day, rng=rng)
    if weekday == _FRIDAY and week % 2 == 0 and 4 <= day.month <= 9 and not has_run:
        return _ride(life, day, rng=rng, distance_m=float(rng.uniform(22000, 36000)))
    return _swim(life, day, rng=rng) if weekday == _MONDAY and week % 4 == 1 and not has_run else None


def _ride(life: Life, day: date, *, distance_m: float, rng: np.random.Generator) -> Outing:
    pace = 1000 / float(rng.uniform(6.4, 7.2))
    stretches = sessions.at_heart_rate(distance_m / 1000 * pace, pace, float(rng.uniform(0.64, 0.72)))
    return _other(life, Sport.RIDE, start_at=start_of(day, rng), stretches=stretches)


def _swim(life: Life, day: date, *, rng: np.random.Generator) -> Outing:
    lengths = int(rng.integers(48, 72))
    pace = float(rng.uniform(1280, 1400))
    stretches = sessions.at_heart_rate(lengths * 25 / 1000 * pace, pace, float(rng.uniform(0.66, 0.72)))
    start_at = datetime.combine(day, time(18, 30)) + timedelta(seconds=int(rng.integers(0, 1800)))
    return _other(life, Sport.SWIM, start_at=start_at, stretches=stretches)


def _hike(life: Life, day: date, *, rng: np.random.Generator) -> Outing:
    pace = float(rng.uniform(760, 860))
    stretches = sessions.at_heart_rate(float(rng.uniform(6500, 10500)), pace, float(rng.uniform(0.52, 0.58)))
    start_at = datetime.combine(day, time(13, 30)) + timedelta(seconds=int(rng.integers(0, 3600)))
    return _other(life, Sport.HIKE, start_at=start_at, stretches=stretches)


def _other(life: Life, sport: Sport, *, start_at: datetime, stretches: tuple[Stretch, ...]) -> Outing:
    return Outing(
        outing_date=start_at.date(),
        kind="other",
        sport=sport,
        local_start_at=start_at,
        zone=life.zone_on(start_at.date()),
        title=default_title(start_at, sport.value.capitalize()),
        stretches=stretches,
        distance_m=sessions.distance_of(stretches),
        effort=3,
    )
