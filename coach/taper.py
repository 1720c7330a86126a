"""The taper: seven-day blocks counted back from race day, less in each, with a touch of pace to stay sharp."""

from __future__ import annotations

from datetime import date, timedelta

from coach.ground import Ground, Slot, floor_total
from coach.limits import LONG_SHARE_MAX, floor_step
from coach.week import Role, Skeleton, share_out

# The longest run of each taper block against the peak long run; a strict taper is monotone (Smyth & Lawlor 2021).
_TAPER_LONG: dict[int, tuple[float, ...]] = {1: (0.60,), 2: (0.60, 0.40), 3: (0.75, 0.60, 0.40)}
# On three run days the runs are few, so each may be longer; the long run still falls strictly.
_TAPER_LONG_FEW_DAYS: dict[int, tuple[float, ...]] = {1: (0.75,), 2: (0.70, 0.50), 3: (0.85, 0.70, 0.50)}
_FEW_RUN_DAYS = 3
# The last two blocks together: about half of the peak (Bosquet 2007: 41-60 % less).
_LAST_TWO_BLOCKS = 0.86
_BLOCK_MAX = 0.77
_EVEN = 1.2  # a run that stands out by a quarter is a long run by content
_TOUCH_BEFORE_RACE_DAYS = 3
_DAY = timedelta(days=1)
_SUNDAY = 6


def lay_taper(ground: Ground) -> None:
    """Seven-day blocks counted back from race day: volume and longest run fall strictly, frequency stays."""
    season, rules = ground.course.season, ground.course.rules
    if rules is None or season.race_date is None:
        return
    longs = _taper_longs(ground)
    volumes = list(rules.taper)
    if len(volumes) >= 2:
        # A race block with few usable days holds less than its share; the block before makes up for it.
        last = season.taper_blocks[-1]
        room_m = longs[-1] * ground.peak_long_m * len(_race_block_days(ground, last))
        missing = _LAST_TWO_BLOCKS - min(volumes[-1], room_m / max(1, ground.peak_m))
        volumes[-2] = min(_BLOCK_MAX, max(volumes[-2], missing))
    most_m = [share * ground.peak_long_m for share in longs]
    if len(most_m) == 1:
        most_m = [min(most_m[0], _EVEN * taper_run_m(ground))]  # there is no long run in a race week
    for index, block in enumerate(season.taper_blocks):
        after_m = most_m[index + 1] if index + 1 < len(most_m) else most_m[index]
        _add_block(ground, block, floor_total(volumes[index] * ground.peak_m), most_m[index], after_m)
    race = Slot(day=season.race_date, role=Role.RACE, distance_m=round(rules.distance_m))
    ground.put(ground.number_of(season.race_date), race)


def taper_run_m(ground: Ground) -> int:
    """The longest easy run beside the first taper days of its week: much longer would be a long run by content."""
    rules = ground.course.rules
    if rules is None:
        return 0
    even_m = rules.taper[0] * ground.peak_m / max(1, ground.runs)
    return floor_step(min(even_m, _taper_longs(ground)[0] * ground.peak_long_m))


def _taper_longs(ground: Ground) -> tuple[float, ...]:
    """The longest run of each taper block as a share of the peak long run."""
    table = _TAPER_LONG_FEW_DAYS if ground.runs <= _FEW_RUN_DAYS else _TAPER_LONG
    return table[len(ground.course.season.taper_blocks)]


def _add_block(ground: Ground, block: tuple[date, ...], total_m: int, long_m: float, after_m: float) -> None:
    """One block; its runs in the Monday week of the next block do not stand out beside that block's runs."""
    course = ground.course
    race_date = course.season.race_date
    skeleton = ground.skeleton(0.0)
    is_race_block = race_date in block
    days = [d for d in block if d.weekday() in skeleton.run_days]
    if is_race_block:
        days = _race_block_days(ground, block)
    touch = _touch(ground, block, days, skeleton)
    roles = ground.roles(skeleton, days, touch)
    if is_race_block:
        roles = {d: Role.EASY if role is Role.LONG else role for d, role in roles.items()}
    limits = ground.limits(roles, most_m=long_m)
    if block[-1].weekday() != _SUNDAY:
        monday = block[-1] - block[-1].weekday() * _DAY
        limits |= {d: min(limits[d], _EVEN * after_m) for d in roles if d >= monday and roles[d] is not Role.LONG}
    share = LONG_SHARE_MAX if len(roles) >= 4 else None
    for d, metres in sorted(share_out(total_m, roles, limits, share=share).items()):
        if metres > 0:
            ground.put(ground.number_of(d), Slot(day=d, role=roles[d], distance_m=metres))


def _race_block_days(ground: Ground, block: tuple[date, ...]) -> list[date]:
    """One run fewer than usual (the race is one), the day before the race only as a last resort."""
    skeleton = ground.skeleton(0.0)
    runs = len(skeleton.run_days)
    usable = [d for d in block[:-1] if d.weekday() in ground.course.available]
    chosen = [d for d in usable if d.weekday() in skeleton.run_days and d != block[-2]]
    others = [d for d in usable if d not in chosen]
    taken = set(chosen)
    for d in others:
        number = ground.number_of(d)
        in_week = {s.day for s in ground.slots[number]} | {t for t in taken if ground.number_of(t) == number}
        if len(taken) < runs - 1 and len(in_week) < runs:
            taken.add(d)
    return sorted(taken)[: max(1, runs - 1)]


def _touch(ground: Ground, block: tuple[date, ...], days: list[date], skeleton: Skeleton) -> tuple[date, ...]:
    """One short reminder of pace per block, well before the race."""
    course = ground.course
    race_date = course.season.race_date
    away = max(course.gap_days, _TOUCH_BEFORE_RACE_DAYS)
    longs = {d for d in block if d.weekday() == course.long_day and race_date not in block}
    legal = [
        d
        for d in days
        if ground.may_be_hard(d)
        and d.weekday() != course.long_day
        and race_date is not None
        and (race_date - d).days >= away
        and all(abs((d - other).days) >= course.gap_days for other in ground.hard | longs)
    ]
    preferred = [d for d in legal if d.weekday() in skeleton.quality_days]
    return tuple((preferred or legal)[-1:] if race_date in block else (preferred or legal)[:1])
