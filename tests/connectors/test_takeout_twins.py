"""The same history in another language or zone lands as the same history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.importer import import_paths
from connectors.landing import Store
from connectors.strava.words import fold, words
from tests.builders.ledger import new_store, query
from tests.builders.takeouts import FRENCH_HEADER, LANGUAGES, strava_files_in, whoop_files_in, write_folder, write_zip

pytestmark = pytest.mark.slow  # every archive in every language, from its bytes to the ledger

NOW = datetime(2030, 11, 21, tzinfo=UTC)
IDS = range(1, 41)
DAYS = range(1, 11)
# What an archive writes for people: the date, the sport and the distance in words and signs of the account's language.
_FOR_PEOPLE = ("Activity Date", "Activity Type", "Distance")


def landed(store: Store, path: Path) -> list[tuple[Any, ...]]:
    import_paths([path], athlete_id="me", store=store, now=NOW, home_zone="Europe/Berlin", processes=1)
    patch = "{" + ", ".join(f'"{name}": null' for name in _FOR_PEOPLE) + "}"
    return query(
        store,
        f"select entity, source_key, json_merge_patch(payload, '{patch}')::text from raw.payloads "
        "where entity <> 'snapshot' order by all",
    )


@pytest.mark.parametrize(
    ("language", "with_files"),
    [*((language, True) for language in LANGUAGES[1:]), ("de", False), ("fr", False), ("nl", False), ("es", False)],
)
def test_an_archive_in_any_language_lands_as_the_english_one(tmp_path: Path, language: str, with_files: bool) -> None:
    """With a single file named, positions tell the columns; without, a few known words have to."""
    english = write_zip(tmp_path / "en" / "export.zip", strava_files_in("en", IDS, with_files=with_files))
    foreign = write_zip(tmp_path / "xx" / "export.zip", strava_files_in(language, IDS, with_files=with_files))
    expected = landed(new_store(tmp_path / "home-en"), english)

    assert landed(new_store(tmp_path / "home-xx"), foreign) == expected
    assert len([row for row in expected if row[0] == "activity"]) == 40


def test_every_french_header_is_known_by_its_word() -> None:
    assert [name for name in FRENCH_HEADER if fold(name) not in words().columns] == []


def test_a_word_means_one_column_and_one_sport() -> None:
    """The vocabulary grows by guesswork; two meanings would let the last one win silently."""
    data = orjson.loads(resources.files("connectors.strava").joinpath("words.json").read_bytes())
    for section in ("columns", "gear_columns", "sports"):
        folded = [word.casefold() for known in data[section].values() for word in known]
        assert sorted(folded) == sorted(set(folded)), section


def instants(store: Store, files: dict[str, bytes], folder: Path) -> list[tuple[Any, ...]]:
    path = write_folder(folder / "my_whoop_data", files)
    import_paths([path], athlete_id="me", store=store, now=NOW, home_zone="Europe/Berlin", processes=1)
    names = ("_started_at", "_ended_at", "_cycle_started_at", "_sleep_onset_at", "_wake_at", "Recovery score %", "Nap")
    cells = ", ".join(f"payload ->> '$.\"{name}\"'" for name in names)
    return query(
        store,
        f"select entity, source_key, {cells}, payload ->> '$.\"Heart rate variability (ms)\"' from raw.payloads "
        "where entity <> 'snapshot' order by all",
    )


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("is_spanish", [False, True])
@pytest.mark.parametrize(
    ("hours", "zone"), [(0, "UTCZ"), (-6, "UTC-06:00"), (-6, "-06:00"), (-6, "GMT-6"), (5.5, "UTC+05:30")]
)
def test_whoop_nights_are_the_same_instants_whatever_the_zone_they_are_written_in(
    tmp_path: Path, hours: float, zone: str, is_spanish: bool, is_old: bool
) -> None:
    plain = whoop_files_in(timedelta(), "UTC+00:00", DAYS)
    twin = whoop_files_in(timedelta(hours=hours), zone, DAYS, is_spanish=is_spanish, is_old=is_old)
    expected = instants(new_store(tmp_path / "home-utc"), plain, tmp_path / "utc")

    assert instants(new_store(tmp_path / "home-twin"), twin, tmp_path / "twin") == expected
    assert len(expected) == 40
