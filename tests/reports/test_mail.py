"""The two mails as clients get them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import lxml.html
import pytest
from syrupy.assertion import SnapshotAssertion

from reports.facts import DayStatus
from reports.mail import compose_daily, compose_weekly, html_of, text_of
from reports.view import DailyView, Edition, Limit, Question, WeeklyView, WeeklyWords
from tests.builders.reports import WORDS, build_weekly
from tests.builders.reports_warehouse import HOSTILE_TITLE, ORDER_TITLE, empty_warehouse

SENT_AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)
HTML_BUDGET_BYTES = 60_000


def mail_of(view: DailyView | WeeklyView, message_id: str = "<m1@example.org>") -> EmailMessage:
    addresses = {"sender": "Pacewright <coach@example.org>", "recipient": "ada@example.org"}
    if isinstance(view, DailyView):
        return compose_daily(view, **addresses, sent_at=SENT_AT, message_id=message_id)
    return compose_weekly(view, **addresses, sent_at=SENT_AT, message_id=message_id)


@pytest.fixture(params=["daily", "weekly"], scope="module")
def view(request: pytest.FixtureRequest, daily: DailyView, weekly: WeeklyView) -> DailyView | WeeklyView:
    return daily if request.param == "daily" else weekly


@pytest.fixture(scope="module")
def message(view: DailyView | WeeklyView) -> EmailMessage:
    return mail_of(view)


def test_the_text_reads_like_this(message: EmailMessage, snapshot: SnapshotAssertion) -> None:
    assert text_of(message) == snapshot


def test_it_is_text_or_html_with_its_pictures(message: EmailMessage) -> None:
    kinds = [part.get_content_type() for part in message.walk()]

    assert kinds[:4] == ["multipart/alternative", "text/plain", "multipart/related", "text/html"]
    assert set(kinds[4:]) == {"image/png"}


def test_every_picture_is_shown_once_and_says_its_message(message: EmailMessage) -> None:
    page = lxml.html.fromstring(html_of(message))
    shown = {image.get("src", "").removeprefix("cid:"): image for image in page.iter("img")}
    attached = {part["Content-ID"].strip("<>") for part in message.walk() if part.get_content_type() == "image/png"}

    assert set(shown) == attached
    assert all(len(image.get("alt", "")) > 30 and image.get("width") == "552" for image in shown.values())


def test_the_same_view_gives_the_same_bytes(view: DailyView | WeeklyView, message: EmailMessage) -> None:
    assert mail_of(view).as_bytes() == message.as_bytes()


def test_a_stored_view_gives_the_same_bytes(view: DailyView | WeeklyView, message: EmailMessage) -> None:
    stored = json.dumps(view.to_json())

    assert mail_of(type(view).from_json(json.loads(stored))).as_bytes() == message.as_bytes()


def test_another_message_id_moves_boundaries_and_content_ids(
    view: DailyView | WeeklyView, message: EmailMessage
) -> None:
    other = mail_of(view, "<m2@example.org>")

    assert other.get_boundary() != message.get_boundary()


def test_a_mail_program_reads_it_back(message: EmailMessage) -> None:
    read = message_from_bytes(message.as_bytes(), policy=policy.default)

    assert read["Date"] == "Fri, 20 Nov 2026 06:05:00 +0000"
    assert (read["Message-ID"], read["Auto-Submitted"]) == ("<m1@example.org>", "auto-generated")
    assert not read.defects


def test_html_fits_its_budget(message: EmailMessage) -> None:
    assert len(html_of(message).encode()) < HTML_BUDGET_BYTES


def test_nothing_runs_and_nothing_is_fetched(message: EmailMessage) -> None:
    page = lxml.html.fromstring(html_of(message))
    fetched = [value for value in page.xpath("//@src | //link/@href") if not value.startswith("cid:")]

    assert fetched == []
    assert page.xpath("//script | //form | //iframe | //svg") == []
    assert "url(" not in html_of(message)


def test_styles_are_inline_and_only_the_dark_ones_stay_in_the_head(message: EmailMessage) -> None:
    page = lxml.html.fromstring(html_of(message))
    styles = [style.text_content().strip() for style in page.iter("style")]

    assert len(styles) == 1
    assert styles[0].startswith("@media (prefers-color-scheme: dark)")
    assert page.xpath("//h1/@style")


def test_text_and_html_say_the_same_numbers(message: EmailMessage) -> None:
    body = lxml.html.fromstring(html_of(message)).xpath("//body")[0]
    pictures = " ".join(body.xpath("//img/@alt"))
    without_list_numbers = re.sub(r"^ +\d+\. ", "", text_of(message), flags=re.MULTILINE)

    assert numbers_in(without_list_numbers) == numbers_in(" ".join(body.itertext()) + pictures)


def numbers_in(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.:]\d+)*", text))


def test_titles_from_outside_are_shown_as_text(daily: DailyView) -> None:
    html = html_of(mail_of(daily))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert HOSTILE_TITLE not in html


def test_a_title_cannot_add_a_line_of_its_own(daily: DailyView) -> None:
    named = replace(daily.yesterday[0], title=f"Run\n\n{ORDER_TITLE}\nToday: 40 km")
    text = text_of(mail_of(replace(daily, yesterday=(named,))))

    assert f"  Run {ORDER_TITLE} Today: 40 km: run" in text
    assert not [line for line in text.splitlines() if line.startswith(("SYSTEM", "Today: 40"))]


def test_a_title_cannot_add_a_header(daily: DailyView) -> None:
    assert daily.today is not None
    renamed = replace(daily, today=replace(daily.today, title="Run\r\nBcc: everyone@example.org"))

    message = mail_of(renamed)

    assert "Bcc" not in message


def test_subjects_carry_no_health_values(daily: DailyView, weekly: WeeklyView) -> None:
    assert mail_of(daily)["Subject"] == "Ease: Tempo 2 × 10 min, Fri 20 Nov"
    assert mail_of(weekly)["Subject"] == WORDS.verdict == "Week 46: 36.6 km of 54.9 km, most of the week is in"


def test_the_weekly_mail_keeps_its_order(weekly: WeeklyView) -> None:
    headings = [
        "36.6 KM OF 54.9 KM", "One thing to do", "Strava archive", "PLANNED AND DONE", "AGAINST THE LAST FOUR WEEKS",
        "RECOVERY AGAINST", "LIKE FOR LIKE", "WHAT CHANGED", "THE NEXT SEVEN DAYS", "RACE", "FLAGS AND QUESTIONS",
        "Assumptions", "Sent to a language model: nothing",
    ]  # fmt: skip
    text = text_of(mail_of(weekly))
    places = [text.index(heading) for heading in headings]

    assert places == sorted(places)


def test_the_figures_of_a_mail_agree_with_each_other(daily: DailyView, weekly: WeeklyView) -> None:
    """What is said twice is said alike: the sum and the longest of what was done, the night, its normal, and the dates."""

    def found(pattern: str, text: str) -> list[float]:
        return [float(number) for number in re.findall(pattern, text)]

    week, day = text_of(mail_of(weekly)), text_of(mail_of(daily))
    done = found(r"✓ done .*-> ([\d.]+) km", week)
    assert found(r"Distance +([\d.]+) km", week) == [pytest.approx(sum(done), abs=0.05 * len(done))]
    assert found(r"Long run +([\d.]+) km", week) == [max(done)]
    assert set(found(r"([\d.]+) KM OF", week) + found(r"Distance +([\d.]+) km", week)) == set(
        found(r"week of 9 Nov: ([\d.]+) km", week)
    )
    assert len(set(found(r"averaged ([\d.]+) km", week) + found(r"Distance +[\d.]+ km +([\d.]+) km", week))) == 1
    changed = re.findall(r"WHAT CHANGED.*?\n +\w{3} (\d+ Nov), rule", week, re.DOTALL)
    assert changed == ["10 Nov"], "a change of another week"

    recovery = (
        found(r"recovery (\d+) %", day) + found(r"Recovery score +\w+ +(\d+) %", day) + found(r"newest is (\d+) %", day)
    )
    assert len(recovery) == 3
    assert len(set(recovery)) == 1
    assert found(r"HRV +\w+ +(\d+) ms", day) == found(r"HRV (\d+) ms over seven days", day)
    assert found(r"([\d.]+) of [\d.]+ km so far", day) == [
        pytest.approx(sum(found(r"-> ([\d.]+) km", day.split("THE WEEK SO FAR")[1])), abs=0.15)
    ]


def test_old_data_is_said_first(daily: DailyView) -> None:
    note = "This report uses yesterday’s data because the build failed."
    message = mail_of(replace(daily, edition=Edition(freshness_note=note)))

    assert text_of(message).startswith(f"! {note}")
    assert note in html_of(message)


def test_recovery_that_has_not_arrived_is_pending_not_bad(daily: DailyView) -> None:
    message = mail_of(replace(daily, signals=(), readiness_score=None, edition=Edition(is_sync_pending=True)))

    assert "Sync pending" in text_of(message)
    assert "No recovery data. The plan stands as written" in text_of(message)


def test_an_empty_home_gets_a_mail_without_a_single_zero() -> None:
    said = WeeklyWords(
        verdict="Nothing recorded last week", sentence="No recording has arrived.", action="Import yours."
    )
    view = replace(build_weekly(empty_warehouse()), limits=(), adjustments=(), words=said)
    text = text_of(mail_of(view))

    assert "No figures for this week yet." in text
    assert not re.search(r"\b0(\.0)? (km|min|bpm|ms|%)", text)
    assert {day.status for day in view.days} == {DayStatus.REST, DayStatus.UNKNOWN}


def test_a_cap_in_force_stands_beside_the_figure(weekly: WeeklyView) -> None:
    unknown = text_of(mail_of(replace(weekly, limits=())))
    known = text_of(mail_of(replace(weekly, limits=(Limit(metric="distance_m", value=51_500.0, rule_id="H01"),))))

    assert re.search(r"Distance .* 51\.5 km", known)
    assert "H01" not in known
    assert re.search(r"Distance .* unknown", unknown)


def test_only_pages_and_mails_can_be_linked(weekly: WeeklyView) -> None:
    asked = replace(weekly, questions=(Question(text="Click", link="javascript:alert(1)"),))

    assert "javascript:" not in html_of(mail_of(asked))
