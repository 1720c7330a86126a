"""Erasing: what a source brought goes everywhere, what others brought stays, and reports say that they were erased."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import pytest

from connectors.landing import Landed, land
from connectors.recordings import land_recordings
from flows import advise, erase, pages, sources, tasks
from flows.athlete import settings_of
from flows.erase import apply_retention, purge, would_erase
from flows.errors import Erased, FlowError
from flows.home import Home
from flows.ingest import import_files, store_of
from flows.ledger import migrate, open_ledger
from flows.refresh import Refreshed, refresh
from flows.settings import Settings, StravaSettings
from tests.builders.files import fit_run
from tests.builders.homes import HomeAt, morning_of
from tests.builders.warm import warmed

TODAY = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 4, 30, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = warmed(Home(tmp_path / "home"))
    home.prepare()
    migrate(home.ledger)
    return home


def all_bytes(home: Home) -> bytes:
    return b"".join(path.read_bytes() for path in home.root.rglob("*") if path.is_file() and path.suffix != ".lock")


def recordings(home: Home) -> set[tuple[str, str]]:
    with open_ledger(home.ledger) as con:
        return set(
            con.execute(
                "select source, source_key from raw.payloads where entity = 'recording' and not is_deleted"
            ).fetchall()
        )


def land_run(home: Home, day: int, *sources: str) -> str:
    data = fit_run(count=400, started_at=NOW - timedelta(days=day))
    for source in sources:
        outcome = land_recordings(
            [(f"{day}.fit", data)], athlete_id="me", source=source, store=store_of(home), now=NOW
        )[0]
    assert isinstance(outcome, str)
    return outcome


def land_activity(home: Home, key: str, *, days_ago: int, file_sha256: str, title: str) -> None:
    started_at = NOW - timedelta(days=days_ago)
    said = {"id": int(key), "name": title, "start_date": started_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    things = [
        Landed(athlete_id="me", source="strava_api", entity="activity", source_key=key, payload=said),
        Landed(athlete_id="me", source="strava_api", entity="detail", source_key=key, payload=said),
        Landed(
            athlete_id="me", source="strava_api", entity="streams", source_key=key, payload={"file_sha256": file_sha256}
        ),
    ]
    with open_ledger(home.ledger) as con:
        land(con, things, now=NOW)


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_what_only_this_source_brought_goes_and_what_another_brought_too_stays(home: Home) -> None:
    only = land_run(home, 1, "garmin_api")
    both = land_run(home, 2, "garmin_api", "file")
    other = land_run(home, 3, "file")

    losing = would_erase(home, Settings(), "garmin_api")
    purge(home, Settings(), "garmin_api", now=NOW)

    assert (losing.payloads, losing.files) == (2, 1)
    assert recordings(home) == {("file", both), ("file", other)}
    assert not list(home.files.rglob(f"{only}.*"))
    assert list(home.files.rglob(f"{both}.*"))
    with open_ledger(home.ledger) as con:
        named = con.execute("select file_sha256, stream_file from raw.streams").fetchall()
    assert {sha256 for sha256, _ in named} == {both, other}
    assert all((home.streams / stream_file).exists() for _, stream_file in named)
    held = set(home.streams.rglob("*.parquet"))
    assert held == {home.streams / stream_file for _, stream_file in named}
    with duckdb.connect() as con:
        rows = con.execute(
            f"select distinct file_sha256 from read_parquet('{home.streams}/**/*.parquet', hive_partitioning = false)"
        ).fetchall()
    assert {sha256 for (sha256,) in rows} == {both, other}


TITLE = "Quokka-crossing fartlek 8c1f"


def land_titles(home: Home) -> None:
    """Hundreds of activities with that title, in plain bytes: packed they would lie there too, and not be found."""
    things = [
        Landed(athlete_id="me", source="strava_api", entity="activity", source_key=f"{n}", payload={"name": TITLE})
        for n in range(1000, 1300)
    ]
    with open_ledger(home.ledger) as con:
        con.execute("pragma force_compression = 'uncompressed'")
        land(con, things, now=NOW)
        con.execute("checkpoint")
    assert all_bytes(home).count(TITLE.encode()) >= 300


@pytest.mark.parametrize("is_written_anew", [True, False])
def test_only_a_ledger_written_anew_holds_nothing_of_what_was_erased(
    home: Home, monkeypatch: pytest.MonkeyPatch, *, is_written_anew: bool
) -> None:
    """What a deletion leaves in free blocks is there to be read; that is why the file is written anew."""
    land_titles(home)
    monkeypatch.setattr(erase, "refresh", lambda *_, **__: Refreshed(state="published"))
    if not is_written_anew:
        monkeypatch.setattr(erase, "_write_anew", lambda _: None)

    purge(home, Settings(), "strava_api", now=NOW)

    assert (TITLE.encode() in all_bytes(home)) is not is_written_anew


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_no_byte_of_an_erased_title_is_left_in_the_home(home: Home) -> None:
    sha256 = land_run(home, 1, "strava_api")
    title = TITLE
    land_titles(home)
    land_activity(home, "1", days_ago=1, file_sha256=sha256, title=title)

    newest = migrate(home.ledger)

    purge(home, Settings(), "strava_api", now=NOW)

    assert title.encode() not in all_bytes(home)
    with open_ledger(home.ledger) as con:
        assert con.execute("select reason, counts ->> 'payloads' from raw.erasures").fetchall() == [("purge", "304")]
        assert con.execute("select count(*) from meta.schema_versions").fetchone() == (newest,)
        con.execute("select * from raw.manual").fetchall()
        with pytest.raises(duckdb.ConstraintException):
            con.execute("insert into raw.erasures select * from raw.erasures")


def test_a_retention_lets_old_activities_expire_with_all_that_hangs_on_them(home: Home) -> None:
    old, new = land_run(home, 9, "strava_api"), land_run(home, 1, "strava_api")
    land_activity(home, "1", days_ago=9, file_sha256=old, title="old")
    land_activity(home, "2", days_ago=1, file_sha256=new, title="new")
    settings = Settings(strava=StravaSettings(retention_days=7))

    erased = apply_retention(home, settings, now=NOW)

    assert erased is not None
    assert (erased.payloads, erased.files) == (4, 1)
    assert recordings(home) == {("strava_api", new)}
    with open_ledger(home.ledger) as con:
        keys = con.execute("select distinct source_key from raw.payloads where entity <> 'recording'").fetchall()
    assert keys == [("2",)]
    again = apply_retention(home, settings, now=NOW)
    assert again is not None
    assert again.is_empty


@pytest.mark.parametrize(("expired", "from_nothing"), [(0, False), (4, True)])
def test_what_expired_is_built_out_of_the_warehouse_too(
    home: Home, monkeypatch: pytest.MonkeyPatch, expired: int, from_nothing: bool
) -> None:
    asked: list[bool] = []

    def refresh(_home: Home, *, from_nothing: bool, **_: object) -> Refreshed:
        asked.append(from_nothing)
        return Refreshed(state="unchanged")

    monkeypatch.setattr(tasks, "refresh", refresh)

    tasks._refresh_warehouse.fn(NOW, TODAY, expired)

    assert asked == [from_nothing]


def test_without_a_retention_nothing_expires(home: Home) -> None:
    land_run(home, 900, "strava_api")

    assert apply_retention(home, Settings(), now=NOW) is None
    assert len(recordings(home)) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_what_was_said_by_hand_goes_with_its_words(home: Home) -> None:
    said = "Tibialis twinge after the quokka hill"
    with open_ledger(home.ledger) as con:
        con.execute(
            "insert into coach.logbook values ('me', 'n1', 'note', '2026-05-19', null, ?, ?, false)",
            [orjson.dumps({"text": said}).decode(), NOW],
        )

    assert would_erase(home, Settings(), "manual").payloads == 1
    purge(home, Settings(), "manual", now=NOW)

    assert said.encode() not in all_bytes(home)


def test_a_source_is_not_erased_while_it_is_synced(home: Home) -> None:
    land_run(home, 1, "strava_api")
    with sources.alone(home, Settings(), "strava", otherwise=AssertionError()):
        with pytest.raises(FlowError, match="is being synced"):
            purge(home, Settings(), "strava_api", now=NOW)
        with sources.alone(home, Settings(athlete_id="other"), "strava", otherwise=AssertionError()):
            pass
    assert len(recordings(home)) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_an_original_that_another_athlete_has_too_stays(home: Home) -> None:
    sha256 = land_run(home, 1, "file")
    with open_ledger(home.ledger) as con:
        con.execute("insert into raw.files select * replace ('other' as athlete_id) from raw.files")

    purge(home, Settings(), "file", now=NOW)

    assert list(home.files.rglob(f"{sha256}.*"))
    purge(home, Settings(athlete_id="other"), "file", now=NOW)


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_a_purge_cut_off_before_its_end_is_finished_by_the_same_command(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = land_run(home, 1, "strava_api")
    for file in home.streams.rglob("*.parquet"):
        os.utime(file, (0, 0))

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erase, "_overwrite_reports", cut_off)
        with pytest.raises(KeyboardInterrupt):
            purge(home, Settings(), "strava_api", now=NOW)
    really_unlink = Path.unlink

    def unlink_no_samples(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".parquet":
            raise KeyboardInterrupt
        really_unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink_no_samples)
        with pytest.raises(KeyboardInterrupt):
            purge(home, Settings(), "strava_api", now=NOW)
    assert recordings(home) == set()

    purge(home, Settings(), "strava_api", now=NOW)

    assert not list(home.files.rglob(f"{sha256}.*"))
    assert not list(home.streams.rglob("*.parquet"))


def test_a_source_nobody_knows_is_named_with_those_that_exist(home: Home) -> None:
    with pytest.raises(FlowError, match="strava_api"):
        would_erase(home, Settings(), "strava")


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_purging_what_was_never_here_changes_nothing(home: Home) -> None:
    land_run(home, 1, "file")
    assert would_erase(home, Settings(), "whoop_api").is_empty
    purge(home, Settings(), "whoop_api", now=NOW)
    assert len(recordings(home)) == 1


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory, home_at: HomeAt, lean_builds: None) -> tuple[Home, Settings]:
    """A home with a decided and written day, and then without WHOOP."""
    home = home_at(tmp_path_factory.mktemp("homes") / "home")
    settings = settings_of(home)
    now = morning_of(TODAY)
    import_files(home, settings, sorted(home.inbox.iterdir()), now=now)
    assert refresh(home, now=now, today=TODAY).state == "published"
    advise.decide_day(home, settings, day=TODAY, now=now, note="")
    pages.write_pages(home, settings, day=TODAY)
    pages.deliver_brief(home, settings, day=TODAY, now=now, may_send=False)
    shutil.rmtree(home.inbox)
    home.prepare()
    assert would_erase(home, settings, "whoop_export").reports == 1
    purge(home, settings, "whoop_export", now=now)
    return home, settings


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_the_report_and_its_replay_say_that_it_was_erased(lived_in: tuple[Home, Settings]) -> None:
    home, settings = lived_in
    mail = (home.outbox / "me" / f"{TODAY}-brief.eml").read_text()
    assert "Erased on 2026-05-20: this report rested on data of whoop_export." in mail
    with pytest.raises(Erased, match="whoop_export"):
        advise.replay_day(home, settings, day=TODAY, now=morning_of(TODAY))
    with pytest.raises(Erased):
        pages.deliver_brief(home, settings, day=TODAY, now=morning_of(TODAY), may_send=False)


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_the_warehouse_is_made_anew_without_it(lived_in: tuple[Home, Settings]) -> None:
    home, _ = lived_in
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        kinds = con.execute("select kind, source from marts.source_freshness order by 1, 2").fetchall()
        nights = con.execute("select count(*) from marts.athlete_days where hrv_ms is not null").fetchone()
    assert ("recovery", "none") in kinds
    assert nights == (0,)
    assert not home.site.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_the_same_day_can_be_decided_and_written_again(lived_in: tuple[Home, Settings]) -> None:
    home, settings = lived_in
    advise.decide_day(home, settings, day=TODAY, now=morning_of(TODAY), note="")
    pages.write_pages(home, settings, day=TODAY)
    assert (home.site / "index.html").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("lean_builds")
def test_no_decision_keeps_its_evidence(lived_in: tuple[Home, Settings]) -> None:
    home, _ = lived_in
    with open_ledger(home.ledger) as con:
        snapshots = con.execute("select snapshot from coach.decisions where fingerprint = 'erased'").fetchall()
        changes = con.execute("select distinct adjustments::text from coach.plan_revisions").fetchall()
    assert snapshots
    assert all(set(orjson.loads(text)) == {"erased"} for (text,) in snapshots)
    assert changes == [("[]",)]
