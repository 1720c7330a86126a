"""Writes the strap's export as its app mails it: four CSV files, newest first, wall-clock times with the zone beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Final

import numpy as np

from connectors.sample.abilities import MAX_HEART_RATE_BPM
from connectors.sample.archive import write_zip
from connectors.sample.life import Life, unix_s
from connectors.sample.model import Motion, Outing, Sport
from connectors.sample.nights import Night, Sleep

_CYCLE: Final = ("Cycle start time", "Cycle end time", "Cycle timezone")
_SLEEP: Final = (
    "Sleep performance %",
    "Respiratory rate (rpm)",
    "Asleep duration (min)",
    "In bed duration (min)",
    "Light sleep duration (min)",
    "Deep (SWS) duration (min)",
    "REM duration (min)",
    "Awake duration (min)",
    "Sleep need (min)",
    "Sleep debt (min)",
    "Sleep efficiency %",
    "Sleep consistency %",
)
CYCLES_HEADER: Final = (
    *_CYCLE,
    "Recovery score %",
    "Resting heart rate (bpm)",
    "Heart rate variability (ms)",
    "Skin temp (celsius)",
    "Blood oxygen %",
    "Day Strain",
    "Energy burned (cal)",
    "Max HR (bpm)",
    "Average HR (bpm)",
    "Sleep onset",
    "Wake onset",
    *_SLEEP,
)
SLEEPS_HEADER: Final = (*_CYCLE, "Sleep onset", "Wake onset", *_SLEEP, "Nap")
WORKOUTS_HEADER: Final = (
    *_CYCLE,
    "Workout start time",
    "Workout end time",
    "Duration (min)",
    "Activity name",
    "Activity Strain",
    "Energy burned (cal)",
    "Max HR (bpm)",
    "Average HR (bpm)",
    *(f"HR Zone {zone} %" for zone in range(1, 6)),
    "GPS enabled",
    "Distance (meters)",
    "Altitude gain (meters)",
    "Altitude change (meters)",
)
JOURNAL_HEADER: Final = (*_CYCLE, "Question text", "Answered yes", "Notes")

_ACTIVITY_NAMES: Final = {
    Sport.RUN: "Running",
    Sport.TREADMILL: "Running",
    Sport.TRAIL: "Running",
    Sport.RIDE: "Cycling",
    Sport.SWIM: "Swimming",
    Sport.HIKE: "Hiking/Rucking",
}
_ZONE_FLOORS: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
_ZONED_PCT = 95
_STRAIN_MAX = 21.0
_RESTING_ENERGY_KCAL = 1850.0
_UNRECORDED_SHARE = 0.05  # the strap does not notice every workout
_JOURNAL_SHARE = 0.85

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Cycle:
    """One night with the day after it; the newest is still running and has no end."""

    night: Night
    end_at: int | None

    @property
    def columns(self) -> tuple[str, str, str]:
        end = "" if self.end_at is None else self.clock(self.end_at)
        return self.clock(self.night.cycle_start_at), end, _zone(self.night.utc_offset_s)

    def clock(self, at: int) -> str:
        """The wall clock of this cycle, as all its rows show it."""
        return datetime.fromtimestamp(at + self.night.utc_offset_s, UTC).strftime("%Y-%m-%d %H:%M:%S")


def write_whoop_export(
    path: Path,
    life: Life,
    nights: Sequence[Night],
    lived: Mapping[date, Sequence[tuple[Outing, Motion]]],
    *,
    taken_on: date,
) -> None:
    """The zip as of the evening of `taken_on`, or of its morning when that is today."""
    starts = [night.cycle_start_at for night in nights]
    cycles = [_Cycle(night, end) for night, end in zip_longest(nights, starts[1:])]
    cycles.reverse()
    days: list[tuple[_Cycle, Sequence[tuple[Outing, Motion]]]] = [
        (cycle, lived.get(cycle.night.wake_date, ())) for cycle in cycles
    ]
    files = {
        "physiological_cycles.csv": (CYCLES_HEADER, [_cycle_row(life, *day) for day in days]),
        "sleeps.csv": (SLEEPS_HEADER, [row for cycle in cycles for row in _sleep_rows(cycle)]),
        "workouts.csv": (WORKOUTS_HEADER, [row for day in days for row in _workout_rows(life, *day)]),
        "journal_entries.csv": (JOURNAL_HEADER, [row for cycle in cycles for row in _journal_rows(life, cycle)]),
    }
    members = {name: _csv(header, rows) for name, (header, rows) in files.items()}
    write_zip(path, members, dated=taken_on)


def _cycle_row(life: Life, cycle: _Cycle, lived: Sequence[tuple[Outing, Motion]]) -> Row:
    night = cycle.night
    if night.sleep is None:
        return (*cycle.columns, *("" for _ in CYCLES_HEADER[3:]))
    rng = np.random.default_rng([life.seed, night.wake_date.toordinal(), 31])
    about = float(rng.normal(0, 1))
    is_morning = night.wake_date == life.today
    load = 0.0 if is_morning else sum(motion.load for _, motion in lived) + 14 + 3 * about
    energy = 420.0 if is_morning else _RESTING_ENERGY_KCAL + 8.2 * load + 90 * about
    top = max((float(motion.heart_rate_bpm.max()) for _, motion in lived), default=max(106.0, 118 + 5 * about))
    return (
        *cycle.columns,
        night.recovery_pct,
        night.resting_heart_rate_bpm,
        night.hrv_ms,
        f"{night.skin_temperature_c:.2f}",
        f"{night.blood_oxygen_pct:.2f}",
        f"{_strain(load) + (0.6 if is_morning else 0):.1f}",
        round(energy),
        round(top),
        round(58 + about + min(load, 220) / 14),
        cycle.clock(night.sleep.onset_at),
        cycle.clock(night.sleep.wake_at),
        *_sleep_figures(night.sleep),
    )


def _sleep_rows(cycle: _Cycle) -> list[Row]:
    night = cycle.night
    if night.sleep is None:
        return []
    sleep = night.sleep
    rows: list[Row] = [
        (*cycle.columns, cycle.clock(sleep.onset_at), cycle.clock(sleep.wake_at), *_sleep_figures(sleep), "false")
    ]
    if night.nap is not None:
        nap = night.nap
        minutes = (nap.ended_at - nap.started_at) // 60
        asleep = round(minutes * 0.85)
        # The app scores a nap against its own short need and gives it no consistency.
        figures = (100, sleep.respiratory_rate_rpm, asleep, minutes, asleep, 0, 0, minutes - asleep, 103, 0, 85, "")
        rows.insert(0, (*cycle.columns, cycle.clock(nap.started_at), cycle.clock(nap.ended_at), *figures, "true"))
    return rows


def _sleep_figures(sleep: Sleep) -> Row:
    return (
        sleep.performance_pct,
        sleep.respiratory_rate_rpm,
        sleep.asleep_min,
        sleep.in_bed_min,
        sleep.light_min,
        sleep.deep_min,
        sleep.rem_min,
        sleep.awake_min,
        sleep.need_min,
        sleep.debt_min,
        sleep.efficiency_pct,
        sleep.consistency_pct,
    )


def _workout_rows(life: Life, cycle: _Cycle, lived: Sequence[tuple[Outing, Motion]]) -> list[Row]:
    """The day's workouts as the strap saw them: about the same start, no distance."""
    if cycle.night.sleep is None:
        return []
    rng = np.random.default_rng([life.seed, cycle.night.wake_date.toordinal(), 32])
    rows = []
    for outing, motion in reversed(lived):
        shift_s, longer_s, is_missed = int(rng.integers(-120, 200)), int(rng.integers(-60, 150)), rng.random()
        if is_missed < _UNRECORDED_SHARE:
            continue
        start_at = unix_s(outing.local_start_at, outing.zone) + shift_s
        moving_s = len(motion.distance_m) - 1
        end_at = start_at + moving_s + sum(length for _, length in motion.pauses) + longer_s
        beats = motion.heart_rate_bpm
        rows.append(
            (
                *cycle.columns,
                cycle.clock(start_at),
                cycle.clock(end_at),
                round((end_at - start_at) / 60),
                _ACTIVITY_NAMES[outing.sport],
                f"{_strain(motion.load):.1f}",
                round(moving_s / 60 * 11.5),
                round(float(beats.max())),
                round(float(beats.mean())),
                *_zones_pct(motion),
                "false",
                "",
                "",
                "",
            )
        )
    return rows


def _zones_pct(motion: Motion) -> list[int]:
    share = motion.heart_rate_bpm / MAX_HEART_RATE_BPM
    # Some beats of every workout lie below the first zone, which the export does not list.
    counts = np.histogram(share, bins=[*_ZONE_FLOORS, 2.0])[0]
    return [round(_ZONED_PCT * int(count) / len(share)) for count in counts]


def _journal_rows(life: Life, cycle: _Cycle) -> list[Row]:
    night = cycle.night
    rng = np.random.default_rng([life.seed, night.wake_date.toordinal(), 33])
    chances = rng.random(4)
    if night.sleep is None or chances[0] > _JOURNAL_SHARE:
        return []
    answers = {
        "Have any alcoholic drinks?": night.had_alcohol,
        "Consume caffeine?": bool(chances[1] < 0.9),
        "Feeling sick or ill?": night.is_ill,
        "Experience stress?": bool(chances[2] < 0.2),
    }
    return [
        (*cycle.columns, question, "true" if yes else "false", "Sore throat" if yes and "ill?" in question else "")
        for question, yes in answers.items()
    ]


def _strain(load: float) -> float:
    """The strap's scale ends at 21, approached ever more slowly."""
    return _STRAIN_MAX * (1 - float(np.exp(-load / 110)))


def _zone(offset_s: int) -> str:
    if offset_s == 0:
        return "UTCZ"
    hours, minutes = divmod(abs(offset_s) // 60, 60)
    return f"UTC{'+' if offset_s > 0 else '-'}{hours:02d}:{minutes:02d}"


def _csv(header: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def export_name(taken_on: date) -> str:
    """The app names its zip by the day it was asked for."""
    return f"my_whoop_data_{taken_on:%Y_%m_%d}.zip"
