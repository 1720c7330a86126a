"""One run that every source tells of is one activity, whichever came first, and each field says who knew it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

import duckdb
import pytest

from tests.builders.takeouts_garmin import activity as garmin_export_activity
from tests.builders.warehouse import Build, LedgerBuilder, build, samples
from tests.servers import garmin_payloads, strava_words, whoop_payloads
from tests.servers.world import Life, Run, new_life

pytestmark = pytest.mark.slow

TODAY = date(2026, 6, 1)
FIT, STREAMS = "a" * 64, "b" * 64
ORDERS = ("forward", "backward", "shuffled")
MARTS = ("activities", "laps", "best_efforts", "athlete_days", "athlete_weeks", "athlete_profile", "source_freshness")
STAGING_KEYS = {
    "strava_api__activities": "recording_id",
    "strava_api__details": "recording_id",
    "strava_api__laps": "(recording_id, lap_position)",
    "strava_api__streams": "recording_id",
    "strava_api__gear": "gear_id",
    "whoop_api__cycles": "cycle_id",
    "whoop_api__recoveries": "cycle_id",
    "whoop_api__sleeps": "sleep_id",
    "whoop_api__workouts": "workout_id",
    "garmin_api__activities": "recording_id",
    "garmin_api__details": "recording_id",
    "garmin_api__files": "recording_id",
    "garmin_api__sleeps": "local_date",
    "garmin_api__hrv": "local_date",
    "garmin_api__days": "local_date",
    "garmin_api__stress": "local_date",
    "manual__runs": "recording_id",
    "manual__corrections": "recording_id",
}

Arrival = Callable[[LedgerBuilder], object]


@pytest.fixture(scope="module")
def life() -> Life:
    """A month lived, with runs and nights as three vendors would tell them."""
    return new_life(3, today=TODAY, days=30)


@pytest.fixture(scope="module")
def run(life: Life) -> Run:
    """The newest run of at least twenty minutes with a heart rate."""
    runs = [run for run in life.runs.values() if run.heart_rate_avg_bpm and not run.is_manual and run.sport == "run"]
    return max(runs, key=lambda run: run.start_at)


@pytest.fixture(scope="module")
def warehouse(life: Life, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("one_run")
    ledger = LedgerBuilder(folder)
    arrivals = _arrivals(life, run)
    orders = dict(zip(ORDERS, (arrivals, arrivals[::-1], arrivals[1::2] + arrivals[::2]), strict=True))
    for order, landings in orders.items():
        for stamp in ("together", "apart"):
            _land(ledger, f"{order}_{stamp}", landings, apart=stamp == "apart")
    _land(ledger, "strava_alone", _strava_api(run))
    _land(ledger, "hidden_start", [*_garmin_api(run), *_strava_api(run, hides_start=True)])
    _land(ledger, "corrected", [*arrivals, _manual("correction", f"strava:{run.run_id}", _CORRECTION)])
    _land(ledger, "ignored", [*arrivals, _manual("correction", f"file:{FIT[:16]}", {"is_ignored": True})])
    undone = [_manual("correction", f"garmin:{run.run_id}", payload) for payload in ({"is_ignored": True}, None)]
    _land(ledger, "ignored_and_back", [*arrivals, *undone])
    ledger.athlete_id = "by_hand"
    _land(ledger, "by_hand", [_manual("run", "run-20260501-abcdef", _BY_HAND)])
    snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=TODAY)
    return build(folder / "warehouse.next.duckdb", snapshot)


def test_a_run_that_five_sources_tell_of_is_one_activity(warehouse: Build, run: Run) -> None:
    found = _run(warehouse, "forward_together", run)

    assert found["sources"] == "garmin_api,garmin_export,strava_api,strava_archive,whoop_api"
    assert found["recording_count"] == 5
    assert found["distance_m"] == pytest.approx(run.distance_m)


def test_each_field_says_which_recording_knew_it(warehouse: Build, run: Run) -> None:
    """The watch's file first, then Garmin's words, then Strava's."""
    provenance = json.loads(_run(warehouse, "forward_together", run)["provenance"])

    assert provenance["distance_m"] == provenance["samples"] == f"file:{FIT[:16]}"
    assert provenance["title"] == provenance["perceived_exertion"] == f"garmin:{run.run_id}"
    assert provenance["gear_name"] == f"strava_api:{run.run_id}"


@pytest.mark.parametrize("mart", MARTS)
@pytest.mark.parametrize("order", ORDERS[1:])
def test_the_order_of_landing_within_an_import_changes_nothing(warehouse: Build, order: str, mart: str) -> None:
    assert _rows(warehouse, mart, f"{order}_together") == _rows(warehouse, mart, "forward_together") != []


@pytest.mark.parametrize("mart", MARTS)
@pytest.mark.parametrize("order", ORDERS)
def test_arriving_days_apart_changes_names_and_nothing_else(warehouse: Build, order: str, mart: str) -> None:
    """An activity keeps the name under which it was first known."""
    named = ("activity_id", "newest_landed_at", "race_fitness_activity_id", "long_run_activity_id")

    assert _rows(warehouse, mart, f"{order}_apart", *named) == _rows(warehouse, mart, "forward_together", *named) != []


def test_what_only_stravas_api_knows_can_be_told_apart(warehouse: Build, run: Run) -> None:
    alone = _run(warehouse, "strava_alone", run)
    elsewhere = warehouse.rows("select sources from marts.activities where athlete_id = 'forward_together'")

    assert alone["sources"] == "strava_api"
    assert {source.split(":")[0] for source in json.loads(alone["provenance"]).values()} == {"strava_api"}
    assert "strava_api" not in {row["sources"] for row in elsewhere}


def test_laps_of_stravas_api_stand_in_where_no_file_tells_any(warehouse: Build, run: Run) -> None:
    laps = warehouse.rows("select * from marts.laps where athlete_id = 'strava_alone' order by lap_number")

    assert laps
    assert sum(lap["distance_m"] for lap in laps) == pytest.approx(run.distance_m, rel=0.01)


def test_a_hidden_start_is_the_run_of_that_day(warehouse: Build, run: Run) -> None:
    found = _run(warehouse, "hidden_start", run)

    assert found["sources"] == "garmin_api,strava_api"
    assert found["started_at"] == run.start_at


def test_the_athletes_word_stands_over_every_source(warehouse: Build, run: Run) -> None:
    found = _run(warehouse, "corrected", run)
    provenance = json.loads(found["provenance"])

    assert (found["distance_m"], found["is_treadmill"], found["title"]) == (4321.0, True, "As it was")
    assert provenance["distance_m"] == provenance["title"] == provenance["is_treadmill"] == "manual"
    assert found["sources"] == _run(warehouse, "forward_together", run)["sources"]


def test_an_ignored_run_counts_for_nothing_until_that_is_undone(warehouse: Build, run: Run) -> None:
    everywhere = _days(warehouse, "forward_together")
    without, back = _days(warehouse, "ignored"), _days(warehouse, "ignored_and_back")
    heard = (
        "select max(newest_local_date) as day from marts.source_freshness where athlete_id = ? and kind = 'activities'"
    )

    run_m, left_m = (sum(known for known in days.values() if known is not None) for days in (everywhere, without))
    assert run_m - left_m == pytest.approx(run.distance_m)
    assert back == everywhere
    assert warehouse.row(heard, "ignored") == warehouse.row(heard, "forward_together")


def test_a_run_by_hand_is_a_run(warehouse: Build) -> None:
    (found,) = _rows(warehouse, "activities", "by_hand")

    assert (found["activity_id"], found["sources"]) == ("manual:run-20260501-abcdef", "manual")
    assert (found["distance_m"], found["moving_s"], found["utc_offset_s"]) == (8200.0, 2710.0, 7200)
    assert found["load_method"] == "srpe"


def test_nights_of_the_strap_are_chosen_and_the_watchs_are_kept_apart(warehouse: Build) -> None:
    """The watch speaks only for a morning on which the strap has no night."""
    families = warehouse.rows(
        """
        select days.recovery_family, count(*) as mornings, count(strap.family) as of_strap
        from marts.athlete_days as days
        left join intermediate.int_nights_merged as strap
            on
                strap.athlete_id = days.athlete_id
                and strap.local_date = days.local_date
                and strap.family = 'whoop'
        where days.athlete_id = 'forward_together' and days.has_recovery
        group by 1
        order by 1
        """
    )

    watch, strap = families
    assert (watch["recovery_family"], watch["of_strap"]) == ("garmin", 0)
    assert (strap["recovery_family"], strap["of_strap"]) == ("whoop", strap["mornings"])
    assert strap["mornings"] > 20 > watch["mornings"] > 0


@pytest.mark.parametrize("view", STAGING_KEYS)
def test_a_row_of_a_staging_view_is_known_by_its_key(warehouse: Build, view: str) -> None:
    """Tested here and not in every build: the key follows from the ledger's own."""
    counted = f"select count(*), count(distinct (athlete_id, {STAGING_KEYS[view]})) from staging.stg_{view}"

    with duckdb.connect() as con:
        con.execute(f"attach '{warehouse.warehouse.parent / 'snapshot.duckdb'}' as ledger (read_only)")
        con.execute(f"attach '{warehouse.warehouse}' as warehouse (read_only)")
        con.execute("use warehouse")
        rows, keys = con.execute(counted).fetchone() or (0, 0)

    assert rows == keys > 0


_CORRECTION = {"distance_m": 4321.0, "title": "As it was", "is_treadmill": True}
_BY_HAND = {
    "started_at": "2026-05-01T05:00:00Z",
    "utc_offset_s": 7200,
    "sport": "run",
    "distance_m": 8200,
    "moving_s": 2710,
    "perceived_exertion": 6,
}


def _arrivals(life: Life, run: Run) -> list[Arrival]:
    """The run by five ways and everybody's nights, each thing one landing."""
    return [
        *_garmin_api(run),
        *_garmin_export(run),
        *_strava_api(run),
        _landing("strava_archive", "activity", str(run.run_id), _strava_row(run)),
        _landing("whoop_api", "workout", run.uuid, whoop_payloads.workout(run)),
        *_nights(life),
    ]


def _garmin_api(run: Run) -> list[Arrival]:
    told = garmin_payloads.summary(run)
    key = str(run.run_id)
    return [
        _landing("garmin_api", "activity", key, told),
        _landing("garmin_api", "detail", key, garmin_payloads.detail(run, told)),
        _landing("garmin_api", "file", key, {"file_sha256": FIT, "why": None}),
        _recording("garmin_api", FIT, run),
    ]


def _garmin_export(run: Run) -> list[Arrival]:
    seconds = run.moving_s
    row = garmin_export_activity(0, run.start_at, seconds=seconds, activityId=run.run_id, eventTypeId=9)
    row |= {"distance": run.distance_m * 100, "_started_at": run.start_at.isoformat()}
    return [_landing("garmin_export", "activity", str(run.run_id), row), _recording("garmin_export", FIT, run)]


def _strava_api(run: Run, *, hides_start: bool = False) -> list[Arrival]:
    summary = strava_words.summary_of(run, athlete_id=1, hides_start=hides_start)
    half = {"distance": run.distance_m / 2, "moving_time": run.moving_s / 2, "elapsed_time": run.moving_s / 2}
    laps = [
        {**half, "start_date": (run.start_at + timedelta(seconds=number * run.moving_s / 2)).isoformat()}
        for number in range(2)
    ]
    key = str(run.run_id)
    return [
        _landing("strava_api", "activity", key, {**summary, "gear_id": "g1"}),
        _landing("strava_api", "detail", key, {**summary, "laps": laps, "calories": 700}),
        _landing("strava_api", "streams", key, {"file_sha256": STREAMS}),
        _landing("strava_api", "gear", "g1", {"name": "Blue"}),
        _recording("strava_api", STREAMS, run, format="strava_streams", derived=True),
    ]


def _strava_row(run: Run) -> dict[str, Any]:
    return {
        "Distance (2)": str(run.distance_m + 3),
        "Moving Time": str(run.moving_s),
        "Elapsed Time (2)": str(run.elapsed_s),
        "Perceived Exertion": "7",
        "_started_at": run.start_at.isoformat(),
        "_sport": "run",
    }


def _nights(life: Life) -> list[Arrival]:
    landings: list[Arrival] = []
    for night in life.nights.values():
        key = str(night.cycle_id)
        day = night.wake_date.isoformat()
        landings += [
            _landing("whoop_api", "cycle", key, whoop_payloads.cycle(night, night.wake_at + timedelta(hours=15))),
            _landing("whoop_api", "sleep", night.sleep_uuid, whoop_payloads.sleep(night)),
            _landing("whoop_api", "recovery", key, whoop_payloads.recovery(night)),
            _landing("garmin_api", "sleep", day, garmin_payloads.sleep(night)),
            _landing("garmin_api", "hrv", day, garmin_payloads.hrv(night) or {"calendarDate": day}),
            _landing("garmin_api", "day", day, garmin_payloads.day(night)),
            _landing("garmin_api", "stress", day, garmin_payloads.stress(night)),
        ]
    return landings


def _landing(source: str, entity: str, key: str, payload: dict[str, Any] | None) -> Arrival:
    return lambda ledger: ledger.land(source, entity, key, payload)


def _manual(entity: str, key: str, payload: dict[str, Any] | None) -> Arrival:
    return _landing("manual", entity, key, payload)


def _recording(source: str, sha256: str, run: Run, **facts: Any) -> Arrival:
    """The samples come with the bytes, however often those come."""

    def land(ledger: LedgerBuilder) -> None:
        tables = ledger.tables
        known = {(t["athlete_id"][0].as_py(), t["file_sha256"][0].as_py()) for t in tables}
        stream = samples(
            run.start_at,
            speeds_m_per_s=[run.distance_m / run.moving_s] * (run.moving_s + 1),
            heart_rates_bpm=round(run.heart_rate_avg_bpm or 0),
        )
        is_new = (ledger.athlete_id, sha256) not in known
        ledger.recording(
            run.start_at,
            source=source,
            key=sha256,
            samples=stream if is_new else None,
            distance_m=run.distance_m,
            duration_s=float(run.moving_s),
            heart_rate_avg_bpm=run.heart_rate_avg_bpm,
            utc_offset_s=run.offset_s,
            **facts,
        )

    return land


def _land(ledger: LedgerBuilder, athlete_id: str, arrivals: list[Arrival], *, apart: bool = False) -> None:
    """Everything at one instant, or each thing an hour after the one before."""
    ledger.athlete_id, began_at = athlete_id, ledger.landed_at
    hours = count()
    for arrive in arrivals:
        ledger.landed_at = began_at + timedelta(hours=next(hours) if apart else 0)
        arrive(ledger)
    ledger.landed_at = began_at


def _run(warehouse: Build, athlete_id: str, run: Run) -> dict[str, Any]:
    """The activity of that local day."""
    day = (run.start_at + timedelta(seconds=run.offset_s)).date()
    return warehouse.row("select * from marts.activities where athlete_id = ? and local_date = ?", athlete_id, day)


def _days(warehouse: Build, athlete_id: str) -> dict[date, float]:
    rows = warehouse.rows("select local_date, distance_m from marts.athlete_days where athlete_id = ?", athlete_id)
    return {row["local_date"]: row["distance_m"] for row in rows}


def _rows(warehouse: Build, mart: str, athlete_id: str, *without: str) -> list[dict[str, Any]]:
    """The rows of an athlete, to within the last bits: sums over windows begin elsewhere for every athlete."""
    rows = warehouse.rows(
        f"select * exclude (athlete_id) from marts.{mart} where athlete_id = ? order by all", athlete_id
    )
    kept = [{name: _rounded(value) for name, value in row.items() if name not in without} for row in rows]
    return sorted(kept, key=repr)


def _rounded(value: Any) -> Any:
    return float(f"{value:.9g}") if isinstance(value, float) else value
