"""Sleep, heart and recovery night by night: hard days, bad sleep, a drink and illness show the next morning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np

from connectors.sample.life import Life, unix_s, utc_offset_s

_USUAL_LOAD = 45.0
_LOAD_SPREAD = 50.0
_ACUTE_MEMORY = 0.6
_NOISE_MEMORY = 0.4
_CALM_NIGHTS = 7  # before today: nothing but training moves the last week
_SLEEP_GOAL_MIN = 462.0
_HRV_SPREAD = 0.12  # of ln rMSSD, night to night
_ILLNESS_DEPTH: Final = (1.6, 2.6, 2.8, 2.2, 1.5, 1.0)
_AFTER_ILLNESS: Final = (0.7, 0.4)
# What this morning shows stays between a good amber and green.
_TODAY_LOW, _TODAY_HIGH = -0.1, 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Nap:
    started_at: int
    ended_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """One night's figures; minutes and whole per cents as the strap's app prints them."""

    onset_at: int
    wake_at: int
    light_min: int
    deep_min: int
    rem_min: int
    awake_min: int
    need_min: int
    debt_min: int
    performance_pct: int
    efficiency_pct: int
    consistency_pct: int
    respiratory_rate_rpm: float

    @property
    def asleep_min(self) -> int:
        return self.light_min + self.deep_min + self.rem_min

    @property
    def in_bed_min(self) -> int:
        return self.asleep_min + self.awake_min


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The cycle that belongs to a day: it begins when the athlete falls asleep the evening before.

    `sleep` and the recovery figures are None when the strap was not worn.
    """

    wake_date: date
    cycle_start_at: int
    utc_offset_s: int
    sleep: Sleep | None = None
    nap: Nap | None = None
    recovery_pct: int | None = None
    resting_heart_rate_bpm: int | None = None
    hrv_ms: int | None = None
    skin_temperature_c: float | None = None
    blood_oxygen_pct: float | None = None
    had_alcohol: bool = False
    is_ill: bool = False


def sleep_through(
    life: Life, loads: Mapping[date, float], up_by: Mapping[date, int], *, until: date
) -> tuple[Night, ...]:
    """Every night since the strap was bought, to the one that ended on `until`, oldest first.

    `loads` are the training impulses of each day, `up_by` when the athlete had to be out of bed at the latest.
    """
    nights = []
    acute = noise = debt = 0.0
    day = life.first_strap_date
    while day <= until:
        rng = np.random.default_rng([life.seed, day.toordinal(), 21])
        load = (loads.get(day - timedelta(days=1), 0.0) - _USUAL_LOAD) / _LOAD_SPREAD
        acute = _ACUTE_MEMORY * acute + (1 - _ACUTE_MEMORY) * load
        calm = 0.6 if life.days_before(day) < _CALM_NIGHTS else 1.0
        noise = _NOISE_MEMORY * noise + float(rng.normal(0, 0.78)) * calm
        sleep = _sleep(life, day, debt, up_by=up_by.get(day), rng=rng)
        debt = float(np.clip(0.5 * debt + 0.4 * (sleep.need_min - sleep.asleep_min), 0, 120))
        nights.append(_night(life, day, sleep, form=-0.42 * load - 0.3 * acute + noise, rng=rng))
        day += timedelta(days=1)
    return tuple(nights)


def _night(life: Life, day: date, sleep: Sleep, *, form: float, rng: np.random.Generator) -> Night:
    had_alcohol = bool(rng.random() < (0.3 if day.weekday() >= 5 else 0.06)) and not life.is_ill(day)
    sickness = _sickness(life, day)
    rested = (sleep.performance_pct - 88) / 10
    form += 0.25 * rested - (0.75 if had_alcohol else 0.0) - sickness
    flicker = rng.normal(0, 1, 5)
    if day == life.today:
        form = float(np.clip(form, _TODAY_LOW, _TODAY_HIGH))
        flicker *= 0.3
    years = life.days_before(day) / 365.25
    recovery = int(np.clip(round(61 + 17 * form + 2.5 * flicker[0]), 2, 98))
    night = Night(
        wake_date=day,
        cycle_start_at=sleep.onset_at,
        utc_offset_s=utc_offset_s(sleep.onset_at, life.zone_on(day)),
        had_alcohol=had_alcohol,
        is_ill=sickness > 1.2,
    )
    if not life.has_strap(day):
        return night
    nap_at = unix_s(datetime.combine(day, time(13, 40)), life.zone_on(day)) + int(flicker[4] * 900)
    return Night(
        wake_date=day,
        cycle_start_at=night.cycle_start_at,
        utc_offset_s=night.utc_offset_s,
        sleep=sleep,
        nap=Nap(started_at=nap_at, ended_at=nap_at + 60 * int(rng.integers(18, 55))) if rng.random() < 0.03 else None,
        recovery_pct=recovery,
        resting_heart_rate_bpm=round(49.0 + 1.4 * years - 1.5 * form + 1.9 * sickness + 0.6 * flicker[1]),
        hrv_ms=round((68 - 2.5 * years) * float(np.exp(_HRV_SPREAD * form + 0.03 * flicker[2]))),
        skin_temperature_c=round(33.9 + 0.25 * float(flicker[3]) + 0.35 * sickness, 2),
        blood_oxygen_pct=round(float(np.clip(96.2 + 0.7 * flicker[4] - 0.4 * sickness, 90, 99.5)), 2),
        had_alcohol=had_alcohol,
        is_ill=night.is_ill,
    )


def _sleep(life: Life, day: date, debt: float, *, up_by: int | None, rng: np.random.Generator) -> Sleep:
    zone = life.zone_on(day)
    late = 35 if day.weekday() >= 5 else 0
    bed_min = float(rng.normal(-52 + late, 26))  # minutes after midnight
    in_bed = int(np.clip(rng.normal(478 + late, 34), 320, 600))
    shares = rng.normal((0.20, 0.235, 0.075), (0.022, 0.028, 0.02))
    if life.is_ill(day):
        in_bed, shares[2] = in_bed + 45, shares[2] + 0.04
    seconds = int(rng.integers(0, 60))
    onset_at = unix_s(datetime.combine(day, time()) + timedelta(minutes=round(bed_min), seconds=seconds), zone)
    if up_by is not None:
        in_bed = min(in_bed, (up_by - onset_at) // 60)
    awake = round(in_bed * float(np.clip(shares[2], 0.02, 0.2)))
    asleep = in_bed - awake
    deep, rem = round(asleep * float(shares[0])), round(asleep * float(shares[1]))
    need = round(_SLEEP_GOAL_MIN + 0.35 * debt + float(rng.normal(0, 8)))
    sickness = _sickness(life, day)
    return Sleep(
        onset_at=onset_at,
        wake_at=onset_at + in_bed * 60,
        light_min=asleep - deep - rem,
        deep_min=deep,
        rem_min=rem,
        awake_min=awake,
        need_min=need,
        debt_min=round(0.35 * debt),
        performance_pct=min(100, round(100 * asleep / need)),
        efficiency_pct=round(100 * asleep / in_bed),
        consistency_pct=int(np.clip(rng.normal(76, 7), 40, 95)),
        respiratory_rate_rpm=round(14.3 + 0.25 * float(rng.normal()) + 0.6 * sickness, 1),
    )


def _sickness(life: Life, day: date) -> float:
    first, last = life.illness
    since = (day - first).days
    if life.is_ill(day):
        return _ILLNESS_DEPTH[min(since, len(_ILLNESS_DEPTH) - 1)]
    after = (day - last).days - 1
    return _AFTER_ILLNESS[after] if 0 <= after < len(_AFTER_ILLNESS) else 0.0
