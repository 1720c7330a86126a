"""Recordings that a source brings one by one: landed once each, under every source that brings them."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import NotRecognised, Skipped
from connectors.files import read_activity_file
from connectors.importer import import_paths
from connectors.landing import Store
from connectors.originals import original_path
from connectors.recordings import DecodedRecording, land_decoded, land_recordings
from tests.builders.files import fit_run, gpx, gpx_point
from tests.builders.ledger import ledger_content, new_store, query, samples
from tests.builders.takeouts import write_folder

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RUN = fit_run()
WALK = gpx([gpx_point(n) for n in range(9)])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "home")


def bring(store: Store, *items: tuple[str, bytes], source: str = "garmin_api") -> list[Skipped | str]:
    return land_recordings(items, athlete_id="me", source=source, store=store, now=NOW)


def streams(data: bytes = b'{"time": [0, 1]}') -> DecodedRecording:
    decoded = read_activity_file(RUN, name="a.fit", now=NOW)
    payload = {**decoded.payload, "format": "strava_streams", "reader_version": "streams-1"}
    return DecodedRecording(name="streams of 1", data=data, extension="json", payload=payload, samples=decoded.samples)


def test_each_recording_is_answered_by_its_hash_or_the_reason_there_is_none(store: Store) -> None:
    outcomes = bring(store, ("1", RUN), ("2", gzip.compress(RUN)), ("3", b"no run"), ("4", WALK), ("5", b""))

    assert outcomes[0] == outcomes[1] != outcomes[3]
    assert [isinstance(each, Skipped) for each in outcomes] == [False, False, True, False, True]
    assert isinstance(outcomes[2], NotRecognised)
    assert query(store, "select source, count(*) from raw.payloads group by 1") == [("garmin_api", 2)]
    assert len(samples(store)) == 2


def test_landing_again_changes_nothing_and_says_the_same(store: Store) -> None:
    items = [("1", RUN), ("2", RUN[: len(RUN) // 2]), ("3", b"no run")]
    first, before = bring(store, *items), ledger_content(store)
    again = bring(store, *items)

    assert [str(each) for each in again] == [str(each) for each in first]
    assert ledger_content(store) == before


def test_a_file_imported_before_also_stands_under_the_source_that_brings_it_now(store: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a.fit": RUN})
    import_paths([folder], athlete_id="me", store=store, now=NOW, home_zone="UTC", processes=1)
    bring(store, ("1", RUN))
    rows = query(store, "select source, version, payload::text from raw.payloads order by source")

    assert [row[:2] for row in rows] == [("file", 1), ("garmin_api", 1)]
    assert rows[0][2] == rows[1][2]


def test_a_recording_the_source_had_dropped_comes_back(store: Store) -> None:
    (sha256,) = bring(store, ("1", RUN))
    with store.open_ledger() as con:
        con.execute(
            "insert into raw.payloads select * replace (2 as version, null as payload, 'null' as payload_sha256, "
            "true as is_deleted) from raw.payloads"
        )

    assert bring(store, ("1", RUN)) == [sha256]
    assert query(store, "select version, is_deleted from raw.payloads order by 1") == [
        (1, False),
        (2, True),
        (3, False),
    ]


def test_samples_given_ready_land_like_a_file(store: Store) -> None:
    hashes = land_decoded([streams()], athlete_id="me", source="strava_api", store=store, now=NOW)
    before = ledger_content(store)
    again = land_decoded([streams()], athlete_id="me", source="strava_api", store=store, now=NOW)

    assert again == hashes
    assert ledger_content(store) == before
    assert query(store, "select kind, state from raw.files") == [("strava_streams", "imported")]
    assert original_path(store.files_dir, sha256=hashes[0], extension="json").read_bytes() == b'{"time": [0, 1]}'
    assert len(samples(store)[hashes[0]]) == 60
