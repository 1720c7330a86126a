"""Real runners' activity lists as plain tables a person would import, and what the marts make of them on one page.

`python -m tests.builders.histories [RUNNER…]` prints the pages.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb

from connectors.importer import ImportResult
from flows.advise import decide_day
from flows.athlete import AthleteFacts, introduce, open_home
from flows.home import Home
from flows.ingest import import_files
from flows.pages import write_pages
from flows.refresh import Refreshed, refresh
from flows.settings import load_settings
from tests.builders.tabular import table_bytes
from tests.builders.warm import warmed

HISTORIES = Path(__file__).parents[3] / "shared" / "data" / "histories"
_INDOORS = {"indoor", "treadmill", "virtualrun"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """One runner's home the day after the last activity: everything imported, built, judged and rendered."""

    runner: str
    listed: int
    home: Home
    today: date
    imported: ImportResult
    refreshed: Refreshed
    headline: str


def runners() -> tuple[str, ...]:
    """The runners whose histories lie beside the checkout; none on a machine without them."""
    return tuple(sorted(path.stem for path in HISTORIES.glob("runner_*.json")))


def history_of(runner: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((HISTORIES / f"{runner}.json").read_text())
    return found


def table_of(history: list[dict[str, Any]]) -> bytes:
    """The list as the table that `pacewright import --csv-format` describes; nothing is cleaned on the way."""
    return table_bytes([dict(_cells(one)) for one in history])


@contextmanager
def lived_through(runner: str, root: Path, *, also: Sequence[dict[str, Any]] = ()) -> Iterator[Lived]:
    """Import a runner's whole history into a home of its own, build and judge the marts, decide and render the day.

    `also` are activities that the runner never did, to see what becomes of them.
    """
    history = [*history_of(runner), *also]
    today = max(_started_at(one).date() for one in history) + timedelta(days=1)
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    home = warmed(Home(root / runner))
    settings = open_home(home, load_settings(home))
    introduce(home, settings, AthleteFacts(name="Runner", time_zone="UTC"), now=now)
    settings = open_home(home, settings)
    table = root / f"{runner}.csv"
    table.write_bytes(table_of(history))
    imported = import_files(home, settings, [table], now=now)
    refreshed = refresh(home, now=now, today=today)
    decided = decide_day(home, settings, day=today, now=now, note="")
    write_pages(home, settings, day=today)
    yield Lived(
        runner=runner,
        listed=len(history),
        home=home,
        today=today,
        imported=imported,
        refreshed=refreshed,
        headline=decided.headline,
    )


def page(con: duckdb.DuckDBPyConnection, runner: str) -> str:
    """A page of numbers: what is known of the runner, year by year, and what was not believed."""
    blocks = [f"== {runner}"]
    for title, query in _PAGE.items():
        rows = con.execute(query)
        names = [column[0] for column in rows.description or ()]
        lines = [
            " | ".join(f"{name}: {_said(value)}" for name, value in zip(names, row, strict=True))
            for row in rows.fetchall()
        ]
        blocks.append("\n".join([f"-- {title}", *lines]))
    return "\n".join(blocks)


_PAGE: Mapping[str, str] = {
    "years": """
        select
            year(local_date) as year, count(*) as activities, count(*) filter (where is_run) as runs,
            sum(distance_m) filter (where is_run) / 1000 as km, max(distance_m) filter (where is_run) / 1000 as longest_km,
            median(pace_s_per_km) filter (where is_run) as pace, avg(heart_rate_avg_bpm) filter (where is_run) as hr,
            sum(training_load) as load, mode(load_method) as method
        from marts.activities group by 1 order by 1
    """,
    "types": "select run_type, count(*) as n, median(pace_s_per_km) as pace, median(distance_m) / 1000 as km "
    "from marts.activities where is_run group by 1 order by 2 desc",
    "bests": "select distance_m, time_s / 60 as minutes, race_fitness, local_date from marts.best_efforts "
    "where is_personal_best order by 1",
    "peaks": """
        select
            max(fitness_ctl) as highest_fitness, arg_max(local_date, fitness_ctl) as on_day, min(form_tsb_morning) as lowest_form,
            max(acwr_coupled) as highest_ratio, max(monotony) as highest_monotony,
            count(*) filter (where spike_state in ('moderate', 'large')) as spikes, count(*) as days
        from marts.athlete_days
    """,
    "best weeks": "select week_start_date, distance_m / 1000 as km, run_count as runs, long_run_share as long_share, easy_share "
    "from marts.athlete_weeks order by distance_m desc limit 3",
    "profile": "select * from marts.athlete_profile",
    "not believed": "select faults, count(*) as n from marts.activities where faults is not null group by 1 order by 2 desc",
}


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, list):
        return "[" + ", ".join(_said(one) for one in value) + "]"
    return str(value)


def _cells(activity: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "id", activity["activity_id"]
    yield "started_at", _started_at(activity).isoformat()
    sport = str(activity["type"]).lower()
    yield "sport", sport
    yield "distance_m", str(activity["distance_m"]) if activity["distance_m"] else ""
    yield "moving_s", _seconds(activity["moving_time"])
    yield "elapsed_s", _seconds(activity["elapsed_time"])
    yield "elevation_gain_m", "" if activity["elevation_gain_m"] is None else str(activity["elevation_gain_m"])
    yield "heart_rate_avg_bpm", "" if activity["average_heartrate"] is None else str(activity["average_heartrate"])
    yield "is_treadmill", "true" if str(activity["subtype"]).lower() in _INDOORS else "false"


def _started_at(activity: Mapping[str, Any]) -> datetime:
    """The local wall clock with its distance from UTC; where the two do not fit a zone, UTC."""
    utc = datetime.fromisoformat(activity["start_date_utc"]).replace(tzinfo=UTC)
    offset = datetime.fromisoformat(activity["start_date_local"]) - utc.replace(tzinfo=None)
    is_zone = abs(offset) <= timedelta(hours=14) and offset % timedelta(minutes=15) == timedelta(0)
    return (utc + offset).replace(tzinfo=timezone(offset)) if is_zone else utc


def _seconds(clock: str | None) -> str:
    if not clock:
        return ""
    hours, minutes, seconds = (float(part) for part in clock.split(":"))
    return f"{3600 * hours + 60 * minutes + seconds:g}"


def _main(names: list[str]) -> None:
    for runner in names or runners():
        with tempfile.TemporaryDirectory() as folder, lived_through(runner, Path(folder)) as lived:
            print(f"\n{lived.refreshed.state} {lived.refreshed.note} {lived.headline}")
            with duckdb.connect(str(lived.home.warehouse), read_only=True) as con:
                print(page(con, runner))


if __name__ == "__main__":
    _main(sys.argv[1:])
