"""A build that fails on something that arrived is made without it; it is named, kept, and tried again by other code."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil, log2
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import transform
from flows.culprits import MOST_BUILDS, Arrival, culprits, is_of_the_machine, try_again
from flows.errors import BuildFailed
from flows.home import Home
from flows.ingest import import_files
from flows.ledger import open_ledger
from flows.pages import _file_notes
from flows.refresh import refresh
from tests.builders.homes import HomeAt, morning_of, settings_for

TODAY = date(2026, 5, 20)


def suspects(count: int) -> list[Arrival]:
    return [Arrival("me", "file", "recording", f"{number:04}", 1) for number in range(count)]


@given(st.data())
def test_whoever_breaks_the_build_is_found_and_nobody_else(data: st.DataObject) -> None:
    """A group fails where it holds one that fails alone, or both of two that fail together."""
    everybody = suspects(data.draw(st.integers(1, 300)))
    alone = data.draw(st.sets(st.sampled_from(everybody), max_size=1))
    innocent = sorted(set(everybody) - alone)
    pairs = st.sets(st.sampled_from(innocent), min_size=2, max_size=2) if len(innocent) > 1 else st.just(set())
    together = data.draw(st.just(set()) | pairs)
    builds = 0

    def is_built_with(kept: Sequence[Arrival]) -> bool:
        nonlocal builds
        builds += 1
        return not (alone & set(kept)) and not (together and together <= set(kept))

    found = set(culprits(everybody, is_built_with)) if not is_built_with(everybody) else set()

    assert alone <= found
    assert builds <= 2 + MOST_BUILDS
    assert is_built_with([one for one in everybody if one not in found])
    if len(alone) + bool(together) < 2:
        assert found <= alone | together
        assert len(found) == len(alone) + bool(together)
        assert builds <= 4 + 2 * ceil(log2(len(everybody) + 1))


def test_a_build_that_fails_without_any_of_them_is_not_their_fault() -> None:
    assert culprits(suspects(5), lambda _: False) == []
    assert culprits([], lambda _: True) == []


def test_what_is_not_found_soon_is_set_aside_as_a_whole() -> None:
    everybody = suspects(200)
    builds = []

    def is_built_with(kept: Sequence[Arrival]) -> bool:
        builds.append(len(kept))
        return not kept  # every one of them breaks it

    assert set(culprits(everybody, is_built_with)) == set(everybody)
    assert len(builds) <= MOST_BUILDS


@pytest.mark.parametrize("fact", ["Out of Memory Error: failed to allocate", "IO Error: No space left on device"])
def test_want_of_room_is_nobodys_fault(fact: str) -> None:
    assert is_of_the_machine(BuildFailed(f"The warehouse could not be built (athlete_days: {fact})."))
    assert not is_of_the_machine(BuildFailed("The warehouse could not be built (laps: a ratio error)."))


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_one_recording_that_breaks_the_build_costs_itself_and_no_morning(
    tmp_path: Path, home_at: HomeAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, now = home_at(tmp_path / "home"), morning_of(TODAY)
    settings = settings_for(home)
    files = _new_recordings(home)[-2:]
    bad, name = hashlib.sha256(files[0].read_bytes()).hexdigest(), files[0].name
    right = transform.project_folder()
    project = tmp_path / "dbt_project"
    shutil.copytree(right, project, ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
    model = project / "models" / "staging" / "files" / "stg_files__sessions.sql"
    text = model.read_text()
    assert text.count("source_key as file_sha256,") == 1
    breaks = f"case when source_key = '{bad}' then error('nobody foresaw this') else source_key end as file_sha256,"
    model.write_text(text.replace("source_key as file_sha256,", breaks))
    monkeypatch.setattr(transform, "project_folder", lambda: project)
    assert refresh(home, now=now - timedelta(hours=1), today=TODAY).state == "published"
    known = _recordings(home.warehouse)
    import_files(home, settings, files, now=now)

    done = refresh(home, now=now, today=TODAY)

    assert done.state == "published", done.note
    assert done.note.startswith("One arrival was set aside, because no warehouse can be built with it: ")
    assert name in done.note
    assert len(_recordings(home.warehouse) - known) == 1
    assert bad not in _recordings(home.warehouse)
    with open_ledger(home.ledger) as con:
        notes = [note for note in _file_notes(con, "me") if note.state == "set aside"]
        assert [Path(note.name).name for note in notes] == [name]
        assert con.execute("select count(*) from raw.payloads where source_key = ?", [bad]).fetchone() != (0,)

    assert refresh(home, now=now + timedelta(minutes=30), today=TODAY).state == "unchanged"
    later = refresh(home, now=now + timedelta(days=1), today=TODAY + timedelta(days=1))
    assert (later.state, later.note) == ("published", "")

    with open_ledger(home.ledger) as con:
        kept = con.execute("select * from raw.set_aside").fetchall()
    try_again(home, code_fingerprint=transform.code_fingerprint())
    with open_ledger(home.ledger) as con:
        assert con.execute("select count(*) from raw.set_aside").fetchone() == (0,)
    assert len(kept) == 1

    monkeypatch.setattr(transform, "project_folder", lambda: right)
    mended = refresh(home, now=now + timedelta(days=2), today=TODAY + timedelta(days=2))
    assert (mended.state, mended.note) == ("published", "")
    assert bad in _recordings(home.warehouse)


def _new_recordings(home: Home) -> list[Path]:
    """Watch files in the inbox that are not imported yet, oldest first."""
    with open_ledger(home.ledger) as con:
        known = {row[0] for row in con.execute("select file_sha256 from raw.files").fetchall()}
    files = sorted(
        path for path in home.inbox.rglob("*.fit") if "broken" not in path.name and "Settings" not in path.name
    )
    return [path for path in files if hashlib.sha256(path.read_bytes()).hexdigest() not in known]


def _recordings(warehouse: Path) -> set[str]:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        rows = con.execute("select distinct file_sha256 from intermediate.int_recordings_measured").fetchall()
    return {str(sha256) for (sha256,) in rows}
