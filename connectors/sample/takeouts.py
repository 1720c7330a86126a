"""Puts the sample athlete's three years together and writes them as take-out files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from connectors.sample.fit_writer import encode_activity, encode_settings
from connectors.sample.following import outings_by_plan
from connectors.sample.habits import outings_by_habit
from connectors.sample.life import HOME_ZONE, Life, unix_s, utc_offset_s
from connectors.sample.model import Device, Motion, Outing, PlannedDay, Recording, Sport, Takeouts
from connectors.sample.motion import live
from connectors.sample.nights import sleep_through
from connectors.sample.other_sports import other_sport
from connectors.sample.recorder import NEW_WATCH, OLD_WATCH, SECOND_WATCH, record
from connectors.sample.strava_archive import ARCHIVE_NAME, Entry, write_strava_archive
from connectors.sample.whoop_export import export_name, write_whoop_export

_COLDEST_DAY_OF_YEAR: Final = 20
_YEAR_MEAN_C, _YEAR_SWING_C, _DAY_SPREAD_C = 10.5, 9.5, 3.5
_CUT_OFF_SHARE = 0.7
_SECOND_SCALE = (1.004, 0.004)  # mean and spread of what the second watch measures
_SECOND_LATE_S = (22, 42)
_BROKEN_BYTES = 61  # the header and half of the first message
_BEFORE_FIRST_RUN_S = 1500

Lived = tuple[Outing, Motion]


def write_takeouts(
    folder: Path,
    *,
    seed: int,
    today: date,
    since: date = date.min,
    until: date | None = None,
    planned: Sequence[PlannedDay] = (),
) -> Takeouts:
    """The sample athlete's take-outs as of the evening of `until`, or of this morning (the default).

    The same seed and today give the same history; `since` and `until` only cut it and `planned` only replaces the habits
    from its first day to its last, so days before stay byte for byte. Today has a night behind it and no run yet.
    """
    last = min(until or today, today)
    life = Life(seed=seed, today=today, since=since)
    if last < life.first_date:
        raise ValueError(f"The sample's history begins on {life.first_date}; there is nothing until {last}.")
    lived = {day: _live_through(life, outings) for day, outings in _diary(life, planned, last=last)}
    loads = {day: sum(motion.load for _, motion in done) for day, done in lived.items()}
    up_by = {
        day: min(unix_s(outing.local_start_at, outing.zone) for outing, _ in done) - _BEFORE_FIRST_RUN_S
        for day, done in lived.items()
        if done
    }
    takeouts = Takeouts(
        strava_archive=folder / ARCHIVE_NAME,
        whoop_export=folder / export_name(last),
        watch_folder=folder / "watch",
    )
    takeouts.watch_folder.mkdir(parents=True, exist_ok=True)
    entries = [_entry(life, *one) for done in lived.values() for one in done if not one[0].is_only_in_watch_folder]
    write_strava_archive(takeouts.strava_archive, entries, taken_on=last)
    write_whoop_export(takeouts.whoop_export, life, sleep_through(life, loads, up_by, until=last), lived, taken_on=last)
    for name, data in _watch_files(life, lived, last=last):
        (takeouts.watch_folder / name).write_bytes(data)
    return takeouts


def _diary(life: Life, planned: Sequence[PlannedDay], *, last: date) -> Iterator[tuple[date, list[Outing]]]:
    """Each day with what the athlete did; today has not happened yet."""
    by_plan = outings_by_plan(life, planned)
    dates = sorted(day.planned_date for day in planned)
    day = life.first_date
    while day <= min(last, life.today - timedelta(days=1)):
        if day in by_plan:
            yield day, [by_plan[day]]
        elif dates and dates[0] <= day <= dates[-1]:
            other = other_sport(life, day, has_run=False)
            yield day, [other] if other else []
        else:
            yield day, outings_by_habit(life, day)
        day += timedelta(days=1)


def _live_through(life: Life, outings: Sequence[Outing]) -> list[Lived]:
    lived = [
        (outing, live(outing, temperature_c=_temperature_c(life, outing), rng=_rng(life, outing, 41)))
        for outing in outings
    ]
    return sorted(lived, key=lambda one: one[0].local_start_at)


def _entry(life: Life, outing: Outing, motion: Motion) -> Entry:
    recording = _first_recording(life, outing, motion)
    file = None if outing.is_manual else encode_activity(recording)
    if file is not None and outing.is_cut_off:
        file = file[: int(len(file) * _CUT_OFF_SHARE)]
    if outing.is_manual:
        recording = _typed_in(recording)
    return Entry(
        outing=outing,
        recording=recording,
        load=motion.load,
        has_new_shoes=life.has_new_watch(outing.outing_date),
        file=file,
    )


def _typed_in(recording: Recording) -> Recording:
    """What somebody types from memory: round numbers and no pauses."""
    minutes = round(recording.timer_s / 300) * 5
    started_at = recording.started_at // 900 * 900
    return replace(
        recording,
        started_at=started_at,
        ended_at=started_at + minutes * 60,
        timer_s=minutes * 60.0,
        distance_m=round(recording.distance_m / 500) * 500.0,
    )


def _watch_files(life: Life, lived: dict[date, list[Lived]], *, last: date) -> Iterator[tuple[str, bytes]]:
    """The folder the watches copy into: second recordings, one run that is nowhere else, settings, one broken file."""
    for day, done in lived.items():
        for outing, motion in done:
            if outing.is_only_in_watch_folder:
                yield _file_name(outing, ""), encode_activity(_first_recording(life, outing, motion))
            if outing.has_second_recording and outing.sport is not Sport.TREADMILL:
                yield _file_name(outing, "-second"), encode_activity(_second_recording(life, outing, motion))
            if day == life.broken_file_date:
                yield (
                    f"{day:%Y-%m-%d}-broken.fit",
                    encode_activity(_first_recording(life, outing, motion))[:_BROKEN_BYTES],
                )
    if life.settings_date <= last:
        created_at = unix_s(datetime.combine(life.settings_date, time(20, 4)), HOME_ZONE)
        yield (
            "Settings.fit",
            encode_settings(
                created_at=created_at,
                manufacturer=SECOND_WATCH.manufacturer,
                product=SECOND_WATCH.product,
                serial_number=SECOND_WATCH.serial_number,
                utc_offset_s=utc_offset_s(created_at, HOME_ZONE),
            ),
        )


def _first_recording(life: Life, outing: Outing, motion: Motion) -> Recording:
    device: Device = NEW_WATCH if life.has_new_watch(outing.outing_date) else OLD_WATCH
    return record(outing, motion, device=device, temperature_c=_temperature_c(life, outing), rng=_rng(life, outing, 42))


def _second_recording(life: Life, outing: Outing, motion: Motion) -> Recording:
    rng = _rng(life, outing, 43)
    return record(
        outing,
        motion,
        device=SECOND_WATCH,
        temperature_c=_temperature_c(life, outing),
        rng=rng,
        late_s=int(rng.integers(*_SECOND_LATE_S)),
        scale=float(rng.normal(*_SECOND_SCALE)),
    )


def _file_name(outing: Outing, suffix: str) -> str:
    return f"{outing.local_start_at:%Y-%m-%d-%H-%M-%S}{suffix}.fit"


def _temperature_c(life: Life, outing: Outing) -> float:
    if outing.sport in (Sport.TREADMILL, Sport.SWIM):
        return 20.0
    day = outing.outing_date
    season = -float(np.cos(2 * np.pi * (day.timetuple().tm_yday - _COLDEST_DAY_OF_YEAR) / 365.25))
    weather = float(np.random.default_rng([life.seed, day.toordinal(), 44]).normal(0, _DAY_SPREAD_C))
    morning = -3.0 if outing.local_start_at.hour < 10 else 1.0
    return _YEAR_MEAN_C + _YEAR_SWING_C * season + weather + morning


def _rng(life: Life, outing: Outing, purpose: int) -> np.random.Generator:
    return np.random.default_rng([life.seed, outing.outing_date.toordinal(), purpose, outing.local_start_at.hour])
