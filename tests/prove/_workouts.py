"""Drawn runs whose repetitions are known: workouts of many shapes and runs that hold none, as a watch would write them.

What the detection was tuned on and what proves it never meet: negative seeds draw from the wider ranges of `TUNING`, seeds of
zero and above from those of `PROOF`. A proof that failed sends the work back to negative seeds, and is run again on new ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import pi, sin
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.files.streams import STREAM_SCHEMA

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
Ints = tuple[int, int]
Floats = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """From where to where things are drawn."""

    easy_m_per_s: Floats
    noise_m_per_s: Floats
    noise_memory: Floats
    fade: Floats
    unevenness: Floats
    ramp_s: Ints
    warm_up_s: Ints
    dropouts: Ints
    jog: Floats
    hill_m: Floats


PROOF = Ranges(
    easy_m_per_s=(2.3, 3.5),
    noise_m_per_s=(0.05, 0.20),
    noise_memory=(0.4, 0.85),
    fade=(-0.01, 0.05),
    unevenness=(0.0, 0.02),
    ramp_s=(2, 7),
    warm_up_s=(480, 1300),
    dropouts=(0, 3),
    jog=(0.68, 0.98),
    hill_m=(0.0, 6.0),
)
TUNING = Ranges(
    easy_m_per_s=(2.2, 3.7),
    noise_m_per_s=(0.08, 0.22),
    noise_memory=(0.3, 0.88),
    fade=(0.0, 0.06),
    unevenness=(0.0, 0.025),
    ramp_s=(3, 8),
    warm_up_s=(420, 1400),
    dropouts=(0, 4),
    jog=(0.65, 0.98),
    hill_m=(0.0, 7.5),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some seconds at one effort; `grade` only where the part is a hill."""

    duration_s: int
    speed_m_per_s: float
    is_work: bool = False
    grade: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueRep:
    started_s: float
    duration_s: float
    distance_m: float

    @property
    def pace_s_per_km(self) -> float:
        return 1000 * self.duration_s / self.distance_m

    @property
    def ended_s(self) -> float:
        return self.started_s + self.duration_s


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRun:
    """One run as recorded, with what was really run."""

    shape: str
    samples: pa.Table
    reps: tuple[TrueRep, ...]
    distance_m: float
    duration_s: float
    is_trail: bool = False


@dataclass(slots=True)
class _Day:
    """One runner's paces and one day's watch, weather and legs."""

    rng: random.Random
    ranges: Ranges
    easy: float = field(init=False)
    amplitude_m: float = field(init=False)
    wave_m: float = field(init=False)

    def __post_init__(self) -> None:
        self.easy = self.between(self.ranges.easy_m_per_s)
        self.amplitude_m = self.between(self.ranges.hill_m) if self.rng.random() < 0.5 else 0.0
        self.wave_m = self.rng.uniform(500, 1500)

    def between(self, bounds: Floats) -> float:
        return self.rng.uniform(*bounds)

    def marathon(self) -> float:
        return self.easy * self.rng.uniform(1.13, 1.18)

    def threshold(self) -> float:
        return self.easy * self.rng.uniform(1.20, 1.27)

    def interval(self) -> float:
        return self.easy * self.rng.uniform(1.29, 1.37)

    def repetition(self) -> float:
        return self.easy * self.rng.uniform(1.40, 1.52)

    def warm_up(self) -> list[Part]:
        """Easy running, now and then held up by a light."""
        total, parts = self.rng.randint(*self.ranges.warm_up_s), []
        if self.rng.random() < 0.4:
            first = self.rng.randint(120, total - 120)
            parts = [self.easy_for(first), Part(duration_s=self.rng.randint(5, 60), speed_m_per_s=0.0)]
            total -= first
        return [*parts, self.easy_for(total)]

    def cool_down(self) -> list[Part]:
        return [self.easy_for(self.rng.randint(*self.ranges.warm_up_s) * 2 // 3)]

    def easy_for(self, seconds: int) -> Part:
        return Part(duration_s=seconds, speed_m_per_s=self.easy * self.rng.uniform(0.97, 1.03))

    def rest(self, seconds: int, kind: str | None = None) -> Part:
        kind = kind or self.rng.choice(["jog", "jog", "jog", "walk", "stand"])
        speed = {"jog": self.easy * self.between(self.ranges.jog), "walk": self.rng.uniform(1.2, 1.6), "stand": 0.0}
        return Part(duration_s=seconds, speed_m_per_s=speed[kind])

    def set_of(
        self, lengths: Sequence[float], speed: float, rests_s: Sequence[int], *, by: str, rest_kind: str | None = None
    ) -> list[Part]:
        """Work and rests between; each rep a little different, the later ones a little slower."""
        fade, uneven = self.between(self.ranges.fade), self.between(self.ranges.unevenness)
        kind = rest_kind or self.rng.choice(["jog", "jog", "jog", "walk", "stand"])
        parts: list[Part] = []
        for number, length in enumerate(lengths):
            this = speed * (1 - fade * number / max(1, len(lengths) - 1)) * self.rng.gauss(1, uneven)
            if number:
                parts.append(self.rest(max(10, rests_s[number - 1] + self.rng.randint(-4, 4)), kind))
            seconds = length / this if by == "m" else length
            parts.append(Part(duration_s=round(seconds), speed_m_per_s=this, is_work=True))
        return parts


def _even(count: Ints, length: Sequence[float], rest_s: Ints, effort: str, *, by: str, kind: str | None = None) -> Any:
    def shape(day: _Day) -> list[Part]:
        number, rest = day.rng.randint(*count), day.rng.randint(*rest_s)
        lengths = [day.rng.choice(length)] * number
        speed = getattr(day, effort)()
        work = day.set_of(lengths, speed, [rest] * number, by=by, rest_kind=kind)
        return [*day.warm_up(), *work, *day.cool_down()]

    return shape


def _tempo(day: _Day) -> list[Part]:
    block = Part(duration_s=day.rng.randint(1100, 1800), speed_m_per_s=day.threshold(), is_work=True)
    return [*day.warm_up(), block, *day.cool_down()]


def _strides(day: _Day) -> list[Part]:
    number, rest = day.rng.randint(4, 8), day.rng.randint(55, 95)
    fast = day.easy * day.rng.uniform(1.55, 1.8)
    parts = day.set_of([day.rng.randint(18, 25)] * number, fast, [rest] * number, by="s")
    return [day.easy_for(day.rng.randint(1200, 2400)), *parts, day.easy_for(day.rng.randint(120, 400))]


def _ladder(day: _Day) -> list[Part]:
    lengths = [60 * minutes for minutes in day.rng.choice([(1, 2, 3, 2, 1), (1, 2, 3, 4, 3, 2, 1), (3, 2, 1, 3, 2, 1)])]
    rests = [max(45, round(day.rng.uniform(0.5, 1.0) * s)) for s in lengths]
    return [*day.warm_up(), *day.set_of(lengths, day.interval(), rests, by="s"), *day.cool_down()]


def _pyramid(day: _Day) -> list[Part]:
    lengths = day.rng.choice(
        [(200, 400, 600, 800, 600, 400, 200), (400, 800, 1200, 800, 400), (300, 600, 900, 600, 300)]
    )
    rests = [day.rng.randint(60, 120)] * len(lengths)
    return [*day.warm_up(), *day.set_of(lengths, day.interval(), rests, by="m"), *day.cool_down()]


def _marathon_pace(day: _Day) -> list[Part]:
    number, metres = day.rng.choice([(3, 3000), (2, 4000), (2, 6000), (4, 2000)])
    easy_between = [day.rng.randint(180, 420)] * number
    fast, fade = day.marathon(), day.between(day.ranges.unevenness)
    parts: list[Part] = [day.easy_for(day.rng.randint(1800, 3000))]
    for rep in range(number):
        speed = fast * day.rng.gauss(1, fade / 2)
        parts.append(Part(duration_s=round(metres / speed), speed_m_per_s=speed, is_work=True))
        parts.append(day.easy_for(easy_between[rep] if rep < number - 1 else day.rng.randint(400, 900)))
    return parts


def _hills(day: _Day) -> list[Part]:
    number, seconds, grade = day.rng.randint(6, 10), day.rng.choice([45, 60, 75, 90]), day.rng.uniform(0.05, 0.09)
    effort, parts = day.easy * day.rng.uniform(1.35, 1.5), day.warm_up()
    for _ in range(number):
        up = effort * day.rng.gauss(1, 0.015)
        parts.append(Part(duration_s=seconds, speed_m_per_s=up, is_work=True, grade=grade))
        climbed = up * seconds / _grade_factor(grade)
        down = day.easy * day.rng.uniform(0.62, 0.8)
        parts.append(Part(duration_s=round(climbed * _grade_factor(-grade) / down), speed_m_per_s=down, grade=-grade))
    return [*parts, *day.cool_down()]


def _stopped_watch(day: _Day) -> list[Part]:
    """Reps and nothing else: the watch runs in the work alone."""
    metres, number = day.rng.choice([800, 1000, 1609.344]), day.rng.randint(3, 6)
    rests = [day.rng.randint(60, 240)] * number
    return day.set_of([metres] * number, day.interval(), rests, by="m", rest_kind="stand")


def _fartlek(day: _Day) -> list[Part]:
    """Surges as a coach writes them, run by feel: none is exact, and none as fast as the other."""
    parts = day.warm_up()
    pattern = day.rng.choice([(60,), (90,), (120,), (60, 120), (180, 120, 60), (60, 120, 180, 120, 60), (120, 60)])
    for seconds in pattern * day.rng.randint(-(-5 // len(pattern)), max(2, 10 // len(pattern))):
        speed = day.easy * day.rng.uniform(1.26, 1.45)
        parts.append(Part(duration_s=seconds + day.rng.randint(-4, 4), speed_m_per_s=speed, is_work=True))
        parts.append(Part(duration_s=day.rng.randint(45, 150), speed_m_per_s=day.easy * day.rng.uniform(0.85, 1.0)))
    return [*parts, *day.cool_down()]


def _two_sets(day: _Day) -> list[Part]:
    """A set of short reps after a longer block, with a longer rest between the sets."""
    metres, speed = day.rng.choice([200, 300, 400]), day.repetition()
    first = day.set_of([metres] * 4, speed, [day.rng.randint(45, 75)] * 4, by="m", rest_kind="jog")
    second = day.set_of([metres] * 4, speed, [day.rng.randint(45, 75)] * 4, by="m", rest_kind="jog")
    return [*day.warm_up(), *first, day.rest(day.rng.randint(180, 300), "jog"), *second, *day.cool_down()]


def _easy(day: _Day) -> list[Part]:
    return _wandering(day, day.rng.randint(1800, 5400))


def _wandering(day: _Day, seconds: int) -> list[Part]:
    """Easy running as people do it: every few minutes a touch faster or slower."""
    parts, left = [], seconds
    while left > 0:
        part = min(left, day.rng.randint(60, 400))
        parts.append(Part(duration_s=part, speed_m_per_s=day.easy * day.rng.gauss(1, 0.02)))
        left -= part
    return parts


def _with_stops(count: Ints, apart_s: Ints, stop_s: Ints) -> Callable[[_Day], list[Part]]:
    def shape(day: _Day) -> list[Part]:
        parts = _wandering(day, day.rng.randint(*apart_s))
        for _ in range(day.rng.randint(*count)):
            parts.append(Part(duration_s=day.rng.randint(*stop_s), speed_m_per_s=0.0))
            parts += _wandering(day, day.rng.randint(*apart_s))
        return parts

    return shape


def _progression(day: _Day) -> list[Part]:
    last = day.easy * day.rng.uniform(1.15, 1.35)
    steps, seconds = day.rng.choice([3, 4, 5, 6, 40]), day.rng.randint(2100, 4200)
    parts = [
        Part(duration_s=seconds // steps, speed_m_per_s=day.easy + (last - day.easy) * step / (steps - 1))
        for step in range(steps)
    ]
    return parts if day.rng.random() < 0.7 else [*parts, day.easy_for(day.rng.randint(180, 420))]


def _negative_split(day: _Day) -> list[Part]:
    seconds, faster = day.rng.randint(2700, 4200), day.easy * day.rng.uniform(1.05, 1.13)
    second = [
        Part(duration_s=p.duration_s, speed_m_per_s=p.speed_m_per_s * faster / day.easy)
        for p in _wandering(day, seconds)
    ]
    return [*_wandering(day, seconds), *second]


SHAPES: dict[str, Callable[[_Day], list[Part]]] = {
    "800s": _even((5, 7), (800,), (90, 150), "interval", by="m"),
    "400s": _even((6, 12), (400,), (60, 120), "repetition", by="m"),
    "200s": _even((8, 14), (200,), (40, 90), "repetition", by="m"),
    "300s": _even((6, 8), (300,), (60, 120), "repetition", by="m"),
    "1000s standing": _even((4, 6), (1000,), (45, 120), "interval", by="m", kind="stand"),
    "long intervals": _even((4, 6), (180, 240, 300), (120, 240), "interval", by="s"),
    "3 x 10 min": _even((2, 4), (480, 600, 720), (60, 180), "threshold", by="s", kind="jog"),
    "2 x 15 min": _even((2, 2), (840, 900, 1200), (90, 240), "threshold", by="s", kind="jog"),
    "cruise": _even((3, 5), (300, 480), (60, 60), "threshold", by="s", kind="jog"),
    "tempo block": _tempo,
    "minutes": _even((8, 12), (60,), (60, 60), "interval", by="s", kind="jog"),
    "strides": _strides,
    "ladder": _ladder,
    "pyramid": _pyramid,
    "marathon pace": _marathon_pace,
    "hill repeats": _hills,
    "fartlek": _fartlek,
    "stopped watch": _stopped_watch,
    "two sets": _two_sets,
}
NULLS: dict[str, Callable[[_Day], list[Part]]] = {
    "easy": _easy,
    "easy with stops": _with_stops((4, 10), (180, 700), (8, 70)),
    "stop and go": _with_stops((12, 25), (40, 200), (5, 45)),
    "long with lights": _with_stops((3, 9), (700, 1800), (20, 150)),
    "progression": _progression,
    "negative split": _negative_split,
    "rolling hills": _easy,
    "trail": _easy,
}


def draw(shape: str, seed: int) -> DrawnRun:
    """One run of a shape; a negative seed is for tuning, any other for proving."""
    rng = random.Random(f"{shape}/{seed}")
    day = _Day(rng, PROOF if seed >= 0 else TUNING)
    if shape == "rolling hills":
        day.amplitude_m, day.wave_m = rng.uniform(4, 10), rng.uniform(600, 1500)
    if shape == "trail":
        day.amplitude_m, day.wave_m = rng.uniform(8, 20), rng.uniform(400, 1000)
    parts = (SHAPES | NULLS)[shape](day)
    return _Recorder(day).record(shape, parts)


@dataclass(slots=True)
class _Recorder:
    """Runs the parts and writes them down as one watch does."""

    day: _Day

    def record(self, shape: str, parts: Sequence[Part]) -> DrawnRun:
        rng, ranges = self.day.rng, self.day.ranges
        efforts = np.concatenate([np.full(part.duration_s, part.speed_m_per_s) for part in parts])
        slopes = np.concatenate([np.full(p.duration_s, np.nan if p.grade is None else p.grade) for p in parts])
        efforts = _ramped(efforts, rng.randint(*ranges.ramp_s))
        speeds, altitudes = self._over_the_ground(efforts, slopes, rng.uniform(0.7, 1.1))
        sd, memory = self.day.between(ranges.noise_m_per_s), self.day.between(ranges.noise_memory)
        noise = _remembering(rng, len(speeds), sd, memory)
        seen = np.where(speeds > 0.4, np.maximum(0.0, speeds + noise), np.abs(noise) * 0.3)
        if shape == "trail":
            seen *= 1 + _remembering(rng, len(seen), 0.08, 0.97)
        kept = self._kept(seen, is_pausing=rng.random() < 0.3 or shape == "stopped watch")
        reps, started_s = [], 0
        covered = np.concatenate([[0.0], np.cumsum(speeds)])
        for part in parts:
            if part.is_work:
                metres = float(covered[started_s + part.duration_s] - covered[started_s])
                reps.append(TrueRep(started_s=started_s, duration_s=part.duration_s, distance_m=metres))
            started_s += part.duration_s
        distances = np.concatenate([[0.0], np.cumsum(seen)])
        at = np.flatnonzero(np.concatenate([[True], kept]))
        return DrawnRun(
            shape=shape,
            samples=_table(at, distances[at], np.concatenate([altitudes[:1], altitudes])[at]),
            reps=tuple(reps),
            distance_m=float(distances[-1]),
            duration_s=float(len(seen)),
            is_trail=shape == "trail" and rng.random() < 0.5,
        )

    def _over_the_ground(self, efforts: Any, slopes: Any, obedience: float) -> tuple[Any, Any]:
        """Speed and altitude, second by second: uphill the same effort is slower, though not exactly by the book."""
        rng, position, altitude = self.day.rng, 0.0, 100.0
        speeds, altitudes = np.zeros(len(efforts)), np.zeros(len(efforts))
        amplitude, wave = self.day.amplitude_m, self.day.wave_m
        for second, effort in enumerate(efforts):
            if not np.isnan(slopes[second]):
                grade, factor = slopes[second], _grade_factor(slopes[second])
            else:
                grade = 0.0
                for number, share in ((1, 0.8), (1.7, 0.2)):
                    turn = 2 * pi * number / wave
                    grade += amplitude * share * turn * sin(turn * position)
                grade = max(-0.2, min(0.2, grade))
                factor = _grade_factor(grade) ** obedience
            speeds[second] = effort / factor
            position += speeds[second]
            altitude += speeds[second] * grade
            altitudes[second] = altitude
        sd = 0.3 if rng.random() < 0.7 else 1.5  # with and without a barometer
        wobble = _remembering(rng, len(efforts), sd, 0.98)
        return speeds, np.round((altitudes + wobble) / 0.2) * 0.2

    def _kept(self, seen: Any, *, is_pausing: bool) -> Any:
        """Which seconds the watch writes: every one, or only some; none while it pauses by itself or has no view."""
        rng = self.day.rng
        kept = np.ones(len(seen), dtype=bool)
        if rng.random() < 0.3:
            at = 0
            kept[:] = False
            while at < len(seen):
                kept[at] = True
                at += rng.choice([1, 1, 2, 3, 4, 6])
        for _ in range(rng.randint(*self.day.ranges.dropouts)):
            at = rng.randrange(len(seen))
            kept[at : at + rng.randint(3, 15)] = False
        if is_pausing:
            still = np.convolve(seen < 0.5, np.ones(5), "full")[: len(seen)] >= 5
            kept &= ~still
        kept[-1] = True
        return kept


def _ramped(values: Any, seconds: int) -> Any:
    """Nobody changes pace within a second; half-way through the change is where one part ends."""
    padded = np.pad(values, (seconds, seconds), mode="edge")
    return np.convolve(padded, np.ones(seconds) / seconds, "same")[seconds:-seconds]


def _remembering(rng: random.Random, count: int, sd: float, memory: float) -> Any:
    fresh = np.random.default_rng(rng.getrandbits(32)).normal(0, sd * (1 - memory**2) ** 0.5, count)
    values, last = np.empty(count), 0.0
    for index, value in enumerate(fresh.tolist()):
        last = memory * last + value
        values[index] = last
    return values


def _grade_factor(grade: float) -> float:
    """What a slope costs at equal heart rate (the published fit that the marts use)."""
    g = 100 * max(-0.34, min(0.34, grade))
    return (
        1
        + 0.029290920646623777 * g
        + 0.0018083953212790634 * g**2
        + 4.0662425671715924e-7 * g**3
        - 3.686186584867523e-7 * g**4
        - 2.6628107325930747e-9 * g**5
    )


def _table(at: Any, distances: Any, altitudes: Any) -> pa.Table:
    columns = {
        "sample_at": np.datetime64(_EPOCH.replace(tzinfo=None), "ms") + (at * 1000).astype("timedelta64[ms]"),
        "latitude_deg": 50 + distances / 111_000,
        "longitude_deg": np.full(len(at), 8.0),
        "distance_m": distances,
        "altitude_m": altitudes,
    }
    schema = pa.schema(list(STREAM_SCHEMA)[2:])
    filled = {
        name: columns[name] if name in columns else pa.nulls(len(at), schema.field(name).type) for name in schema.names
    }
    return pa.table(filled, schema=schema)


def moved_to(samples: pa.Table, started_at: datetime) -> pa.Table:
    """The same samples on another day."""
    offset = started_at - _EPOCH
    at = samples["sample_at"].to_numpy() + np.timedelta64(offset // timedelta(milliseconds=1), "ms")
    index = samples.schema.get_field_index("sample_at")
    return samples.set_column(index, samples.schema.field(index), pa.array(at).cast(samples.schema.field(index).type))
