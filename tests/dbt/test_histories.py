"""Four real runners, years each, through import, build, gate, decision and pages: gaps, doubles and all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.builders.histories import Lived, history_of, lived_through, runners

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not runners(), reason="the histories lie beside the checkout, in ../shared/data; they are not there"
    ),
]


# Every second of the runners that lie there; `python -m tests.builders.histories` lives through all of them.
@pytest.fixture(scope="module", params=runners()[::2] or ("none",))
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with lived_through(
        request.param, tmp_path_factory.mktemp("history"), also=[impossible(history_of(request.param))]
    ) as lived:
        yield lived


def impossible(history: list[dict[str, Any]]) -> dict[str, Any]:
    """Ten kilometres in ten minutes, on the day before the runner's first activity."""
    first = min(datetime.fromisoformat(one["start_date_utc"]) for one in history) - timedelta(days=1)
    like = next(one for one in history if one["type"] == "Run")
    when = first.replace(tzinfo=None).isoformat()
    return {
        **like, "activity_id": "impossible", "start_date_utc": when, "start_date_local": when, "distance_m": 10000.0,
        "moving_time": "0:10:00", "elapsed_time": "0:10:00", "average_heartrate": None,
    }  # fmt: skip


@pytest.fixture
def marts(lived: Lived) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(lived.home.warehouse), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        yield con


def number(con: duckdb.DuckDBPyConnection, query: str) -> float:
    row = con.execute(query).fetchone()
    assert row is not None
    assert row[0] is not None, f"nothing is known: {query}"
    return float(row[0])


def test_a_whole_history_is_built_judged_and_published(lived: Lived) -> None:
    assert lived.refreshed.state == "published", lived.refreshed.note
    assert lived.refreshed.checks
    assert (lived.home.site / "index.html").exists()


def test_nothing_listed_is_lost_on_the_way(lived: Lived, marts: duckdb.DuckDBPyConnection) -> None:
    """Every line of the list is in some activity, or was recorded at a time when no run can have been."""
    merged = number(marts, "select sum(recording_count) from marts.activities")

    assert lived.listed - 3 <= merged <= lived.listed


def test_no_number_is_beyond_what_a_runner_can_do(lived: Lived, marts: duckdb.DuckDBPyConnection) -> None:
    assert number(marts, "select min(pace_s_per_km) from marts.activities where is_run") >= 120
    assert number(marts, "select max(heart_rate_avg_bpm) from marts.activities") <= 220
    assert number(marts, "select max(training_load) from marts.activities") < 1000
    assert number(marts, "select count(*) from marts.activities where isnan(training_load) or training_load < 0") == 0
    assert number(marts, "select max(race_fitness) from marts.best_efforts") <= 85


def test_what_was_not_believed_is_named_and_the_rest_of_the_run_is_kept(marts: duckdb.DuckDBPyConnection) -> None:
    """A run faster than two minutes a kilometre keeps its time and says why its distance is gone."""
    said = marts.execute(
        "select distance_m, moving_s, faults from marts.activities where faults like '%impossible pace%' "
        "order by local_date limit 1"
    ).fetchone()

    assert said is not None
    assert said[:2] == (None, 600.0)


def test_the_days_of_a_gap_stay_unknown_or_rest_and_fitness_fades(
    lived: Lived, marts: duckdb.DuckDBPyConnection
) -> None:
    """After eight weeks in which nothing was recorded, little of the fitness before is left, and no ratio is made up."""
    gaps = marts.execute("""
        with idle as (
            select *, max(case when training_load > 0 then local_date end) over (order by local_date) as last_date
            from marts.athlete_days
        )
        select now.fitness_ctl, before.fitness_ctl, now.acwr_coupled
        from idle as now
        inner join idle as before on before.local_date = now.last_date
        where now.local_date = now.last_date + 56
    """).fetchall()

    for fitness, before, ratio in gaps:
        assert fitness is None or fitness <= 0.3 * before
        assert ratio is None
