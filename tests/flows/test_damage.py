"""Damaged files: a ledger is refused and left as it is, whatever is asked of it; a warehouse is made anew."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import duckdb
import pytest

from flows import cli, publish
from flows.damage import fault_of
from flows.home import Home
from tests.builders.damages import DAMAGES

COMMANDS = (
    ["status"],
    ["plan", "show"],
    ["goal", "general", "--yes"],
    ["log", "list"],
    ["log", "checkin", "--fatigue", "2"],
    ["init", "--name", "Ada"],
    ["rebuild"],
    ["purge", "file", "--yes"],
    ["import", "nothing.fit"],
    ["morning"],
    ["week"],
    ["sync"],
    ["connect", "strava"],
    ["disconnect", "strava"],
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("PACEWRIGHT_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["pacewright", "init", "--name", "Ada"])
    with pytest.raises(SystemExit):
        cli.main()
    home = Home(tmp_path)
    with duckdb.connect(str(home.ledger)) as con:
        con.execute(
            "insert into raw.payloads select 'me', 'file', 'recording', i::text, 1, to_json(repeat(md5(i::text), 40)), "
            "md5(i::text), false, now() from range(3000) as numbers (i)"
        )
    return home


def run(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> object:
    monkeypatch.setattr("sys.argv", ["pacewright", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_command_names_a_damaged_ledger_with_the_remedy_and_writes_nothing_over(
    home: Home, damage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.ledger.write_bytes(DAMAGES[damage](home.ledger.read_bytes()))
    before = hashlib.sha256(home.ledger.read_bytes()).hexdigest()
    for words in COMMANDS:
        code = run(monkeypatch, words)
        said = capsys.readouterr().err

        assert code == 1, words
        assert re.search(r"ledger\.duckdb is damaged .* Bring back your backup", said), (words, said)
        assert hashlib.sha256(home.ledger.read_bytes()).hexdigest() == before, words


def test_every_command_refuses_to_begin_a_new_ledger_beside_what_the_lost_one_brought(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.ledger.unlink()
    (home.files / "ab").mkdir()
    for words in COMMANDS:
        code = run(monkeypatch, words)

        assert code == 1, words
        assert "ledger.duckdb is gone" in capsys.readouterr().err, words
        assert not home.ledger.exists(), words


@pytest.mark.parametrize("damage", [*DAMAGES, "no marts"])
def test_a_damaged_warehouse_is_known_as_one_and_set_aside_once(home: Home, damage: str) -> None:
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create schema meta; create table meta.build as select 1 as one; create schema marts")
        if damage != "no marts":
            con.execute("create table marts.days as select i, repeat(md5(i::text), 20) as t from range(20000) as n (i)")
    for _ in range(2):
        if damage in DAMAGES:
            home.warehouse.write_bytes(DAMAGES[damage](home.warehouse.read_bytes()))
        kept = home.warehouse.read_bytes()

        said = publish.set_aside_if_damaged(home)

        assert "The warehouse was damaged" in said
        assert not home.warehouse.exists()
        assert [path.name for path in home.work.iterdir()] == ["warehouse.damaged.duckdb"]
        home.warehouse.write_bytes(kept)


def test_a_whole_file_has_no_fault(home: Home) -> None:
    assert fault_of(home.ledger) == ""
