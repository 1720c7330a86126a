"""One history by several ways is one history: languages, zones, units, sources and orders of arrival do not show in the marts.

Every variant is an athlete of its own in one ledger, so that one build tells them all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.importer import import_paths
from connectors.landing import Store
from tests.builders.garmindb import GarminDbFolder, history, write_garmindb
from tests.builders.ledger import new_store_on_disk, query
from tests.builders.takeouts import strava_files_in, whoop_files_in, write_folder, write_zip
from tests.builders.takeouts_garmin import GarminTakeout, write_garmin_zip
from tests.builders.warehouse import Build, add_build_inputs, build

pytestmark = pytest.mark.slow

NOW = datetime(2024, 12, 1, tzinfo=UTC)
STRAVA_IDS, WHOOP_DAYS = range(1, 5), range(1, 9)
MARTS = ("activities", "laps", "best_efforts", "athlete_days", "athlete_weeks", "athlete_profile")
STAGING_KEYS = {
    "garmin_export__activities": "recording_id",
    "garmin_export__sleeps": "local_date",
    "garmin_export__days": "local_date",
    "garmin_export__health": "local_date",
    "garmindb__activities": "recording_id",
    "garmindb__sleeps": "local_date",
    "garmindb__hrv": "local_date",
    "garmindb__days": "local_date",
}


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Every take-out of one history and its twin, each an athlete's of its own."""
    folder = tmp_path_factory.mktemp("twins")
    store = new_store_on_disk(folder / "home")
    for athlete_id, path in _takeouts(folder / "takeouts"):
        import_paths([path], athlete_id=athlete_id, store=store, now=NOW, home_zone="Europe/Berlin", processes=1)
    return build(folder / "warehouse.next.duckdb", _snapshot(store, folder))


@pytest.mark.parametrize("language", ["de", "fr"])
def test_an_archive_in_any_language_gives_the_same_marts(twins: Build, language: str) -> None:
    assert len(_rows(twins, "activities", "strava_en")) == len(STRAVA_IDS)
    for mart in MARTS:
        assert _rows(twins, mart, f"strava_{language}") == _rows(twins, mart, "strava_en"), mart


def test_a_strap_read_in_another_zone_gives_the_same_nights_and_workouts(twins: Build) -> None:
    """The offset itself differs, as it should; the instants and the days do not."""
    where = ("utc_offset_s", "local_started_at")

    assert sum(day["has_recovery"] for day in _rows(twins, "athlete_days", "whoop_utc")) == len(WHOOP_DAYS)
    assert len(_rows(twins, "activities", "whoop_utc")) == len(WHOOP_DAYS)
    for mart in MARTS:
        assert _rows(twins, mart, "whoop_chicago", *where) == _rows(twins, mart, "whoop_utc", *where), mart


def test_an_export_that_tells_days_twice_gives_the_same_marts(twins: Build) -> None:
    days = _rows(twins, "athlete_days", "garmin_plain")

    assert len(_rows(twins, "activities", "garmin_plain")) == 8
    assert sum(day["hrv_ms"] is not None for day in days) == 15
    for mart in MARTS:
        assert _rows(twins, mart, "garmin_messy") == _rows(twins, mart, "garmin_plain"), mart


def test_miles_and_kilometres_give_the_same_marts(twins: Build) -> None:
    """To within what the rounding of a foot may change."""
    runs = _rows(twins, "activities", "garmindb_metric")

    assert [round(run["distance_m"]) for run in runs] == [10_000, 10_500, 11_000, 11_500]
    assert [run["moving_s"] for run in runs] == [3_000, 3_150, 3_300, 3_450]
    for mart in MARTS:
        assert _rows(twins, mart, "garmindb_statute") == _near(_rows(twins, mart, "garmindb_metric")), mart


@pytest.mark.parametrize("view", STAGING_KEYS)
def test_a_row_of_a_staging_view_is_known_by_its_key(twins: Build, view: str) -> None:
    """Tested here and not in every build: the key follows from the ledger's own."""
    counted = (
        f"select count(*) as rows, count(distinct (athlete_id, {STAGING_KEYS[view]})) as keys from staging.stg_{view}"
    )

    with duckdb.connect() as con:
        con.execute(f"attach '{twins.warehouse.parent / 'snapshot.duckdb'}' as ledger (read_only)")
        con.execute(f"attach '{twins.warehouse}' as warehouse (read_only)")
        con.execute("use warehouse")
        row_count, key_count = con.execute(counted).fetchone() or (0, 0)

    assert row_count == key_count > 0


def _takeouts(folder: Path) -> Iterable[tuple[str, Path]]:
    for language in ("en", "de", "fr"):
        path = folder / language / "export.zip"
        yield f"strava_{language}", write_zip(path, strava_files_in(language, STRAVA_IDS))
    for name, hours, zone in (("utc", 0, "UTCZ"), ("chicago", -6, "UTC-06:00")):
        files = whoop_files_in(timedelta(hours=hours), zone, WHOOP_DAYS)
        yield f"whoop_{name}", write_folder(folder / name, files)
    plain = GarminTakeout(days=15, chunk_days=5)
    messy = GarminTakeout(days=15, chunk_days=5, overlap_days=3, is_messy=True, activities_per_file=3)
    yield "garmin_plain", write_garmin_zip(folder / "plain.zip", plain)
    yield "garmin_messy", write_garmin_zip(folder / "messy.zip", messy)
    for system in ("metric", "statute"):
        dbs = GarminDbFolder(history=history(), measurement_system=system)
        yield f"garmindb_{system}", write_garmindb(folder / system, dbs)


def _snapshot(store: Store, folder: Path) -> Path:
    streams = query(store, "select distinct stream_file from raw.streams order by 1")
    path = folder / "snapshot.duckdb"
    with store.open_ledger() as con:
        con.execute("checkpoint")
    shutil.copyfile(folder / "home" / "ledger.duckdb", path)
    with duckdb.connect(str(path)) as con:
        con.execute("set timezone = 'UTC'")
        add_build_inputs(con, [store.streams_dir / name for (name,) in streams], today=date(2024, 6, 1))
    return path


def _rows(built: Build, mart: str, athlete_id: str, *without: str) -> list[dict[str, Any]]:
    left_out = ", ".join(("athlete_id", *without)) if mart == "activities" else "athlete_id"
    return built.rows(f"select * exclude ({left_out}) from marts.{mart} where athlete_id = ? order by all", athlete_id)


def _near(value: Any) -> Any:
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-3)
    if isinstance(value, dict):
        return {name: _near(each) for name, each in value.items()}
    return [_near(each) for each in value] if isinstance(value, list) else value
