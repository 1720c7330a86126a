"""What a watch keeps of an outing: a sample every few seconds, laps, pauses and a summary."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from connectors.sample.abilities import WEIGHT_KG
from connectors.sample.life import unix_s, utc_offset_s
from connectors.sample.model import Device, Lap, Laps, Motion, Numbers, Outing, Part, Recording, Sport

OLD_WATCH: Final = Device(manufacturer=1, product=2691, serial_number=3914200711, has_dynamics=False)
NEW_WATCH: Final = Device(manufacturer=1, product=4024, serial_number=3428805519, has_dynamics=True)
SECOND_WATCH: Final = Device(manufacturer=294, product=812, serial_number=70024117, has_dynamics=False)

# FIT sport and sub-sport numbers.
_SPORTS: Final = {
    Sport.RUN: (1, 0),
    Sport.TREADMILL: (1, 1),
    Sport.TRAIL: (1, 3),
    Sport.RIDE: (2, 7),
    Sport.SWIM: (5, 17),
    Sport.HIKE: (17, 0),
}
_BUTTON, _BY_TIME, _BY_DISTANCE, _AT_END = 0, 1, 2, 7
# FIT lap intensities: active, warm-up, cool-down, recovery, interval.
_INTENSITY: Final = {Part.STEADY: 0, Part.WARM_UP: 2, Part.COOL_DOWN: 3, Part.RECOVERY: 4, Part.WORK: 5}
_AUTO_LAP_M: Final = {Sport.RUN: 1000.0, Sport.TREADMILL: 1000.0, Sport.TRAIL: 1000.0, Sport.RIDE: 5000.0}
_ENERGY_KCAL_PER_KG_KM: Final = {Sport.RIDE: 0.32, Sport.SWIM: 2.9, Sport.HIKE: 0.75}
_SAMPLE_GAPS_S = (3, 7)
_WRIST_IS_WARMER_C = 6.0


class _LapEnd(NamedTuple):
    """The moving second at which a lap ends, and how FIT says why."""

    second: int
    trigger: int
    intensity: int | None = None
    workout_step: int | None = None


def record(
    outing: Outing,
    motion: Motion,
    *,
    device: Device,
    temperature_c: float,
    rng: np.random.Generator,
    late_s: int = 0,
    scale: float = 1.0,
) -> Recording:
    """One device's copy; a second device is started `late_s` later and measures distance by another `scale`."""
    first, last = late_s, len(motion.distance_m) - 1
    started_at = unix_s(outing.local_start_at, outing.zone) + late_s
    distance = (motion.distance_m - (motion.distance_m[late_s] if late_s else 0.0)) * scale
    at = _clock(motion, started_at - late_s)
    heart_rate = np.clip(motion.heart_rate_bpm + (rng.normal(0, 1.0, last + 1) if late_s else 0.0), 60, 220)
    columns = _columns(outing, motion, distance, heart_rate, device=device, temperature_c=temperature_c, rng=rng)
    # Watches keep whole beats and steps, and sum up what they keep.
    ends = _lap_ends(outing, motion, distance, first=first, last=last, has_button=late_s == 0)
    laps = _laps(ends, at, distance, columns, first=first)
    picked = _picked(first, last, rng)
    ascent, descent = _climb(motion.altitude_m[first:])
    whole = slice(first, last + 1)
    sport, sub_sport = _SPORTS[outing.sport]
    samples = {"at": at[picked].astype(np.float64), **{name: values[picked] for name, values in columns.items()}}
    return Recording(
        device=device,
        sport=sport,
        sub_sport=sub_sport,
        started_at=started_at,
        ended_at=int(at[last]),
        utc_offset_s=utc_offset_s(started_at, outing.zone),
        samples=samples,
        laps=laps,
        pauses=tuple((int(at[second]), int(at[second]) + length) for second, length in motion.pauses if second > first),
        distance_m=float(distance[last]),
        timer_s=float(last - first),
        ascent_m=ascent,
        descent_m=descent,
        speed_max_m_per_s=float(motion.speed_m_per_s[whole].max()) * scale,
        heart_rate_avg_bpm=_mean(columns.get("heart_rate_bpm"), whole),
        heart_rate_max_bpm=_top(columns.get("heart_rate_bpm"), whole),
        cadence_avg_rpm=_cadence(columns, whole),
        cadence_max_rpm=_top(columns.get("cadence_rpm"), whole),
        power_avg_w=_mean(columns.get("power_w"), whole),
        energy_kcal=float(distance[last]) / 1000 * WEIGHT_KG * _ENERGY_KCAL_PER_KG_KM.get(outing.sport, 0.98),
    )


def _clock(motion: Motion, started_at: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Unix second of each moving second: pauses push everything after them."""
    at = started_at + np.arange(len(motion.distance_m), dtype=np.int64)
    for second, length in motion.pauses:
        at[second + 1 :] += length
    return at


def _columns(
    outing: Outing,
    motion: Motion,
    distance: Numbers,
    heart_rate: Numbers,
    *,
    device: Device,
    temperature_c: float,
    rng: np.random.Generator,
) -> dict[str, Numbers]:
    """Second by second, what this device measures on this outing."""
    columns: dict[str, Numbers] = {}
    if motion.latitude_deg is not None and motion.longitude_deg is not None:
        columns["latitude_deg"] = motion.latitude_deg
        columns["longitude_deg"] = motion.longitude_deg
    columns["distance_m"] = distance
    columns["speed_m_per_s"] = motion.speed_m_per_s
    if motion.latitude_deg is not None:
        columns["altitude_m"] = motion.altitude_m
    if outing.has_heart_rate:
        columns["heart_rate_bpm"] = np.rint(heart_rate)
    if outing.sport.is_run:
        _add_running_form(columns, motion, device=device, rng=rng)
    warming = np.exp(-np.arange(len(distance)) / 400.0)
    columns["temperature_c"] = np.rint(temperature_c + _WRIST_IS_WARMER_C * (0.4 + warming))
    return columns


def _add_running_form(columns: dict[str, Numbers], motion: Motion, *, device: Device, rng: np.random.Generator) -> None:
    speed = motion.speed_m_per_s
    jitter = rng.normal(0, 1, len(speed))
    # One foot: about 82 a minute at easy pace, 90 at race pace.
    strides = np.rint(2 * (82.0 + 6.5 * (speed - 2.85) + 0.6 * jitter)) / 2
    columns["cadence_rpm"] = np.floor(strides)
    columns["cadence_fraction"] = strides - np.floor(strides)
    if device.has_dynamics:
        columns["power_w"] = np.rint(WEIGHT_KG * 1.15 * speed + 6 * jitter)
        columns["vertical_oscillation_mm"] = 84 + 6 * (speed - 2.85) + 1.5 * jitter
        columns["stance_time_ms"] = 252 - 28 * (speed - 2.85) - 2 * jitter
        columns["step_length_mm"] = 30000 * speed / strides


def _lap_ends(
    outing: Outing, motion: Motion, distance: Numbers, *, first: int, last: int, has_button: bool
) -> list[_LapEnd]:
    """Where each lap ends, in order. Only the watch with the workout on it knows steps and feels the button."""
    steps = [end for end in motion.step_ends_s if first < end < last] if has_button else []
    if outing.laps is Laps.STEPS and has_button:
        return _step_laps(outing, steps, last)
    if outing.laps is Laps.AUTO:
        steps = []
    return _automatic_laps(distance, steps, first=first, last=last, lap_m=_AUTO_LAP_M.get(outing.sport))


def _step_laps(outing: Outing, steps: list[int], last: int) -> list[_LapEnd]:
    intensities = [_INTENSITY[stretch.part] for stretch in outing.stretches]
    triggers = [_BUTTON, *(_BY_TIME for _ in steps[1:]), _AT_END] if steps else [_AT_END]
    return [
        _LapEnd(end, trigger, intensities[step], step)
        for step, (end, trigger) in enumerate(zip([*steps, last], triggers, strict=True))
    ]


def _automatic_laps(
    distance: Numbers, presses: list[int], *, first: int, last: int, lap_m: float | None
) -> list[_LapEnd]:
    """A lap every `lap_m` metres; pressing the button ends one early and starts the counting again."""
    ends: list[_LapEnd] = []
    since_m = float(distance[first])
    for end in [*presses, last]:
        if lap_m is not None:
            marks = np.arange(since_m + lap_m, float(distance[end]), lap_m)
            ends += [_LapEnd(int(second), _BY_DISTANCE) for second in np.searchsorted(distance, marks)]
        ends.append(_LapEnd(end, _AT_END if end == last else _BUTTON))
        since_m = float(distance[end])
    # A kilometre that fills up in the very second of a press is no lap of its own.
    return [
        lap for lap, after in zip(ends, [*ends[1:], None], strict=True) if after is None or after.second > lap.second
    ]


def _laps(
    ends: list[_LapEnd],
    at: np.ndarray[tuple[int], np.dtype[np.int64]],
    distance: Numbers,
    columns: dict[str, Numbers],
    *,
    first: int,
) -> tuple[Lap, ...]:
    laps = []
    start = first
    for end, trigger, intensity, workout_step in ends:
        seconds = slice(start + 1, end + 1)
        laps.append(
            Lap(
                started_at=int(at[start]),
                ended_at=int(at[end]),
                distance_m=float(distance[end] - distance[start]),
                timer_s=float(end - start),
                ascent_m=_climb(columns["altitude_m"][seconds])[0] if "altitude_m" in columns else 0.0,
                heart_rate_avg_bpm=_mean(columns.get("heart_rate_bpm"), seconds),
                heart_rate_max_bpm=_top(columns.get("heart_rate_bpm"), seconds),
                cadence_avg_rpm=_cadence(columns, seconds),
                power_avg_w=_mean(columns.get("power_w"), seconds),
                trigger=trigger,
                intensity=intensity,
                workout_step=workout_step,
            )
        )
        start = end
    return tuple(laps)


def _picked(first: int, last: int, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Smart recording: every three to six seconds, and always the first and the last."""
    gaps = rng.integers(*_SAMPLE_GAPS_S, (last - first) // _SAMPLE_GAPS_S[0] + 1)
    seconds = first + np.cumsum(gaps)
    return np.concatenate(([first], seconds[seconds < last - 1], [last]))


def _climb(altitude_m: Numbers) -> tuple[float, float]:
    steps = np.diff(altitude_m)
    up = float(steps[steps > 0].sum())
    return up, up - float(steps.sum())


def _cadence(columns: dict[str, Numbers], seconds: slice) -> float | None:
    if "cadence_rpm" not in columns:
        return None
    return float((columns["cadence_rpm"][seconds] + columns["cadence_fraction"][seconds]).mean())


def _mean(values: Numbers | None, seconds: slice) -> float | None:
    return None if values is None else float(values[seconds].mean())


def _top(values: Numbers | None, seconds: slice) -> float | None:
    return None if values is None else float(values[seconds].max())
