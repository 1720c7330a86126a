"""One ledger in which every vector of the reference about the past has happened to somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import exp
from pathlib import Path
from typing import Any

from coach.fitness import race_fitness, race_time_s, training_paces
from tests.builders.warehouse import LedgerBuilder, samples

FIRST_DAY = date(2026, 1, 1)
TODAY = FIRST_DAY + timedelta(days=66)
WORKOUT_DATE = TODAY - timedelta(days=3)
LOAD_PER_MINUTE = 100 * 0.55**2 / 60  # a sport known by its duration alone

# §4.1 of the reference: sixty nights of ln rMSSD, and three weeks that follow them.
HRV_BASE = [4.10, 4.02, 4.18, 4.05, 4.12, 4.08, 3.98, 4.15, 4.09, 4.03] * 6
HRV_WEEKS = (
    [4.10, 4.05, 4.08, 4.00, 4.12, 4.07, 4.06],
    [4.00, 3.95, 4.02, 3.98, 4.05, 4.01, 3.97],
    [4.00, 3.80, 3.70, 3.85, 3.90, 3.75, 3.80],
)
RACE_DISTANCES = (5000, 10000, 21097.5, 42195)
_STEP_S = 5.0


def races(vectors: dict[str, Any]) -> list[tuple[float, float, float, float]]:
    """Distance, time and race fitness of every race in the vectors that the marts know, with how exact the figure is."""
    computed = [(race["d"], race["t"], race["vdot"], 1e-3) for race in vectors["vdot"]]
    distances, tolerance = vectors["vdot_row_distances"], vectors["vdot_tol"]
    published = [
        # A published time is rounded; a hundredth of the time is a good hundredth of the score.
        (distance, time, float(score), 1.2 * float(score) * max(tolerance["seconds"] / time, tolerance["rel"]))
        for score, times in vectors["vdot_rows"].items()
        for distance, time in zip(distances, times, strict=True)
    ]
    # The tables end at 85; what is faster by a hair is a measuring error to the marts.
    return [race for race in computed + published if race[0] in RACE_DISTANCES and race[2] < 85]


def lay_out_world(folder: Path, vectors: dict[str, Any]) -> Path:
    """The snapshot of that ledger."""
    ledger = LedgerBuilder(folder)
    _lay_out_loads(ledger, vectors)
    _lay_out_races(ledger, vectors)
    _lay_out_heart_rates(ledger, vectors)
    _lay_out_paces(ledger, vectors)
    _lay_out_distances(ledger, vectors)
    _lay_out_plans(ledger, vectors)
    for number, week in enumerate(HRV_WEEKS):
        for day, ln_hrv in enumerate(HRV_BASE + week):
            night: dict[str, Any] = {"Heart rate variability (ms)": repr(exp(ln_hrv)), "Recovery score %": 80}
            ledger.night(FIRST_DAY + timedelta(days=day), athlete_id=f"hrv{number}", **night)
    return ledger.snapshot(folder / "snapshot.duckdb", today=TODAY)


def _lay_out_loads(ledger: LedgerBuilder, vectors: dict[str, Any]) -> None:
    # Four weeks of rest first: fitness starts from their mean, zero, as the vector does.
    lay_out_series(ledger, "pmc", [0.0] * 28 + vectors["pmc"]["seq"] * vectors["pmc"]["repeat"])
    for number, case in enumerate(vectors["acwr"]):
        lay_out_series(ledger, f"acwr{number}", case["load"])
    for number, case in enumerate(vectors["monotony"]):
        lay_out_series(ledger, f"monotony{number}", case["w"])


def lay_out_series(ledger: LedgerBuilder, athlete_id: str, loads: Sequence[float]) -> None:
    """One athlete's loads day by day from the first day; a night on it makes it known whatever its load."""
    ledger.night(FIRST_DAY, athlete_id=athlete_id)
    for number, load in enumerate(loads):
        if load > 0:
            minutes = load / LOAD_PER_MINUTE
            ledger.manual(number, _at(number, 12), minutes=minutes, sport="other", athlete_id=athlete_id)


def _lay_out_races(ledger: LedgerBuilder, vectors: dict[str, Any]) -> None:
    for number, (distance_m, time_s, _, _) in enumerate(races(vectors)):
        _race(ledger, "racer", number, distance_m, time_s)
    _race(ledger, "paced", 0, 5000, race_time_s(50, 5000))


def _lay_out_heart_rates(ledger: LedgerBuilder, vectors: dict[str, Any]) -> None:
    for number, (minutes, bpm, rest, maximum, sex, _) in enumerate(vectors["banister"]):
        who = f"banister{number}"
        ledger.athlete(athlete_id=who, sex=sex, resting_heart_rate_bpm=rest, max_heart_rate_bpm=maximum)
        ledger.manual(0, _at(0), minutes=minutes, athlete_id=who, **{"Average Heart Rate": bpm})
    ledger.athlete(athlete_id="zones", sex="m", resting_heart_rate_bpm=40, max_heart_rate_bpm=200)
    _record(ledger, "zones", 0, bpm=_blocks([120, 140], [15, 15]))
    _record(ledger, "zones", 1, bpm=_blocks([110, 130, 150, 170, 190], vectors["edwards"][0]))
    _record(ledger, "zones", 2, bpm=_blocks([150, 170, 185], vectors["lucia"][0]))
    minutes, bpm, threshold, rest, maximum, sex, _ = vectors["trimp100"]
    ledger.athlete(athlete_id="trimp100", sex=sex, resting_heart_rate_bpm=rest, max_heart_rate_bpm=maximum)
    file = _record(ledger, "trimp100", 0, bpm=_blocks([threshold], [40]), source="strava_archive")
    ledger.strava(0, _at(0), file_sha256=file, athlete_id="trimp100", Competition="true")
    ledger.manual(1, _at(1), minutes=minutes, athlete_id="trimp100", **{"Average Heart Rate": bpm})
    ledger.manual(2, _at(2), minutes=60, athlete_id="trimp100", **{"Average Heart Rate": threshold})
    minutes, rating, _ = vectors["srpe"]
    ledger.manual(0, _at(0), minutes=minutes, athlete_id="srpe", **{"Perceived Exertion": rating})


def _lay_out_paces(ledger: LedgerBuilder, vectors: dict[str, Any]) -> None:
    for number, (seconds, threshold, pace, _) in enumerate(vectors["rtss"]):
        _race(ledger, f"rtss{number}", 0, 5000, _time_of_threshold(threshold))
        _record(ledger, f"rtss{number}", 2, speeds=[1000 / pace] * round(seconds / _STEP_S))
    for number, grade_pct in enumerate(vectors["strava_fit"]):
        # The grade of the first and last metres is less sure; what a longer run has more of is all slope.
        for day, steps in ((2 * number, 200), (2 * number + 1, 600)):
            _record(ledger, "hills", day, speeds=[2.5] * steps, grade=float(grade_pct) / 100)
    halves = vectors["decoupling"]
    speeds = [halves["v1"]] * 480 + [halves["v2"]] * 360
    _record(ledger, "decoupling", 0, speeds=speeds, bpm=[halves["h1"]] * 480 + [halves["h2"]] * 360)


def _lay_out_distances(ledger: LedgerBuilder, vectors: dict[str, Any]) -> None:
    for number, (distance_km, _) in enumerate(vectors["spike"]["cases"]):
        for day, km in enumerate((vectors["spike"]["ref"], distance_km)):
            ledger.manual(day, _at(day), minutes=6 * km, distance_m=1000 * km, athlete_id=f"spike{number}")
    monday = 7 - FIRST_DAY.weekday()
    for week, km in enumerate(vectors["weekly_ref"]["weeks"]):
        ledger.manual(week, _at(monday + 7 * week), minutes=6 * km, distance_m=1000 * km, athlete_id="weekly_ref")


def _lay_out_plans(ledger: LedgerBuilder, vectors: dict[str, Any]) -> None:
    """An hour planned and so many minutes run; who did not run then was heard of since."""
    day = (WORKOUT_DATE - FIRST_DAY).days
    for number, (minutes, _) in enumerate(vectors["compliance_plan60"]):
        who = f"compliance{number}"
        workout = {"date": WORKOUT_DATE, "duration_s": 3600.0, "distance_m": 0.0}
        ledger.revision([workout], made_at=_at(day - 10), athlete_id=who)
        ledger.manual(0, _at(day if minutes else day + 3), minutes=minutes or 60, athlete_id=who)


def _race(ledger: LedgerBuilder, who: str, number: int, distance_m: float, time_s: float) -> None:
    """A race tagged as such, three a day."""
    at = _at(number // 3, 8 * (number % 3))
    more: dict[str, Any] = {"Competition": "true", "athlete_id": who}
    ledger.manual(number, at, minutes=time_s / 60, distance_m=distance_m, **more)


def _record(
    ledger: LedgerBuilder,
    who: str,
    day: int,
    *,
    speeds: Sequence[float] | None = None,
    bpm: Sequence[int] | None = None,
    grade: float = 0.0,
    source: str = "file",
) -> str:
    """A recorded run, one value for every step of five seconds."""
    speeds = [2.5] * len(bpm or ()) if speeds is None else speeds
    # The first sample is the start itself: nothing lies before it.
    every = [speeds[0], *speeds]
    covered = [sum(speeds[:number]) * _STEP_S for number in range(len(every))]
    stream = samples(
        _at(day),
        speeds_m_per_s=every,
        step_s=_STEP_S,
        heart_rates_bpm=None if bpm is None else [bpm[0], *bpm],
        altitudes_m=[500 + grade * metres for metres in covered],
        cadences_rpm=None,
    )
    return ledger.recording(
        _at(day),
        source=source,
        samples=stream,
        athlete_id=who,
        duration_s=len(speeds) * _STEP_S,
        distance_m=covered[-1],
        heart_rate_avg_bpm=None if bpm is None else sum(bpm) / len(bpm),
    )


def _blocks(bpm: Sequence[int], minutes: Sequence[float]) -> list[int]:
    return [rate for rate, lasting in zip(bpm, minutes, strict=True) for _ in range(round(lasting * 60 / _STEP_S))]


def _time_of_threshold(pace_s_per_km: float) -> float:
    """The time over 5000 m of the runner whose threshold pace is this."""
    low, high = 600.0, 3000.0
    for _ in range(60):
        middle = (low + high) / 2
        is_slower = training_paces(race_fitness(5000, middle)).threshold > pace_s_per_km
        low, high = (low, middle) if is_slower else (middle, high)
    return (low + high) / 2


def _at(day: int, hour: int = 6) -> datetime:
    on = FIRST_DAY + timedelta(days=day)
    return datetime(on.year, on.month, on.day, hour, tzinfo=UTC)
