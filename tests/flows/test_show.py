"""What is said of many files in few words, in the terminal and on the data page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from connectors.importer import FileResult, ImportResult
from flows import pages, show
from flows.ledger import open_ledger
from flows.settings import Settings
from tests.builders.by_hand import new_home

MADE_AT = datetime(2026, 5, 20, 4, 30, tzinfo=UTC)
LATER = "The recording begins later than this morning. Set the clock of the watch."


def import_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: list[FileResult], *, verbose: bool
) -> list[str]:
    home, settings = new_home(tmp_path, now=MADE_AT)
    monkeypatch.setattr(show, "import_files", lambda *_, **__: ImportResult(files=tuple(files)))
    console = Console(file=StringIO(), record=True, width=300)
    show.import_with_progress(home, settings, [], now=MADE_AT, console=console, verbose=verbose)
    return console.export_text().strip().splitlines()


def test_files_of_which_the_same_must_be_said_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    skipped = [FileResult(name=f"{n:02}.fit", state="skipped", reason=LATER, kind="fit") for n in range(96)]
    broken = FileResult(name="b.fit", state="imported", reason="", kind="fit", faults=("A message is cut off.",))
    taken = FileResult(name="c.fit", state="imported", reason="", kind="fit")

    said = import_shown(monkeypatch, tmp_path, [*skipped, broken, taken], verbose=False)

    assert said == [
        f"! 00.fit and 95 more: skipped. {LATER}",
        "+ b.fit: imported. A message is cut off.",
        "2 imported, 0 unchanged, 96 skipped",
    ]


def test_each_file_has_its_line_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    skipped = [FileResult(name=f"{n:02}.fit", state="skipped", reason=LATER, kind="fit") for n in range(96)]

    assert len(import_shown(monkeypatch, tmp_path, skipped, verbose=True)) == 97


def test_the_data_page_has_one_line_for_files_with_one_reason(tmp_path: Path) -> None:
    home, _ = new_home(tmp_path, now=MADE_AT)
    rows = [(f"{n:02}.fit", "skipped", LATER, n) for n in range(1200)] + [("x.fit", "skipped", "It is empty.", 2000)]
    with open_ledger(home.ledger) as con:
        con.executemany(
            "insert into raw.files values ('me', ?, '1', ?, 'fit', 9, ?, ?, ?)",
            [(f"{n}", name, state, reason, MADE_AT + timedelta(seconds=n)) for name, state, reason, n in rows],
        )
        notes = pages._file_notes(con, Settings().athlete_id)

    assert [(one.name, one.reason) for one in notes] == [("x.fit", "It is empty."), ("00.fit and 1199 more", LATER)]
