"""Reports on their way out: each written once and sent at most once, however often its flow reruns."""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
import threading
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import duckdb

from flows import signals
from flows.doubt import clock_doubt
from flows.errors import MailFailed
from flows.home import Home, sync_folder
from flows.ledger import open_ledger
from flows.settings import MailSettings, Settings

_TIMEOUT_S = 30.0
NOT_NOW = "not sent: the day is over"
_UNKNOWN_TWICE = "unknown: two tries ended without an answer; look in the mailbox"


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


def outbox_file(home: Home, settings: Settings, report_key: str) -> Path:
    """Where a report lies as a file."""
    return home.outbox / settings.athlete_id / (report_key.replace("/", "-") + ".eml")


def settled(home: Home, settings: Settings, report_key: str) -> str:
    """What became of a report that is not sent again: it has left, or two tries ended without an answer; else nothing."""
    with open_ledger(home.ledger) as con:
        return _settled(_attempts(con, settings.athlete_id, report_key, "smtp"))


def deliver(
    home: Home, settings: Settings, *, report_key: str, message: EmailMessage, now: datetime, may_send: bool
) -> Delivered:
    """Write the report to the outbox and, where a mail server is configured and `may_send`, send it once."""
    file = outbox_file(home, settings, report_key)
    content = message.as_bytes()
    delivery = _Delivery(home, settings.athlete_id, report_key, str(message["Message-ID"]), content, settings.time_zone)
    unwritten = None
    try:
        if not file.exists() or file.read_bytes() != content:
            _write(file, content)
        delivery.say("outbox", 1, "written", now)
    except OSError as error:
        unwritten = error  # a full disk keeps the file from the outbox, not the report from its reader
    mail = _mail(delivery, settings.mail, message, now, may_send)
    if unwritten is not None:
        raise MailFailed(
            f"{file} could not be written ({unwritten.strerror or unwritten}); mail: {mail}. Free disk space and run this "
            "again.",
            outcome=f"{mail}; the file in the outbox could not be written",
        ) from unwritten
    return Delivered(report_key=report_key, file=file, mail=mail)


def _mail(delivery: _Delivery, mail: MailSettings, message: EmailMessage, now: datetime, may_send: bool) -> str:
    attempts = delivery.attempts("smtp")
    if done := _settled(attempts):
        return done  # of two unknown tries the second one's run failed; no later one can do anything about it
    if not mail.host:
        return "no mail server configured"
    if not may_send:
        return NOT_NOW
    # A run that died after it began to hand the message over may have sent it. One more try is allowed, under the same
    # Message-ID; a second unknown outcome is left for a person to look at.
    unknown = _unknown_tries(attempts)
    if doubt := clock_doubt(delivery.home, now=now, zone=delivery.zone):
        return f"not sent: {doubt}"
    signals.obey()
    attempt = max(attempts, default=0) + 1
    try:
        server = connect(mail)
    except OSError as error:  # smtplib's errors are OSErrors too
        raise _timed_out(mail) if _is_timeout(error) else _failed(mail, error) from error
    # A signal waits for the answer, a few seconds: cut off in between, nobody would know whether it was sent.
    with signals.held_off(), server:
        if not delivery.say("smtp", attempt, "sending", now):
            return "another run is sending it"
        try:
            refused = server.send_message(message, to_addrs=[parseaddr(mail.recipient)[1]])
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError) as error:
            delivery.say("smtp", attempt, "refused", now)
            raise _failed(mail, error) from error
        except OSError as error:
            raise _unknown(mail, is_last=bool(unknown)) from error
        delivery.say("smtp", attempt, "sent", now)
    return f"sent, but refused for {len(refused)} recipients" if refused else "sent"


def connect(mail: MailSettings) -> smtplib.SMTP:
    """A session with the configured server, encrypted and signed in as configured. Raises smtplib's own errors."""
    context = ssl.create_default_context()
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=_TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT_S)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, mail.password.get_secret_value())
    except OSError:
        server.close()
        raise
    return server


def _is_timeout(error: OSError) -> bool:
    """Also of a server that took the connection and then said nothing: smtplib calls that a lost connection."""
    lost_in_silence = isinstance(error, smtplib.SMTPServerDisconnected) and "timed out" in str(error)
    return isinstance(error, TimeoutError) or lost_in_silence


def _timed_out(mail: MailSettings) -> MailFailed:
    return MailFailed(
        f"The mail server {mail.host}:{mail.port} did not answer: timed out after {_TIMEOUT_S:g} s while connecting. "
        "Nothing was sent. Check host, port and security under [mail] in config.toml, and whether a firewall is in "
        "between. The report itself is in the outbox.",
        is_transient=True,
        outcome="nothing was sent: timed out while connecting",
    )


def _unknown(mail: MailSettings, *, is_last: bool) -> MailFailed:
    """The connection ended between the message and the server's answer: it may be there or not."""
    if is_last:
        return MailFailed(
            f"Whether {mail.host}:{mail.port} took the report is unknown: two tries ended without its answer. It is not sent "
            "again. Look in the mailbox; the report itself is in the outbox.",
            outcome=_UNKNOWN_TWICE,
        )
    return MailFailed(
        f"The connection to {mail.host}:{mail.port} ended before the server answered, so whether it took the report is "
        "unknown. Run this again: there is one more try, under the same Message-ID.",
        is_transient=True,
        outcome="unknown: the connection ended before an answer",
    )


def _failed(mail: MailSettings, error: OSError) -> MailFailed:
    """The failure with its remedy. Codes and kinds only: a server's answer may quote addresses."""
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
    kind = f"answered {code}" if code else type(error).__name__
    is_transient = isinstance(error, ConnectionError | TimeoutError) or (code is not None and 400 <= code < 500)
    return MailFailed(
        f"The mail server {mail.host}:{mail.port} did not take the report ({kind}). Check host, port, security, user and "
        "password under [mail] in config.toml. The report itself is in the outbox.",
        is_transient=is_transient,
    )


def _attempts(con: duckdb.DuckDBPyConnection, athlete_id: str, report_key: str, channel: str) -> dict[int, set[str]]:
    rows = con.execute(
        "select attempt, list(state) from coach.deliveries "
        "where athlete_id = ? and report_key = ? and channel = ? group by attempt",
        [athlete_id, report_key, channel],
    ).fetchall()
    return {attempt: set(states) for attempt, states in rows}


def _settled(attempts: dict[int, set[str]]) -> str:
    if any("sent" in states for states in attempts.values()):
        return "sent earlier"
    return _UNKNOWN_TWICE if len(_unknown_tries(attempts)) > 1 else ""


def _unknown_tries(attempts: dict[int, set[str]]) -> list[int]:
    return [number for number, states in attempts.items() if states == {"sending"}]


def sent_sha256(home: Home, athlete_id: str, report_key: str) -> str | None:
    """Hash of what was mailed under a report's key; None when nothing was."""
    with open_ledger(home.ledger) as con:
        row = con.execute(
            "select content_sha256 from coach.deliveries "
            "where athlete_id = ? and report_key = ? and channel = 'smtp' and state = 'sent' limit 1",
            [athlete_id, report_key],
        ).fetchone()
    return None if row is None else str(row[0])


@dataclass(frozen=True, slots=True)
class _Delivery:
    home: Home
    athlete_id: str
    report_key: str
    message_id: str
    content: bytes
    zone: str

    def attempts(self, channel: str) -> dict[int, set[str]]:
        """Attempt number → the states it reached."""
        with open_ledger(self.home.ledger) as con:
            return _attempts(con, self.athlete_id, self.report_key, channel)

    def say(self, channel: str, attempt: int, state: str, now: datetime) -> bool:
        """Append a state; False when another run said it first."""
        try:
            with open_ledger(self.home.ledger) as con:
                said = con.execute(
                    "insert into coach.deliveries values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing returning attempt",
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
                ).fetchall()
        except (duckdb.ConstraintException, duckdb.TransactionException):
            return False  # another thread of this process was first
        return bool(said)


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.half")
    with half.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    half.replace(file)
    sync_folder(file.parent)
