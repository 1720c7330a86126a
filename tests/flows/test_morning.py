"""Whole mornings for real: real files, a real ledger, dbt, the gate, Prefect, the coach, pages and mail."""

from __future__ import annotations

import email
import email.policy
import errno
import io
import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from flows import pages, publish, quality, transform
from flows.athlete import settings_of
from flows.errors import BuildFailed, FlowError, MailFailed
from flows.home import Home
from flows.ledger import open_ledger
from flows.orchestrator import Server
from flows.refresh import refresh
from flows.show import print_status
from flows.snapshot import take_snapshot
from flows.suites import MARTS, Suite
from reports.site import write_site
from tests.builders.damages import DAMAGES
from tests.builders.figures import figures_of, texts_of
from tests.builders.homes import HomeAt, morning_of, settings_for
from tests.builders.runs import ends_of_the_last_run
from tests.servers.mailbox import mailbox

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("lean_builds")]

TODAY = date(2026, 5, 20)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, home_at: HomeAt) -> Iterator[Home]:
    """A home whose first morning has run, with Prefect at hand for more."""
    home = home_at(tmp_path_factory.mktemp("homes") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PACEWRIGHT_HOME", str(home.root))
        patch.setenv("PACEWRIGHT_NOW", morning_of(TODAY).isoformat())
        server = Server(home)
        try:
            server.wait()
            run_morning()
            yield home
        finally:
            server.stop()


def run_morning(day: date | None = None) -> dict[str, object]:
    from flows.morning import morning

    return morning(day=day)


def brief_of(home: Home, day: date = TODAY) -> EmailMessage:
    content = (home.outbox / "me" / f"{day}-brief.eml").read_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def rows(home: Home) -> dict[str, int]:
    with open_ledger(home.ledger) as con:
        tables = con.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('raw', 'coach') order by 1"
        ).fetchall()
        return {name: len(con.execute(f"select 1 from {name}").fetchall()) for (name,) in tables}


def test_a_morning_ends_with_a_brief_pages_and_a_published_warehouse(home: Home) -> None:
    text = brief_of(home).get_body(("plain",))

    assert text is not None
    assert "TODAY" in text.get_content()
    assert {"index.html", "week.html", "plan.html", "trends.html", "data.html"} <= {p.name for p in home.site.iterdir()}
    stamp = publish.published(home.warehouse)
    assert stamp is not None
    assert stamp.today == TODAY


def test_what_lay_in_the_inbox_is_in_the_marts(home: Home) -> None:
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        newest = con.execute("select max(local_date) from marts.activities").fetchone()
        nights = con.execute("select has_recovery from marts.athlete_days where local_date = ?", [TODAY]).fetchone()

    assert newest is not None
    assert TODAY - newest[0] <= timedelta(days=3)
    assert nights == (True,)


def test_the_same_morning_again_changes_nothing_and_sends_nothing(home: Home) -> None:
    before, mail = rows(home), brief_of(home).as_bytes()
    warehouse = home.warehouse.stat()

    run_morning()

    assert rows(home) == before
    assert brief_of(home).as_bytes() == mail
    assert home.warehouse.stat().st_ino == warehouse.st_ino


def test_a_past_day_without_a_decision_is_made_from_what_was_known_then(home: Home) -> None:
    past = TODAY - timedelta(days=10)
    published_before = publish.published(home.warehouse)

    run_morning(past)
    first = brief_of(home, past).as_bytes()
    counted = rows(home)
    run_morning(past)

    said = brief_of(home, past).get_body(("plain",))
    assert said is not None
    assert f"from what was known on {past}" in said.get_content()
    assert brief_of(home, past).as_bytes() == first
    assert rows(home) == counted
    assert publish.published(home.warehouse) == published_before
    assert list((home.work / "past").iterdir()) == []


def test_a_build_that_fails_leaves_the_old_warehouse_and_the_report_says_so(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = TODAY + timedelta(days=1)
    before = publish.published(home.warehouse)
    monkeypatch.setenv("PACEWRIGHT_NOW", morning_of(tomorrow).isoformat())
    # With the take-outs still in the inbox, the import would write the lost samples again.
    home.inbox.rename(home.root / "elsewhere")
    home.inbox.mkdir()
    lost = next((home.streams / "me").glob("*.parquet"))
    lost.rename(home.root / "elsewhere.parquet")
    home.files.rename(home.root / "originals")
    home.files.mkdir()

    with pytest.raises(FlowError, match="older data"):
        run_morning()

    said = brief_of(home, tomorrow).get_body(("plain",))
    assert said is not None
    assert "sample files that the ledger names are gone" in said.get_content().replace("\n", " ")
    assert publish.published(home.warehouse) == before
    assert not home.next_warehouse.exists()
    ends = ends_of_the_last_run()
    assert (ends["flow"], ends["refresh_warehouse"], ends["decide_day"]) == ("Failed", "Failed", "Completed")
    assert not (home.root / "prefect" / "storage").exists()
    (home.root / "elsewhere.parquet").rename(lost)
    home.files.rmdir()
    (home.root / "originals").rename(home.files)


def test_lost_samples_are_made_again_from_the_originals(home: Home) -> None:
    for lost in (home.streams / "me").glob("*.parquet"):
        lost.unlink()

    snapshot = take_snapshot(home, as_of_at=morning_of(TODAY), today=TODAY)

    with duckdb.connect(str(snapshot.path), read_only=True) as con:
        named = con.execute("select sum(sample_count) from raw.streams").fetchone()
        assert con.execute("select count(*) from raw.stream_samples").fetchone() == named
    transform.discard(snapshot.path)


def test_a_closed_gate_leaves_the_old_warehouse(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = publish.published(home.warehouse)
    impossible = Suite(
        name="impossible",
        query="select 1 as one",
        expectations=(
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "one", "min_value": 2, "max_value": 3},
                "meta": {
                    "says": "One is two",
                    "remedy": "Count again.",
                    "biography": [{"date": "2026-11-21", "value": "one 2 to 3", "source": "a test", "why": "To fail."}],
                },
            },
        ),
    )
    monkeypatch.setattr(quality, "suites_of", lambda packages: (impossible,) if packages == MARTS else ())

    later = TODAY + timedelta(days=2)
    done = refresh(home, now=morning_of(later), today=later)

    assert done.state == "failed"
    assert "“One is two” does not hold" in done.note
    assert "Count again." in done.note
    assert publish.published(home.warehouse) == before
    assert [check.expectation for check in publish.refused_checks(home)] == ["One is two"]


def test_a_day_before_the_first_import_is_named_as_such(home: Home) -> None:
    with pytest.raises(FlowError, match="Nothing was known on"):
        run_morning(TODAY - timedelta(days=200))


def test_a_mail_server_that_is_away_costs_the_mail_but_not_the_report(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACEWRIGHT_MAIL__HOST", "127.0.0.1")
    monkeypatch.setenv("PACEWRIGHT_MAIL__PORT", "9")
    monkeypatch.setenv("PACEWRIGHT_MAIL__SECURITY", "none")
    (home.outbox / "me" / f"{TODAY}-brief.eml").unlink()

    with pytest.raises(MailFailed, match="did not take the report"):
        run_morning()

    assert brief_of(home)["Subject"]


def test_the_weekly_mail_is_written_once_and_stays(home: Home) -> None:
    from flows.week import week

    week()
    year, number, _ = (TODAY - timedelta(days=7)).isocalendar()
    file = home.outbox / "me" / f"{year}-W{number:02d}-week.eml"
    first, counted = file.read_bytes(), rows(home)

    week()

    assert file.read_bytes() == first
    assert rows(home) == counted


def test_a_figure_has_one_value_on_every_page_and_in_every_mail(home: Home) -> None:
    from flows.week import week

    week()
    year, number, _ = (TODAY - timedelta(days=7)).isocalendar()
    mails = [home.outbox / "me" / f"{name}.eml" for name in (f"{TODAY}-brief", f"{year}-W{number:02d}-week")]
    found = figures_of(texts_of(home.site, mails))

    assert {figure: values for figure, values in found.items() if len(values) > 1} == {}
    for figure in ("likely time of the race", "slowest time of the race", "recovery", "HRV", "normal HRV", "form"):
        (places,) = found[figure].values()
        assert len(places) > 2, figure


def test_a_figure_of_two_values_is_noticed() -> None:
    texts = {
        "index.html": "HRV 66 ms over seven days, likely 1:39:28, between 1:37:42 and 1:42:28",
        "profile.html": "Half marathon 1:39:58 1:38:28–1:42:58",
        "trends.html": "The seven-day mean of 20 May is 67 ms, within your normal of 62 to 75 ms",
    }

    found = figures_of(texts)

    assert set(found["HRV"]) == {"66", "67"}
    assert set(found["likely time of the race"]) == {"1:39:28", "1:39:58"}
    assert set(found["slowest time of the race"]) == {"1:42:28", "1:42:58"}


def test_a_candidate_with_a_write_ahead_log_is_never_published(home: Home, tmp_path: Path) -> None:
    candidate = tmp_path / "candidate.duckdb"
    con = duckdb.connect(str(candidate), config={"checkpoint_threshold": "1TB"})
    con.execute("create schema marts; create table marts.activities (athlete_id text)")

    with pytest.raises(BuildFailed, match="write-ahead log"):
        publish.publish(home, candidate)

    con.close()


def test_rebuilding_from_nothing_gives_the_same_marts(home: Home) -> None:
    later = TODAY + timedelta(days=3)
    refresh(home, now=morning_of(later), today=later)
    incremental = marts_of(home)

    refresh(home, now=morning_of(later), today=later, from_nothing=True)

    assert marts_of(home) == incremental


def marts_of(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every mart; floats to six decimals, because an incremental build may add them in another order."""
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        names = con.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
        ).fetchall()
        return {
            name: [_rounded(row) for row in con.execute(f"from marts.{name} order by all").fetchall()]
            for (name,) in names
        }


def _rounded(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(round(value, 6) if isinstance(value, float) else value for value in row)


def test_no_secret_and_no_health_value_reaches_the_orchestrator(home: Home) -> None:
    stored = b"".join(path.read_bytes() for path in (home.root / "prefect").rglob("*.db*"))

    # Expectations name columns and their limits; what no run may store is a column with a value.
    assert not re.search(rb'"(recovery_score_pct|hrv_ms|resting_heart_rate_bpm|sleep_s)"\s*:\s*\d', stored)
    assert brief_of(home)["Subject"].encode() not in stored
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_the_published_warehouse_passes_its_tests_also_when_what_dbt_parsed_is_damaged(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept,) = (home.work / "dbt").glob("parsed-*")
    whole = kept.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    kept.write_bytes(changed)
    monkeypatch.setattr(transform, "_manifests", {})
    stamp = publish.published(home.warehouse)
    assert stamp is not None
    snapshot = take_snapshot(home, as_of_at=stamp.as_of_at, today=stamp.today)

    transform.test(home, snapshot.path, warehouse=home.warehouse)

    transform.discard(snapshot.path)
    assert len(kept.read_bytes()) > 0.9 * len(whole)
    assert kept.read_bytes() != changed
    assert settings_for(home).time_zone == "Europe/Berlin"


def test_a_damaged_warehouse_is_named_and_built_again_in_the_same_morning(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = TODAY + timedelta(days=5)
    monkeypatch.setenv("PACEWRIGHT_NOW", morning_of(later).isoformat())
    home.warehouse.write_bytes(DAMAGES["bad block"](home.warehouse.read_bytes()))
    console = Console(record=True, width=200, file=io.StringIO())
    print_status(home, settings_of(home), now=morning_of(later), console=console)

    run_morning()

    assert "damaged" in console.export_text()
    assert (home.work / "warehouse.damaged.duckdb").exists()
    stamp = publish.published(home.warehouse)
    assert stamp is not None
    assert stamp.today == later
    said = brief_of(home, later).get_body(("plain",))
    assert said is not None
    assert "The warehouse was damaged" in " ".join(said.get_content().split())
    assert ends_of_the_last_run()["flow"] == "Completed"


def test_a_disk_that_is_full_costs_the_pages_and_not_the_mail(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    later = TODAY + timedelta(days=6)
    monkeypatch.setenv("PACEWRIGHT_NOW", (morning_of(later) + timedelta(hours=3)).isoformat())
    pages_before = (home.site / "index.html").read_text(encoding="utf-8")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pages, "write_site", full)
    with mailbox() as box:
        for name, value in {
            "HOST": "127.0.0.1",
            "PORT": str(box.port),
            "SECURITY": "none",
            "RECIPIENT": "a@b.org",
        }.items():
            monkeypatch.setenv(f"PACEWRIGHT_MAIL__{name}", value)
        with pytest.raises(OSError, match="No space left"):
            run_morning()

        assert len(box.taken) == 1
        assert (home.site / "index.html").read_text(encoding="utf-8") == pages_before
        assert ends_of_the_last_run()["flow"] == "Failed"

        # With room again the next run makes what is missing, and the one after it has nothing to do.
        monkeypatch.setattr(pages, "write_site", write_site)
        assert run_morning()["mail"] == "sent earlier"
        assert (home.site / "index.html").read_text(encoding="utf-8") != pages_before
        assert "reports" not in run_morning()["seconds"]  # type: ignore[operator]  # a table of seconds
        assert len(box.taken) == 1
