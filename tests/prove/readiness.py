"""Nights of people with and without HRV, with gaps, short baselines and bad stretches: what readiness makes of them.

Nobody has a device's score. Every athlete has twins whose last night alone differs, and is worse in one part or more.
"""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from coach.model import Readiness, ReadinessState
from coach.readiness import AMBER_FROM, GREEN_FROM, NIGHTS_60D_MIN, read_readiness
from tests.builders.planted import build_in, copied_project, plant
from tests.builders.warehouse import NEXT, ROOT, LedgerBuilder

_TODAY = date(2026, 5, 31)
_LOOKED_BACK_DAYS = 35
_PARTS = ("hrv", "resting_heart_rate", "sleep")
_WORDS = {"hrv": "HRV", "resting_heart_rate": "resting heart rate", "sleep": "sleep"}
_RANK = {ReadinessState.RED: 0, ReadinessState.AMBER: 1, ReadinessState.NEUTRAL: 2, ReadinessState.GREEN: 2}
_ORDINARY_SD = 0.5
_GREEN_SHARE = 0.8
_MODEL = "dbt_project/models/intermediate/int_readiness_scored.sql"
_PLANTS = {
    "an-average-night-is-amber": (
        ("dbt_project/seeds/constants.csv", "readiness_usual_pct,75,", "readiness_usual_pct,55,"),
        ("dbt_project/seeds/constants.csv", "readiness_green_from_pct,67,", "readiness_green_from_pct,50,"),
    ),
    "one-short-night-is-red": ((_MODEL, "greatest(1, coalesce(", "greatest(0, coalesce("),),
    "a-bad-night-is-held-up": ((_MODEL, "case worst_state when 2 then", "case 3 - worst_state when 1 then"),),
}


@dataclass(frozen=True, slots=True)
class Night:
    """What a tracker told of one night; without HRV where it measures none."""

    hrv_ms: float | None
    resting_heart_rate_bpm: float
    sleep_min: float

    def worse(self, random: Random) -> Night:
        """The same night, worse in one part or in several."""
        hrv, rate, sleep = (random.random() < 0.6 for _ in range(3))
        return Night(
            hrv_ms=self.hrv_ms and self.hrv_ms * (random.uniform(0.6, 0.95) if hrv else 1.0),
            resting_heart_rate_bpm=self.resting_heart_rate_bpm + (random.randint(1, 10) if rate else 0),
            sleep_min=max(30.0, self.sleep_min - (random.randint(10, 200) if sleep or not (hrv or rate) else 0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleeper:
    """Somebody's nights, and the days of a bad stretch with the week after it."""

    name: str
    has_hrv: bool
    has_need: bool
    nights: Mapping[date, Night]
    unsettled: frozenset[date]


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """`n` athletes, each with a worse twin; sabotage builds by a project in which the words of that name are planted."""
    random = Random(seed)
    counts: Counter[str] = Counter()
    faults: list[str] = []
    sleepers = [_sleeper(number, Random(f"{seed}-{number}")) for number in range(n)]
    with tempfile.TemporaryDirectory(prefix="pacewright-prove-") as scratch:
        folder = Path(scratch)
        ledger = LedgerBuilder(folder)
        for sleeper in sleepers:
            _land(ledger, sleeper.name, sleeper, sleeper.nights)
            last = max(sleeper.nights)
            _land(
                ledger, f"{sleeper.name}-worse", sleeper, {**sleeper.nights, last: sleeper.nights[last].worse(random)}
            )
        snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=_TODAY)
        project = ROOT
        if sabotage:
            project = copied_project(folder / "project")
            for file, right, wrong in _PLANTS[sabotage]:
                plant(project, file, right, wrong)
        warehouse = folder / NEXT
        if why := build_in(project, warehouse, snapshot):
            raise RuntimeError(why)
        with duckdb.connect(str(warehouse), read_only=True) as con:
            for sleeper in sleepers:
                found = _look(con, sleeper, counts)
                faults += [f"{sleeper.name}: {fault}" for fault in found]
    ordinary, green = counts["ordinary nights"], counts["ordinary nights that are green"]
    if green < _GREEN_SHARE * ordinary:
        faults.append(f"of {ordinary} ordinary nights {green} are green")
    wanted = (
        "ordinary nights",
        "reds",
        "reds without HRV",
        "nights before a baseline",
        "days without a night",
        "worse nights",
    )
    return {
        "holds": not faults and all(counts[one] > 0 for one in wanted),
        **{name.replace(" ", "_"): count for name, count in sorted(counts.items())},
        "fault_count": len(faults),
        "faults": faults[:8],
    }


def _sleeper(number: int, random: Random) -> Sleeper:
    """Habits, and nights around them; every fourth has just begun."""
    has_hrv = number % 2 == 0
    ln_hrv, hrv_sd = random.uniform(math.log(25), math.log(110)), random.uniform(0.06, 0.25)
    rate, rate_sd = random.uniform(42, 62), random.uniform(1.0, 3.0)
    sleep, sleep_sd = random.uniform(360, 500), random.uniform(20, 60)
    days = random.randint(NIGHTS_60D_MIN + 10, 130) if number % 4 else random.randint(5, NIGHTS_60D_MIN + 5)
    gap_share = random.choice((0.0, 0.05, 0.25))
    bad_from = _TODAY - timedelta(days=random.randint(1, 30))
    bad = {bad_from + timedelta(days=day) for day in range(random.randint(2, 7))} if random.random() < 0.7 else set()
    depth = random.uniform(1.5, 4.0)
    nights = {}
    for day in (_TODAY - timedelta(days=days - 1 - offset) for offset in range(days)):
        down = depth if day in bad else 0.0
        if random.random() < gap_share and day not in bad and day != _TODAY:
            continue
        nights[day] = Night(
            hrv_ms=math.exp(ln_hrv + hrv_sd * (random.gauss(0, 1) - down)) if has_hrv else None,
            resting_heart_rate_bpm=float(round(rate + rate_sd * (random.gauss(0, 1) + down))),
            sleep_min=max(60.0, sleep + sleep_sd * (random.gauss(0, 1) - 1.5 * down)),
        )
    unsettled = frozenset(day + timedelta(days=after) for day in bad for after in range(8))
    return Sleeper(name=f"s{number:03}", has_hrv=has_hrv, has_need=number % 3 == 0, nights=nights, unsettled=unsettled)


def _land(ledger: LedgerBuilder, athlete_id: str, sleeper: Sleeper, nights: Mapping[date, Night]) -> None:
    ledger.athlete(athlete_id=athlete_id)
    for day, night in nights.items():
        cells: dict[str, Any] = {
            "Recovery score %": None,
            "Heart rate variability (ms)": night.hrv_ms and round(night.hrv_ms, 1),
            "Resting heart rate (bpm)": night.resting_heart_rate_bpm,
            "Asleep duration (min)": round(night.sleep_min),
            "Sleep need (min)": 460 if sleeper.has_need else None,
            "Sleep performance %": None,
        }
        ledger.night(day, athlete_id=athlete_id, **cells)


def _look(con: duckdb.DuckDBPyConnection, sleeper: Sleeper, counts: Counter[str]) -> list[str]:
    faults = []
    before: Readiness | None = None
    deviations = _deviations(con, sleeper.name)
    for offset in range(_LOOKED_BACK_DAYS, -1, -1):
        day = _TODAY - timedelta(days=offset)
        if day < min(sleeper.nights):
            continue
        now = read_readiness(con, sleeper.name, day=day)
        found = _faults_of(now, before, sleeper, counts)
        faults += [f"{day}: {fault}" for fault in found]
        is_ordinary = all(abs(z) <= _ORDINARY_SD for z in deviations.get(day, (math.inf,)))
        if now.score is not None and is_ordinary and day not in sleeper.unsettled:
            counts["ordinary nights"] += 1
            counts["ordinary nights that are green"] += now.state is ReadinessState.GREEN
        before = now
    worse = read_readiness(con, f"{sleeper.name}-worse", day=max(sleeper.nights))
    assert before is not None
    if before.score is not None:
        counts["worse nights"] += 1
        if worse.score is None or worse.score > before.score + 1e-9 or _RANK[worse.state] > _RANK[before.state]:
            faults.append(
                f"a worse night scores {worse.score}, {worse.state}; the night itself {before.score}, {before.state}"
            )
    return faults


def _faults_of(now: Readiness, before: Readiness | None, sleeper: Sleeper, counts: Counter[str]) -> list[str]:
    known = {s.name: s for s in now.signals if s.name in _PARTS and s.value is not None}
    score = next((s for s in now.signals if s.name == "recovery"), None)
    texts = " | ".join([now.rule, *(s.text for s in now.signals)])
    faults = []
    if not sleeper.has_hrv and "HRV" in texts:
        faults.append(f"HRV that was never told is spoken of: {texts}")
    if now.day not in sleeper.nights:
        counts["days without a night"] += 1
        if now.score is not None or now.state is not ReadinessState.NEUTRAL or known:
            faults.append(f"without a night {now.state} at {now.score}")
        return faults
    if "not arrived" in texts or "no recovery data" in texts:
        faults.append(f"a night that is there is called missing: {texts}")
    if now.score is None:
        counts["nights before a baseline"] += 1
        if now.state is not ReadinessState.NEUTRAL or f"{NIGHTS_60D_MIN} nights" not in now.rule:
            faults.append(f"without a score {now.state}: {now.rule}")
        return faults
    assert score is not None
    counts[f"{now.state.value}s"] += 1
    shown = round(now.score)
    band = (
        ReadinessState.RED
        if shown < AMBER_FROM
        else ReadinessState.AMBER
        if shown < GREEN_FROM
        else ReadinessState.GREEN
    )
    if score.state is not band or f"{shown} %" not in score.text:
        faults.append(f"{score.text} is {score.state}")
    named = {name for name, word in _WORDS.items() if word in score.text}
    if named - {"hrv"} != set(_PARTS) - {"hrv"} or ("hrv" in named and not sleeper.has_hrv):
        faults.append(f"the score names parts that it has not, or not those that it has: {score.text}")
    if known and _RANK[now.state] < min(_RANK[s.state] for s in known.values()):
        faults.append(f"{now.state} at {now.score:.1f} over {[(s.name, s.state.value) for s in known.values()]}")
    if all(s.state is ReadinessState.GREEN for s in known.values()) and now.state is not ReadinessState.GREEN:
        faults.append(f"green parts make {now.state} at {now.score:.1f}")
    if not sleeper.has_hrv and now.state is ReadinessState.RED:
        counts["reds without HRV"] += 1
        reds = {name for name, s in known.items() if s.state is ReadinessState.RED}
        again = {s.name for s in before.signals if s.state is ReadinessState.RED} & reds if before else set()
        if len(reds) < 2 and not again and "two mornings" not in texts:
            faults.append(f"red by {reds or 'nothing'} on one morning")
    return faults


def _deviations(con: duckdb.DuckDBPyConnection, athlete_id: str) -> dict[date, tuple[float, ...]]:
    """How far each part of each night lay from its own sixty days, in standard deviations, where all is known."""
    rows = con.execute(
        """
        select
            local_date,
            (ln(hrv_ms) - avg(ln(hrv_ms)) over sixty) / nullif(stddev_samp(ln(hrv_ms)) over sixty, 0),
            (resting_heart_rate_bpm - avg(resting_heart_rate_bpm) over sixty)
            / nullif(stddev_samp(resting_heart_rate_bpm) over sixty, 0),
            (sleep_s - avg(sleep_s) over sixty) / nullif(stddev_samp(sleep_s) over sixty, 0)
        from marts.athlete_days where athlete_id = ?
        window sixty as (order by local_date rows 59 preceding)
        """,
        [athlete_id],
    ).fetchall()
    return {day: tuple(z for z in parts if z is not None) for day, *parts in rows if any(z is not None for z in parts)}
