"""Compose the daily and the weekly report as mail that mail clients show: text, HTML with inlined styles, pictures inside.

The same view, addresses, instant and message id give the same bytes, so a report can be sent again or proven later.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from coach.model import Call
from reports import charts
from reports import format as say
from reports.charts import Chart
from reports.render import CALLS, one_line, render_mail, render_text
from reports.view import DailyView, WeeklyView
from reports.weekly_lines import weekly_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    title: str
    alt: str
    cid: str
    file_name: str
    png: bytes


def compose_daily(view: DailyView, *, sender: str, recipient: str, sent_at: datetime, message_id: str) -> EmailMessage:
    """The daily brief. Its subject names the call and the session, never a health value."""
    session = view.today.title if view.today is not None else "no session planned" if view.has_plan else "no plan yet"
    call = "" if view.call is Call.REST and not view.adjustments else f"{CALLS[view.call]}: "
    subject = one_line(f"{call}{session}, {say.short_date(view.day)}")
    pictures = _pictures((charts.recovery_and_load(view.recent),), message_id)
    values = {"view": view, "charts": pictures, "subject": subject, "preview": view.brief.today_line}
    return _compose(
        "daily", values, pictures, sender=sender, recipient=recipient, sent_at=sent_at, message_id=message_id
    )


def compose_weekly(
    view: WeeklyView, *, sender: str, recipient: str, sent_at: datetime, message_id: str
) -> EmailMessage:
    """The weekly report. Its subject is the verdict."""
    pictures = _pictures((charts.weekly_distance(view.history), charts.hrv(view.recent)), message_id)
    values = {
        "view": view,
        "charts": {picture.file_name.removesuffix(".png"): picture for picture in pictures},
        "figures": weekly_lines(view),
        "subject": one_line(view.words.verdict),
        "preview": view.words.action,
    }
    return _compose(
        "weekly", values, pictures, sender=sender, recipient=recipient, sent_at=sent_at, message_id=message_id
    )


def text_of(message: EmailMessage) -> str:
    """The plain-text part."""
    return _content(message, "plain")


def html_of(message: EmailMessage) -> str:
    """The HTML part; its pictures are named by content id."""
    return _content(message, "html")


def _compose(
    name: str,
    values: dict[str, Any],
    pictures: tuple[_Picture, ...],
    *,
    sender: str,
    recipient: str,
    sent_at: datetime,
    message_id: str,
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = values["subject"]
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    style = Markup(_style())  # noqa: S704  # our own file; escaping would break its quotes
    html = _inline(render_mail(f"mail/{name}.html", style=style, **values))
    message.set_content(render_text(f"mail/{name}.txt", **values), cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    html_part = message.get_payload(1)
    assert isinstance(html_part, EmailMessage)
    for picture in pictures:
        html_part.add_related(
            picture.png, "image", "png", cid=f"<{picture.cid}>", disposition="inline", filename=picture.file_name
        )
    _fix_boundaries(message, message_id)
    return message


def _pictures(drawn: tuple[Chart | None, ...], message_id: str) -> tuple[_Picture, ...]:
    return tuple(
        _Picture(
            title=chart.title,
            alt=chart.alt,
            cid=f"{chart.name}.{_digest(message_id)}@pacewright",
            file_name=f"{chart.name}.png",
            png=chart.png(),
        )
        for chart in drawn
        if chart is not None
    )


def _fix_boundaries(message: EmailMessage, message_id: str) -> None:
    """Boundaries from the message id: the library would draw them at random."""
    for index, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{_digest(message_id)}_{index}")


def _digest(message_id: str) -> str:
    return hashlib.sha256(message_id.encode()).hexdigest()[:24]


def _content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content())


def _inline(html: str) -> str:
    # Sending a report is rare beside reading one; the import is paid only then.
    import css_inline  # lazily, see above

    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
    return str(inliner.inline(html))


@cache
def _style() -> str:
    return files("reports").joinpath("templates/mail/mail.css").read_text(encoding="utf-8")
