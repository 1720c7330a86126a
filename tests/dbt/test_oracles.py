"""Other people's implementations agree with the marts on generated training: the acwr package and polars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import exp, isfinite

import acwr
import numpy as np
import pandas as pd
import polars as pl
import pytest

from tests.builders.vectors_world import LOAD_PER_MINUTE
from tests.builders.warehouse import Build, LedgerBuilder, build_lean

pytestmark = pytest.mark.slow

FIRST_DAY = date(2023, 1, 2)
# The long one crosses two of the blocks in which the exponential means are summed.
DAYS = {"steady": 430, "sparse": 430, "builder": 430, "gappy": 430, "long": 1130}


def _series(athlete_id: str) -> list[float | None]:
    """Loads day by day: rest days are 0, None is a day of which nobody knows."""
    random = np.random.default_rng(sum(athlete_id.encode()))
    chance = {"sparse": 0.12, "steady": 0.75}.get(athlete_id, 0.5)
    loads: list[float | None] = []
    for day in range(DAYS[athlete_id]):
        growth = 1 + day / 200 if athlete_id == "builder" else 1.0
        load = growth * float(random.gamma(3.0, 20.0)) if day == 0 or random.random() < chance else 0.0
        loads.append(None if athlete_id == "gappy" and _is_unknown(day) else load)
    if athlete_id == "sparse":
        loads[200:240] = [0.0] * 40  # long enough for a chronic load of nothing
    return loads


def _is_unknown(day: int) -> bool:
    return day % 17 == 5 or 100 <= day < 112 or 300 <= day < 304


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("oracles")
    ledger = LedgerBuilder(folder)
    last_day = FIRST_DAY + timedelta(days=max(DAYS.values()) - 1)
    for athlete_id, days in DAYS.items():
        for number, load in enumerate(_series(athlete_id)):
            at = datetime.combine(FIRST_DAY + timedelta(days=number), datetime.min.time(), UTC) + timedelta(hours=12)
            # What has no duration cannot be weighed, and leaves its day unknown.
            cells = {} if load is None else {"Moving Time": load / LOAD_PER_MINUTE * 60}
            if load is None or load > 0:
                ledger.strava(number, at, sport="other", athlete_id=athlete_id, **cells)
        # A later night: silence before it was rest.
        ledger.night(FIRST_DAY + timedelta(days=days), athlete_id=athlete_id)
    snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=last_day)
    return build_lean(folder / "warehouse.next.duckdb", snapshot)


def _days(marts: Build, athlete_id: str) -> pl.DataFrame:
    rows = marts.rows(
        "select * from marts.athlete_days where athlete_id = ? order by local_date limit ?",
        athlete_id,
        DAYS[athlete_id],
    )
    return pl.DataFrame(rows, infer_schema_length=None)


@pytest.mark.parametrize("athlete_id", DAYS)
def test_the_load_of_every_day_is_what_was_done_and_unknown_stays_unknown(marts: Build, athlete_id: str) -> None:
    assert _days(marts, athlete_id)["training_load"].to_list() == [
        None if load is None else pytest.approx(load, rel=1e-9) for load in _series(athlete_id)
    ]


@pytest.mark.parametrize("athlete_id", DAYS)
def test_exponential_means_are_those_of_polars(marts: Build, athlete_id: str) -> None:
    """Seeded with the mean of four weeks, and standing still across unknown days."""
    days, loads = _days(marts, athlete_id), _series(athlete_id)
    known = [load for load in loads[:28] if load is not None]
    seeded = pl.Series([sum(known) / len(known), *loads])

    for column, time_constant in (("fitness_ctl", 42), ("fatigue_atl", 7)):
        smoothed = seeded.ewm_mean(alpha=1 - exp(-1 / time_constant), adjust=False, ignore_nulls=True)[1:]
        expected = [None if load is None else mean for load, mean in zip(loads, smoothed, strict=True)]

        assert days[column].to_list() == [None if e is None else pytest.approx(e, rel=1e-9) for e in expected]


@pytest.mark.parametrize("athlete_id", DAYS)
def test_the_exponential_load_ratio_is_that_of_polars(marts: Build, athlete_id: str) -> None:
    days, loads = _days(marts, athlete_id), pl.Series(_series(athlete_id))
    acute, chronic = (loads.ewm_mean(alpha=2 / (n + 1), adjust=False, ignore_nulls=True) for n in (7, 28))

    for row, up, down in zip(days.iter_rows(named=True), acute, chronic, strict=True):
        if row["acwr_ewma"] is not None:
            assert row["acwr_ewma"] == pytest.approx(up / down, rel=1e-9)
    has_ratio = [ratio is not None for ratio in days["acwr_ewma"]]
    assert has_ratio == [
        number >= 27 and load is not None and days["load_days_28d"][number] >= 21
        for number, load in enumerate(_series(athlete_id))
    ]


@pytest.mark.parametrize("athlete_id", [athlete_id for athlete_id in DAYS if athlete_id != "gappy"])
def test_load_ratios_are_those_of_the_package(marts: Build, athlete_id: str) -> None:
    days, loads = _days(marts, athlete_id), _indexed(athlete_id)

    ratios = {
        "acwr_coupled": acwr.acwr(loads, method="rac"),
        "acwr_uncoupled": acwr.acwr(loads, method="rau"),
        "acwr_ewma": acwr.acwr(loads, method="ewma"),
    }
    for column, ratio in ratios.items():
        expected = _known(ratio)

        assert days[column].to_list() == [None if e is None else pytest.approx(e, rel=1e-6) for e in expected], column


def test_load_ratios_with_unknown_days_rest_on_the_known_ones(marts: Build) -> None:
    days, loads = _days(marts, "gappy"), _indexed("gappy")
    acute = acwr.acute_load(loads, min_periods=1)
    coupled = acute / acwr.chronic_load(loads, min_periods=21)
    uncoupled = acute / acwr.chronic_load(loads, method="rau", min_periods=1)

    compared = 0
    for number, row in enumerate(days.iter_rows(named=True)):
        if row["acwr_coupled"] is not None:
            assert row["acwr_coupled"] == pytest.approx(coupled.iloc[number], rel=1e-6)
            assert row["acwr_uncoupled"] == pytest.approx(uncoupled.iloc[number], rel=1e-6)
            compared += 1
    assert compared > 300


@pytest.mark.parametrize("athlete_id", DAYS)
def test_monotony_and_strain_are_those_of_the_package(marts: Build, athlete_id: str) -> None:
    """With the population's spread, capped at 10, and unknown unless all seven days are known."""
    days, loads = _days(marts, athlete_id), _indexed(athlete_id)
    expected = _known(acwr.monotony(loads, ddof=0))
    sums = loads.rolling(7).sum()

    for number, row in enumerate(days.iter_rows(named=True)):
        has_load = sums.iloc[number] > 1e-9
        assert (row["monotony"] is not None) == has_load
        if has_load:
            monotony = 10.0 if expected[number] is None else min(10.0, expected[number] or 0.0)
            assert row["monotony"] == pytest.approx(monotony, rel=1e-6)
            assert row["strain"] == pytest.approx(monotony * sums.iloc[number], rel=1e-6)


def _indexed(athlete_id: str) -> pd.Series[float]:
    loads = [float("nan") if load is None else load for load in _series(athlete_id)]
    return pd.Series(loads, index=pd.date_range(FIRST_DAY, periods=len(loads), freq="D"))


def _known(ratios: pd.Series[float] | pd.DataFrame) -> list[float | None]:
    """The package leaves infinities and not-a-number where nothing was done in four weeks; the marts say unknown."""
    return [float(ratio) if isfinite(ratio) else None for ratio in np.asarray(ratios, dtype=float)]
