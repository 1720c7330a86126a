"""One history that comes in every way there is: the order of syncs and imports never shows in what the ledger holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from connectors.importer import import_paths
from connectors.landing import Store
from connectors.syncing import Desk, run_sync
from connectors.tokens import TokenStore
from tests.builders.ledger import new_store_on_disk, query
from tests.builders.takeouts import ENGLISH_HEADER, activity_row, csv_bytes, us_date, write_folder, write_zip, zip_bytes
from tests.builders.takeouts_garmin import activity as garmin_row
from tests.servers.base import SimulatedClock
from tests.servers.clouds import CLOUDS, Cloud
from tests.servers.garmin_payloads import fit_of
from tests.servers.world import Life, copy_of, new_life

pytestmark = pytest.mark.slow

TODAY = date(2026, 10, 27)
NOW = datetime(2026, 10, 27, 6, tzinfo=UTC)
Way = Callable[[Store, Path], None]


@pytest.fixture(scope="module")
def life() -> Life:
    return new_life(21, today=TODAY, days=12)


@pytest.fixture(scope="module")
def offers(life: Life, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same recordings as plain files, in a Strava archive and in a Garmin export, and two archives of WHOOP-less lists."""
    folder = tmp_path_factory.mktemp("offers")
    recorded = [run for run in life.runs.values() if not run.is_manual]
    fits = {run.run_id: fit_of(run) for run in recorded}
    watch = write_folder(folder / "watch", {f"{number}.fit": data for number, data in fits.items()})
    rows = [
        activity_row(
            run.run_id,
            date=us_date(run.start_at),
            filename=f"activities/{run.run_id}.fit" if run.run_id in fits else "",
            distance_m=str(run.distance_m),
        )
        for run in life.runs.values()
    ]
    archives = []
    for name, kept in (("old", rows[: len(rows) // 2]), ("new", rows)):
        files = {"activities.csv": csv_bytes(ENGLISH_HEADER, kept)}
        files |= {f"activities/{number}.fit": data for number, data in fits.items()}
        at = NOW - timedelta(days=9 if name == "old" else 1)
        archives.append(write_zip(folder / f"strava-{name}.zip", files, at=at))
    listed = [garmin_row(run.run_id, run.start_at, seconds=run.moving_s) for run in life.runs.values()]
    uploads = zip_bytes({f"ann@example.org_{number}.fit": data for number, data in fits.items()})
    export = write_zip(
        folder / "garmin.zip",
        {
            "DI_CONNECT/DI-Connect-Fitness/x_0_summarizedActivities.json": orjson.dumps(
                [{"summarizedActivitiesExport": listed}]
            ),
            "DI_CONNECT/DI-Connect-Uploaded-Files/UploadedFiles_0-_Part1.zip": uploads,
        },
    )
    return [watch, *archives, export]


def imported(path: Path) -> Way:
    def way(store: Store, _: Path) -> None:
        result = import_paths([path], athlete_id="me", store=store, now=NOW, home_zone="Europe/Berlin", processes=1)
        assert result.count("imported") + result.count("unchanged") > 0

    return way


def synced(cloud: Cloud, life: Life) -> Way:
    def way(store: Store, folder: Path) -> None:
        clock = SimulatedClock(NOW)
        tokens = TokenStore(folder / "tokens", athlete_id="me")
        with cloud.start(copy_of(life), clock) as vendor:
            tokens.write(vendor.grant())
            desk = Desk(athlete_id="me", store=store, tokens=tokens, clock=clock, home_zone="Europe/Berlin")
            ended = run_sync(desk, cloud.source, lambda desk, tally: cloud.sync(desk, tally, vendor.config()))
            assert ended.state == "complete", ended

    return way


def view(store: Store) -> dict[tuple[str, str, str], Any]:
    """What every source says now, and which contents have samples."""
    rows = query(
        store,
        """
        select source, entity, source_key, arg_max(payload::text, version), arg_max(is_deleted, version)
        from raw.payloads
        where entity <> 'snapshot'
        group by all
        """,
    )
    held: dict[tuple[str, str, str], Any] = {
        (source, entity, key): payload for source, entity, key, payload, is_deleted in rows if not is_deleted
    }
    for sha256, count in query(store, "select file_sha256, sample_count from raw.streams"):
        held["samples", "", sha256] = count
    return held


def test_any_order_of_syncs_and_imports_gives_the_same_view(life: Life, offers: list[Path], tmp_path: Path) -> None:
    ways = [*map(imported, offers), *(synced(cloud, life) for cloud in CLOUDS)]
    views = []
    for seed in range(5):
        random = Random(seed)
        order = [*ways, *random.sample(ways, 2)]  # two of them come twice
        random.shuffle(order)
        folder = tmp_path / str(seed)
        store = new_store_on_disk(folder)
        for way in order:
            way(store, folder)
        views.append(view(store))
    sources = {source for source, _, _ in views[0]}
    expected = {"file", "garmin_api", "garmin_export", "strava_api", "strava_archive", "whoop_api", "samples"}
    assert sources == expected
    for number, other in enumerate(views[1:], start=1):
        differing = {key for key in views[0].keys() | other.keys() if views[0].get(key) != other.get(key)}
        assert not differing, f"order {number}: {sorted(differing)[:4]}"
