"""Where the repetitions of a run begin and end, found in its samples; the one step of the past that SQL cannot walk.

A line between easy and fast is drawn (several are tried, Otsu's thresholds first), and a rep is where the runner gets so
many metres ahead of a pace setter on that line that noise does not explain it, before falling as far behind again. The
line is then moved to the middle of what was found, and the ends of each rep to where the speed is half-way between rep
and rest. What is left must look like something that was meant: clearly faster than what surrounds it, and if barely,
regular. The limits were tuned on drawn runs (tests/prove/_workouts.py) that the proof never sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from duckdb import list_type
from duckdb.func import PythonUDFType
from duckdb.sqltypes import BOOLEAN, DOUBLE, DuckDBPyType

from dbt_project.rep_signal import Mask, Signal, Span, ahead_spans, edge, mask, mean_over, otsu, signal, wander_m2_per_s

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROUNDS = 3
_FIRST_GAIN_M, _GAIN_MIN_M, _GAIN_MAX_M = 12.0, 7.0, 40.0
_GAIN_PER_WANDER = 12.0
"""Metres ahead that count, over wander / (difference of the two speeds): noise reaches that once in e^12 tries."""
_SHORTEST_S = 13
_MERGED_GAP_S = 12
_RUN_MIN_S = 300
_CONTRAST_MIN = 1.10
_LONG_REP_S = 240
_ALIKE = 0.2
"""Reps that differ by less are of one group."""
_LADDER_RATIO_MAX, _RUNGS_MAX = 6.0, 6
_PAUSE_S, _PAUSED_ALIKE = 20, 0.04
_ROUND_M = (300, 400, 500, 600, 800, 1000, 1200, 1500, 1600, 1609.344, 2000, 3000, 3218.688, 4000, 5000)
_HILLY, _VERY_HILLY, _RUGGED = 0.05, 0.08, 0.12
"""Standard deviation of how much harder than flat the ground is."""


def register(con: DuckDBPyConnection) -> None:
    """Make two functions callable in SQL on this connection: detect_reps(elapsed_s, step_m, flat_step_m) over lists of
    samples, and reps_have_shape(seconds, metres) over lists of reps."""
    floats, spans = DuckDBPyType("FLOAT[]"), DuckDBPyType("STRUCT(started_s DOUBLE, ended_s DOUBLE)[]")
    doubles = list_type(DOUBLE)
    con.create_function("reps_have_shape", _has_shape_in_lists, [doubles, doubles], BOOLEAN)
    # Whole columns at once: as lists of Python's numbers the samples would take ten times as long to hand over.
    con.create_function("detect_reps", _detect_in_columns, [floats, floats, floats], spans, type=PythonUDFType.ARROW)


def detect_reps(elapsed_s: Any, step_m: Any, flat_step_m: Any) -> list[Span]:
    """Start and end of every rep in whole seconds since the first sample; empty where nothing was meant to be one."""
    if len(elapsed_s) == 0 or elapsed_s[-1] < _RUN_MIN_S:
        return []
    run = signal(elapsed_s, step_m, flat_step_m)
    if run.is_clear.sum() < _RUN_MIN_S:
        return []
    found: list[tuple[float, list[Span]]] = []
    seen: set[tuple[Span, ...]] = set()
    for line in _lines(run):
        rough, low = _two_speeds(run, line)
        if not rough or tuple(rough) in seen:
            continue
        seen.add(tuple(rough))
        spans = _finished(run, rough, low)
        if spans and _is_meant(run, spans):
            found.append((_score(run, spans), spans))
    return max(found, key=lambda each: each[0])[1] if found else _between_pauses(elapsed_s, step_m)


def _between_pauses(elapsed_s: Any, step_m: Any) -> list[Span]:
    """Reps of a watch that was stopped in every rest, and perhaps on the way there: equal stretches of a round distance."""
    at, metres = np.asarray(elapsed_s, dtype=np.float64), np.cumsum(np.asarray(step_m, dtype=np.float64))
    goes_on = (np.flatnonzero(np.diff(at) >= _PAUSE_S) + 1).tolist()
    stretches = list(zip([0, *goes_on], [*goes_on, len(at)], strict=True))
    lengths = np.array([metres[end - 1] - metres[start] for start, end in stretches])
    usual = float(np.median(lengths))
    is_rep = np.abs(lengths - usual) <= _PAUSED_ALIKE * usual
    # Only what lies before the first and after the last of them may be something else.
    if len(stretches) < 3 or is_rep.sum() < 3 or not is_rep[1:-1].all():
        return []
    if not any(abs(usual - round_m) <= _PAUSED_ALIKE * round_m for round_m in _ROUND_M):
        return []
    reps = [stretch for stretch, is_one in zip(stretches, is_rep, strict=True) if is_one]
    return [(int(at[start]), int(at[end - 1])) for start, end in reps]


def _lines(run: Signal) -> list[float]:
    """Speeds to try: Otsu's threshold, the same again within each class, and a little above the usual speed."""
    speed = run.speed[run.is_clear]
    first, usual = otsu(speed), float(np.median(speed))
    parts = [part for part in (speed[speed > first], speed[speed <= first]) if len(part) >= 30]
    apart: list[float] = []
    for line in sorted([first, *map(otsu, parts), 1.06 * usual, 1.12 * usual, 1.18 * usual]):
        if not apart or line > 1.015 * apart[-1]:
            apart.append(line)
    return apart


def _two_speeds(run: Signal, first_line: float) -> tuple[list[Span], float]:
    """Spans of work at a line that settles between the two speeds, and the speed of the rest."""
    line, gain, spans, low = np.full(run.seconds, first_line), _FIRST_GAIN_M, list[Span](), 0.0
    for _ in range(_ROUNDS):
        spans = _joined(ahead_spans(run.flat - line, gain))
        is_work = mask(spans, run.seconds)
        work, rest = is_work & run.is_clear, ~is_work & run.is_clear
        if work.sum() < 30 or rest.sum() < 120:
            return [], 0.0
        high, low = float(run.flat[work].mean()), float(run.flat[rest].mean())
        if high < 1.03 * low:
            return [], 0.0
        # Recoveries are often slower than easy running, so the line may lie lower between the reps than around them.
        usual = max(low, float(np.quantile(run.speed[rest], 0.7)))
        is_inside = np.zeros(run.seconds, dtype=bool)
        is_inside[spans[0][0] : spans[-1][1]] = True
        inside = run.speed[rest & is_inside]
        between = min(usual, float(np.quantile(inside, 0.8))) if len(inside) > 30 else usual
        line = np.where(is_inside, (high + between) / 2, (high + usual) / 2)
        gain = _GAIN_PER_WANDER * wander_m2_per_s(run, is_work) / max(high - usual, 0.1)
        gain = min(_GAIN_MAX_M, max(_GAIN_MIN_M, gain))
    return spans, low


def _finished(run: Signal, rough: list[Span], low: float) -> list[Span]:
    """Reps without warm-up, without pauses that are none, with exact ends, and none that is too short or too slow."""
    is_work = mask(rough, run.seconds) & run.is_clear
    high = float(run.flat[is_work].mean())
    spans = _deep(run, _peeled(run, rough), low + 0.36 * (high - low))
    spans = _joined(
        [(edge(run.raw, start, end, is_start=True), edge(run.raw, end, start, is_start=False)) for start, end in spans]
    )
    floor = max(1.085 * low, (high + low) / 2)
    return [span for span in spans if span[1] - span[0] >= _SHORTEST_S and _mean(run, span) >= floor]


def _peeled(run: Signal, spans: list[Span]) -> list[Span]:
    """Warm-up and cool-down are no reps, though between walked recoveries the line lies below them."""
    lengths = np.array([end - start for start, end in spans[1:-1]])
    if len(lengths) < 3 or lengths.std() > 0.3 * lengths.mean():
        return spans
    usual = int(np.median(lengths))
    speed = np.mean([_mean(run, span) for span in spans[1:-1]])

    def is_rep(rep: Span, other: Span) -> bool:
        return _mean(run, rep) > max(1.06 * _mean(run, other), 0.94 * float(speed))

    (start, end), kept = spans[0], list(spans[1:-1])
    if start >= 60 or end - start <= 2 * usual:
        kept.insert(0, spans[0])
    elif is_rep((end - usual, end), (start, end - usual)):
        kept.insert(0, (end - usual, end))
    start, end = spans[-1]
    if end <= run.seconds - 60 or end - start <= 2 * usual:
        kept.append(spans[-1])
    elif is_rep((start, start + usual), (start + usual, end)):
        kept.append((start, start + usual))
    return kept


def _deep(run: Signal, spans: list[Span], rest_below: float) -> list[Span]:
    """Without rests that hardly are one: who flags for a while is still at work."""
    kept = spans[:1]
    for start, end in spans[1:]:
        if start > kept[-1][1] and _mean(run, (kept[-1][1], start)) > rest_below:
            kept[-1] = (kept[-1][0], end)
        else:
            kept.append((start, end))
    return kept


def _joined(spans: list[Span]) -> list[Span]:
    joined = spans[:1]
    for start, end in spans[1:]:
        if start - joined[-1][1] < _MERGED_GAP_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _is_meant(run: Signal, spans: list[Span]) -> bool:
    """Whether somebody ran these reps on purpose: not lights, hills, a run that only got faster, or a good last hour."""
    is_work = mask(spans, run.seconds)
    work, rest = is_work & run.is_clear, ~is_work & run.is_clear
    if not work.any() or not rest.any():
        return False
    high, low = float(run.flat[work].mean()), float(run.flat[rest].mean())
    lengths = np.array([end - start for start, end in spans], dtype=np.float64)
    if not has_shape(lengths, np.array([float(run.raw[start:end].sum()) for start, end in spans])):
        return False
    is_long = float(np.median(lengths)) >= _LONG_REP_S
    spread = float(lengths.std() / lengths.mean())
    beside = _beside(spans, is_work, run)
    over_beside = high / float(run.flat[beside].mean()) if beside.any() else float("inf")
    if high < _CONTRAST_MIN * low or over_beside < (1.09 if is_long else 1.13):
        return False
    in_set = mask([(spans[0][0], spans[-1][1])], run.seconds)
    is_above = _rises_above_the_ground(
        run, work, beside, in_set=in_set, contrast=high / low, spread=spread, is_long=is_long and len(spans) > 1
    )
    if not is_above:
        return False
    if len(spans) == 1:
        return _is_block(run, spans[0], high, low)
    is_even_or_clear = high >= 1.2 * low or (spread <= 0.35 and _returns_to_easy(run, spans, high))
    is_inside = spans[0][0] >= 45 and spans[-1][1] <= run.seconds - 45
    return is_even_or_clear and (len(spans) > 2 or (is_inside and lengths.min() >= 120))


def has_shape(seconds: Any, metres: Any) -> bool:
    """Whether a coach could have written these reps down: at most three groups of equal ones, or a ladder."""
    count = len(seconds)

    def is_alike(one: int, other: int) -> bool:
        return any(abs(of[one] - of[other]) <= _ALIKE * max(of[one], of[other]) for of in (seconds, metres))

    if count == 1:
        return True
    borders = [at + 1 for at in range(count - 1) if not is_alike(at, at + 1)]
    groups = np.diff([0, *borders, count])
    if len(groups) <= 3 and (groups == 1).sum() <= 1 and count > 1 + (len(groups) > 1):
        return True
    if count < 3 or max(seconds) > _LADDER_RATIO_MAX * min(seconds):
        return False
    is_there_and_back = all(is_alike(at, count - 1 - at) for at in range(count // 2))
    is_repeated = any(
        count % length == 0 and all(is_alike(at, at + length) for at in range(count - length))
        for length in range(2, count // 2 + 1)
    )
    rungs = np.diff(seconds)
    is_one_way = len(groups) == count <= _RUNGS_MAX and bool((rungs > 0).all() or (rungs < 0).all())
    return is_there_and_back or is_repeated or is_one_way


def _rises_above_the_ground(
    run: Signal, work: Mask, beside: Mask, *, in_set: Mask, contrast: float, spread: float, is_long: bool
) -> bool:
    """On hills the flat-adjusted speed goes up and down by itself: there the reps must show in the plain speed too."""
    factor = (mean_over(run.flat, 31) / np.maximum(mean_over(run.raw, 31), 0.1))[run.is_clear]
    hilliness = float(factor.std())
    if hilliness <= _HILLY:
        return True
    nearby = float(run.raw[beside].mean()) if beside.any() else 0.0
    if contrast < (1.11 if is_long else 1.15) or run.raw[work].mean() < 1.08 * nearby:
        return False
    if hilliness <= _VERY_HILLY:
        return True
    # Hill repeats go up one hill; the way there and home is another.
    elsewhere = factor[~in_set[run.is_clear]]
    if np.corrcoef(factor, work[run.is_clear])[0, 1] >= 0.6:
        return len(elsewhere) < 120 or float(elsewhere.std()) <= 0.85 * hilliness
    return contrast >= 1.2 if hilliness <= _RUGGED else contrast >= 1.3 and spread <= 0.2


def _is_block(run: Signal, span: Span, high: float, low: float) -> bool:
    """One block is a tempo run if it begins with a jump, does not get faster within, and is not simply the end."""
    start, end = span
    if start < 45 or end > run.seconds - 45 or end - start < _RUN_MIN_S or high < 1.14 * low:
        return False
    third, half = (end - start) // 3, start // 2
    if _mean(run, (end - third, end)) >= 1.05 * _mean(run, (start, start + third)):
        return False
    before = [run.flat[a:b][run.is_clear[a:b]] for a, b in ((max(0, start - 120), start), (0, half), (half, start))]
    if min(len(part) for part in before) < 20:
        return False
    last, first_half, second_half = (float(part.mean()) for part in before)
    return _mean(run, (start, start + 120)) - last >= 0.8 * (high - low) and second_half < 1.06 * first_half


def _returns_to_easy(run: Signal, spans: list[Span], high: float) -> bool:
    """Whether between the reps and after them the runner is about as slow as before, and not for a moment only: else the
    run only got faster."""
    edges = [0, *(second for span in spans for second in span), run.seconds]
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    gaps_s = [end - start for start, end in pairs[1:-1]]
    work_s = [end - start for start, end in spans]
    if min(gaps_s) < 0.07 * sum(work_s) / len(work_s) or edges[-1] - edges[-2] < 120:
        return False
    rests = [run.flat[start:end][run.is_clear[start:end]] for start, end in pairs]
    before, *later = [float(rest.mean()) for rest in rests if len(rest) >= 20] or [high]
    return all(speed <= before + 0.5 * (high - before) for speed in later)


def _score(run: Signal, spans: list[Span]) -> float:
    """How much of the ups and downs of speed the reps explain; few and even reps are the better explanation."""
    is_work = mask(spans, run.seconds)
    within = sum(float(((part - part.mean()) ** 2).sum()) for part in _two_parts(run, is_work))
    total = float(run.speed[run.is_clear].var() * run.is_clear.sum())
    lengths = np.array([end - start for start, end in spans])
    uneven = 0.03 * float(lengths.std() / lengths.mean())
    # Nobody begins with a rep: where the first minutes count as work, the line lies between walking and running.
    return 1 - within / total - 0.01 * len(spans) - uneven + (1 if spans[0][0] >= 60 else 0)


def _two_parts(run: Signal, is_work: Mask) -> list[Any]:
    parts = [run.speed[run.is_clear & is_work], run.speed[run.is_clear & ~is_work]]
    return [part for part in parts if len(part)]


def _beside(spans: list[Span], is_work: Mask, run: Signal) -> Mask:
    around = mask([(max(0, start - 60), end + 60) for start, end in spans], run.seconds)
    return around & ~is_work & run.is_clear


def _mean(run: Signal, span: Span) -> float:
    return float(run.flat[span[0] : span[1]].mean())


def _has_shape_in_lists(seconds: list[float], metres: list[float]) -> bool:
    return has_shape(np.array(seconds), np.array(metres))


def _detect_in_columns(elapsed_s: Any, step_m: Any, flat_step_m: Any) -> Any:
    import pyarrow as pa

    rows = zip(elapsed_s, step_m, flat_step_m, strict=True)
    found = [detect_reps(*(row.values.to_numpy(zero_copy_only=False) for row in columns)) for columns in rows]
    times = [[{"started_s": float(start), "ended_s": float(end)} for start, end in spans] for spans in found]
    return pa.array(times, type=pa.list_(pa.struct([("started_s", pa.float64()), ("ended_s", pa.float64())])))
