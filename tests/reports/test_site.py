"""The static site as files."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest

from coach.model import Call, ReadinessState
from reports.daily import daily_view
from reports.marts import read_weeks
from reports.site import site_pages, write_site
from reports.site_view import site_view
from reports.view import Brief, Edition, SiteView
from tests.builders.reports import ATHLETE, readiness
from tests.builders.reports_warehouse import HOSTILE_TITLE, TODAY, empty_warehouse, insert


@pytest.fixture(scope="module")
def pages(site: SiteView) -> dict[str, str]:
    return site_pages(site)


def parsed(pages: dict[str, str]) -> Iterator[tuple[str, lxml.html.HtmlElement]]:
    return ((name, lxml.html.fromstring(text)) for name, text in pages.items() if name.endswith(".html"))


def test_every_link_leads_to_a_page_or_a_place_on_it(pages: dict[str, str]) -> None:
    broken = [
        f"{name} → {href}"
        for name, page in parsed(pages)
        for href in page.xpath("//@href")
        if not (
            href in pages or href == "data:," or (href.startswith("#") and page.get_element_by_id(href[1:]) is not None)
        )
    ]

    assert broken == []


def test_nothing_is_fetched_from_elsewhere(pages: dict[str, str]) -> None:
    text = "".join(pages.values()).replace("http://www.w3.org/", "")

    assert "http://" not in text
    assert "https://" not in text
    assert "<script" not in text


def test_every_page_has_landmarks_a_title_and_one_first_heading(pages: dict[str, str]) -> None:
    for name, page in parsed(pages):
        assert page.get("lang") == "en", name
        assert len(page.xpath("//h1")) == 1, name
        assert [len(page.xpath(f"//{mark}")) for mark in ("header", "nav", "main", "footer")] == [1, 1, 1, 1], name
        assert page.xpath("//body/*[1]/@href") == ["#content"], name
        assert page.xpath("//title")[0].text_content().endswith("· Pacewright"), name


def test_ids_are_unique_and_labels_point_at_them(pages: dict[str, str]) -> None:
    for name, page in parsed(pages):
        ids = page.xpath("//@id")
        labels = page.xpath("//@aria-labelledby")

        assert len(ids) == len(set(ids)), name
        assert set(labels) <= set(ids), name


def test_tables_have_heads_with_a_scope(pages: dict[str, str]) -> None:
    for name, page in parsed(pages):
        assert all(cell.get("scope") in ("col", "row") for cell in page.iter("th")), name
        assert all(table.xpath(".//thead") for table in page.iter("table")), name


def test_charts_have_a_sentence(pages: dict[str, str]) -> None:
    page = lxml.html.fromstring(pages["trends.html"])

    assert len(page.xpath("//figure")) == 4
    assert all(len(label) > 30 for label in page.xpath("//figure//*[@role='img'][@aria-label]/@aria-label")[:1])


def test_titles_from_outside_are_shown_as_text(pages: dict[str, str]) -> None:
    text = "".join(pages.values())

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages["runs.html"]
    assert "&lt;b&gt;broken&lt;/b&gt;" in pages["data.html"]
    assert HOSTILE_TITLE not in text


def test_data_health_tells_every_threshold_its_reason_and_when_it_was_judged(pages: dict[str, str]) -> None:
    page = lxml.html.fromstring(pages["data.html"])
    told = [" ".join(item.text_content().split()) for item in page.xpath("//details//ul[@class='checks']/li")]

    assert len(told) == 3
    assert all("distance_max_m at most 300000" in one and "our convention, since 2026-11-21" in one for one in told)
    assert all("judged" in one for one in told)


def test_data_health_counts_what_was_left_out_by_reason(pages: dict[str, str]) -> None:
    page = lxml.html.fromstring(pages["data.html"])
    rows = [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.xpath("//section[@aria-labelledby='faults']//tbody/tr")
    ]

    assert [row[:4] for row in rows] == [
        ["the start is not known", "Watch files", "left out", "1"],
        ["… <b>jumps</b> left out", "Watch files", "counts without it", "2"],
        ["… <b>jumps</b> left out", "Strava archive", "counts without it", "1"],
    ]


def test_a_refused_build_says_what_failed_and_what_to_do(site: SiteView) -> None:
    refused = replace(site.checks[0], name="Daily loads are possible", state="failed", remedy="Correct the recording.")
    page = lxml.html.fromstring(site_pages(replace(site, refused=(refused,)))["data.html"])
    (section,) = page.xpath("//section[@aria-labelledby='odd']")

    assert "refused" in page.xpath("//h1")[0].text_content()
    assert "Daily loads are possible" in section.text_content()
    assert "Correct the recording." in section.text_content()


def test_an_activity_id_cannot_choose_where_its_page_is_written(site: SiteView) -> None:
    named = [activity.page for activity in site.activities if activity.page]

    assert len(named) == 20
    assert all("/" not in page and page.startswith("run-2026-") and page.endswith(".html") for page in named)


def test_a_run_says_which_recordings_it_was_merged_from_and_why(pages: dict[str, str]) -> None:
    merged = [page for name, page in pages.items() if name.startswith("run-")]

    assert merged
    assert all("WHOOP" in page and "at the same time" in page and "pacewright log split" in page for page in merged)


def test_a_run_of_reps_stands_against_the_plan_rep_by_rep(pages: dict[str, str]) -> None:
    judged = [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")]
        for name, page in sorted(pages.items())
        if name.startswith("run-")
        for row in lxml.html.fromstring(page).xpath("//*[@aria-labelledby='planned-reps']//tbody/tr")
    ]

    assert judged[:5] == [
        ["1 · 1 km", "on target", "4:20–4:28 /km", "998 m", "4:22", "4:22 /km"],
        ["2 · 1 km", "on target", "4:20–4:28 /km", "998 m", "4:26", "4:26 /km"],
        ["3 · 1 km", "9 s/km too fast", "4:20–4:28 /km", "998 m", "4:11", "4:11 /km"],
        ["4 · 1 km", "7 s/km too slow", "4:20–4:28 /km", "998 m", "4:35", "4:35 /km"],
        ["5 · 1 km", "not run", "4:20–4:28 /km", "", "", ""],
    ]


def test_no_page_speaks_in_numbers_of_rules(site: SiteView) -> None:
    by_rule = replace(site, changes=tuple(replace(change, rule_id="H09") for change in site.changes))
    pages = site_pages(by_rule)
    text = " ".join(page.text_content() for _, page in parsed(pages))

    assert "rule: 48 h between hard days" in text
    assert not re.search(r"\bH[012]\d\b|rTSS|\bmetrics \d|\.csv\b", text)


def test_states_have_a_sign_and_a_word(pages: dict[str, str]) -> None:
    page = lxml.html.fromstring(pages["plan.html"])
    words = {" ".join(status.text_content().split()) for status in page.xpath("//*[contains(@class, 'status ')]")}

    assert {"✓ done", "◐ partly done", "✕ missed", "? unknown", "⇄ moved", "○ planned", "· rest"} <= words


def test_what_is_not_known_says_so(pages: dict[str, str], site: SiteView) -> None:
    page = next(activity.page for activity in site.activities if activity.local_date.isoformat() == "2026-11-15")
    heart_rate = lxml.html.fromstring(pages[page]).xpath("//dt[text()='Heart rate']/following-sibling::dd")[0]

    assert " ".join(heart_rate.text_content().split()) == "– unknown"


def test_a_week_of_which_days_are_unknown_shows_no_zero_and_is_not_compared(site: SiteView) -> None:
    monday = site.history[-2].week_start_date

    def row(run_count: int, unknown_run_days: int) -> list[str]:
        con = empty_warehouse()
        insert(
            con,
            "athlete_weeks",
            week_start_date=monday,
            is_closed=True,
            run_count=run_count,
            distance_m=1000.0 * run_count,
            moving_s=360.0 * run_count,
            training_load=0.0,
            distance_4w_mean_m=40000.0,
            unknown_run_days=unknown_run_days,
        )
        history = read_weeks(con, "me", until=monday, count=1)
        page = lxml.html.fromstring(site_pages(replace(site, history=history))["trends.html"])
        return [" ".join(cell.text_content().split()) for cell in page.xpath("//tbody/tr[1]/*")]

    assert row(0, 0)[1:4] == ["0", "0", "0 s"]
    assert row(0, 6)[0] == f"{monday.day} {monday:%b} unknown"
    assert row(0, 6)[1:4] == ["– unknown"] * 3
    assert row(2, 3)[0].endswith("partly known")
    assert row(2, 3)[1:3] == ["2", "2"]
    assert (row(2, 0)[-1], row(2, 3)[-1]) == ("−95 %", "– unknown")


def test_the_same_view_gives_the_same_pages(site: SiteView, pages: dict[str, str]) -> None:
    assert site_pages(SiteView.from_json(site.to_json())) == pages


def test_old_data_is_said_on_every_page(site: SiteView) -> None:
    note = "This site shows yesterday’s data because the build failed."
    pages = site_pages(replace(site, edition=Edition(freshness_note=note)))

    assert all(note in text for name, text in pages.items() if name.endswith(".html"))


def test_an_empty_home_has_a_whole_site(tmp_path: Path) -> None:
    con = empty_warehouse()
    daily = daily_view(
        con, athlete=ATHLETE, plan=None, readiness=readiness(ReadinessState.NEUTRAL), call=Call.GO, adjustments=(),
        brief=Brief(headline="Welcome"), day=TODAY,
    )  # fmt: skip

    write_site(site_view(con, athlete=ATHLETE, plan=None, daily=daily), folder=tmp_path / "site")

    assert "No plan yet" in (tmp_path / "site" / "plan.html").read_text(encoding="utf-8")


def test_writing_again_replaces_everything(site: SiteView, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(site, folder=folder)
    (folder / "left-over.html").write_text("from last week", encoding="utf-8")

    write_site(replace(site, activities=()), folder=folder)

    assert not (folder / "left-over.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_failure_leaves_yesterdays_pages(site: SiteView, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(site, folder=folder)
    before = (folder / "index.html").read_bytes()
    broken = replace(site, activities=(replace(site.activities[0], page="no/such/folder.html"),))

    with pytest.raises(FileNotFoundError):
        write_site(broken, folder=folder)

    assert (folder / "index.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_reader_never_finds_no_site_and_what_a_killed_writer_left_is_swept(site: SiteView, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(site, folder=folder)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for left in (f".site.next-{ended.pid}", f".site.old-{ended.pid}"):
        (tmp_path / left).mkdir()
    absences = 0
    is_over = threading.Event()

    def look() -> None:
        nonlocal absences
        while not is_over.is_set():
            absences += not folder.exists()

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(5):
        write_site(site, folder=folder)
    is_over.set()
    reader.join()

    assert absences == 0
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
