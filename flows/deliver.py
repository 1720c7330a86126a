"""Reports on their way out: each written once and sent at most once, however often its flow reruns."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from flows.home import Home, sync_folder
from flows.ledger import open_ledger
from flows.settings import MailSettings, Settings

_TIMEOUT_S = 30.0
# Answers that mean the server did not take the message: trying again cannot send it twice.
_NOT_SENT = (
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
    ConnectionRefusedError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of one report: the file in the outbox, and whether mail went out now, earlier, or not at all."""

    report_key: str
    file: Path
    mail: str


def message_id_of(athlete_id: str, report_key: str) -> str:
    """The same report always carries the same Message-ID, so that a mail server can drop a repeat. Holds no health data."""
    token = hashlib.sha256(f"{athlete_id}/{report_key}".encode()).hexdigest()[:24]
    return f"<{token}@pacewright.invalid>"


def deliver(
    home: Home, settings: Settings, *, report_key: str, message: EmailMessage, now: datetime, may_send: bool
) -> Delivered:
    """Write the report to the outbox and, where a mail server is configured and `may_send`, send it once."""
    name = report_key.replace("/", "-") + ".eml"
    file = home.outbox / settings.athlete_id / name
    content = message.as_bytes()
    delivery = _Delivery(home, settings.athlete_id, report_key, str(message["Message-ID"]), content)
    if not file.exists() or file.read_bytes() != content:
        _write(file, content)
    delivery.say("outbox", 1, "written", now)
    return Delivered(report_key=report_key, file=file, mail=_mail(delivery, settings.mail, message, now, may_send))


def _mail(delivery: _Delivery, mail: MailSettings, message: EmailMessage, now: datetime, may_send: bool) -> str:
    attempts = delivery.attempts("smtp")
    if any("sent" in states for states in attempts.values()):
        return "sent earlier"
    if not mail.host:
        return "no mail server configured"
    if not may_send:
        return "not sent: the day is over"
    # A run that died between "sending" and an answer may have sent it. One more try is allowed, under the same
    # Message-ID; a second unknown outcome is left for a person to look at.
    unknown = [number for number, states in attempts.items() if states == {"sending"}]
    if len(unknown) > 1:
        return "unknown: two tries ended without an answer; look in the mailbox"
    attempt = max(attempts, default=0) + 1
    delivery.say("smtp", attempt, "sending", now)
    try:
        refused = send(mail, message)
    except _NOT_SENT:
        delivery.say("smtp", attempt, "refused", now)
        raise
    delivery.say("smtp", attempt, "sent", now)
    return f"sent, but refused for {', '.join(refused)}" if refused else "sent"


def send(mail: MailSettings, message: EmailMessage) -> list[str]:
    """Hand one message to the configured server; return the recipients it refused. Raises smtplib's own errors."""
    context = ssl.create_default_context()
    kind = smtplib.SMTP_SSL if mail.security == "tls" else smtplib.SMTP
    options = {"context": context} if mail.security == "tls" else {}
    with kind(mail.host, mail.port, timeout=_TIMEOUT_S, **options) as server:  # type: ignore[arg-type]  # differs by class
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, mail.password.get_secret_value())
        return list(server.send_message(message, to_addrs=[parseaddr(mail.recipient)[1]]))


@dataclass(frozen=True, slots=True)
class _Delivery:
    home: Home
    athlete_id: str
    report_key: str
    message_id: str
    content: bytes

    def attempts(self, channel: str) -> dict[int, set[str]]:
        """Attempt number → the states it reached."""
        with open_ledger(self.home.ledger) as con:
            rows = con.execute(
                "select attempt, list(state) from coach.deliveries "
                "where athlete_id = ? and report_key = ? and channel = ? group by attempt",
                [self.athlete_id, self.report_key, channel],
            ).fetchall()
        return {attempt: set(states) for attempt, states in rows}

    def say(self, channel: str, attempt: int, state: str, now: datetime) -> None:
        with open_ledger(self.home.ledger) as con:
            con.execute(
                "insert into coach.deliveries values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                [
                    self.athlete_id,
                    self.report_key,
                    channel,
                    attempt,
                    state,
                    self.message_id,
                    hashlib.sha256(self.content).hexdigest(),
                    now,
                ],
            )


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = file.with_suffix(".half")
    half.write_bytes(content)
    half.replace(file)
    sync_folder(file.parent)
