"""Reports leave at most once, through a real mail server on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from flows.deliver import deliver, message_id_of, settled
from flows.errors import MailFailed
from flows.home import Home
from flows.ledger import migrate, open_ledger
from flows.settings import MailSettings, Settings
from tests.servers.mailbox import mailbox as running_mailbox

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
KEY = "brief/2026-11-21"


class Mailbox:
    """Keeps what arrives; `refuse` makes the server turn every message away before taking it."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refuse = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  the library's name
        if self.refuse:
            return "451 come back later"
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        return "250 taken"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    migrate(home.ledger)
    return home


def settings_for(server: Any) -> Settings:
    mail = MailSettings(host="127.0.0.1", port=server.port, security="none", recipient="Ada <ada@example.org>")
    return Settings(mail=mail)


def brief(text: str = "Easy 8 km.") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Today"
    message["From"] = "coach@example.org"
    message["To"] = "ada@example.org"
    message["Message-ID"] = message_id_of("me", KEY)
    message.set_content(text)
    return message


def test_a_report_is_sent_once_however_often_its_flow_reruns(home: Home, server: Controller, mailbox: Mailbox) -> None:
    settings = settings_for(server)

    outcomes = [deliver(home, settings, report_key=KEY, message=brief(), now=NOW, may_send=True).mail for _ in range(3)]

    assert outcomes == ["sent", "sent earlier", "sent earlier"]
    assert len(mailbox.taken) == 1
    assert (home.outbox / "me" / "brief-2026-11-21.eml").read_bytes() == brief().as_bytes()


def test_a_refused_report_is_tried_again_and_then_sent_once(home: Home, server: Controller, mailbox: Mailbox) -> None:
    settings = settings_for(server)
    mailbox.refuse = True
    with pytest.raises(MailFailed, match="answered 451"):
        deliver(home, settings, report_key=KEY, message=brief(), now=NOW, may_send=True)
    mailbox.refuse = False

    outcome = deliver(home, settings, report_key=KEY, message=brief(), now=NOW, may_send=True)

    assert outcome.mail == "sent"
    assert len(mailbox.taken) == 1


def test_an_unknown_outcome_is_tried_once_more_and_then_left_to_a_person(
    home: Home, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(server)
    outcomes = []
    for attempt in (1, 3):  # runs that died between "sending" and the server's answer
        with open_ledger(home.ledger) as con:
            con.execute(
                "insert into coach.deliveries values ('me', ?, 'smtp', ?, 'sending', 'id', 'sha', ?)",
                [KEY, attempt, NOW],
            )
        mailbox.refuse = attempt == 1
        try:
            outcomes.append(deliver(home, settings, report_key=KEY, message=brief(), now=NOW, may_send=True).mail)
        except MailFailed as failed:
            outcomes.append(failed.outcome)

    assert outcomes[0] == "not taken by the server"
    assert outcomes[1].startswith("unknown: two tries")
    assert mailbox.taken == []


def test_a_server_that_is_not_there_never_uses_up_the_tries(home: Home, server: Controller, mailbox: Mailbox) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = MailSettings(
            host="127.0.0.1", port=probe.getsockname()[1], security="none", recipient="ada@example.org"
        )
    for _ in range(3):
        with pytest.raises(MailFailed, match="did not take the report") as caught:
            deliver(home, Settings(mail=closed), report_key=KEY, message=brief(), now=NOW, may_send=True)
        assert caught.value.is_transient

    outcome = deliver(home, settings_for(server), report_key=KEY, message=brief(), now=NOW, may_send=True)

    assert outcome.mail == "sent"
    assert len(mailbox.taken) == 1


def test_a_server_that_never_answers_is_named_as_that_and_nothing_was_sent(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.deliver._TIMEOUT_S", 0.3)
    with socket.socket() as silent:  # takes the connection and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        mail = MailSettings(host="127.0.0.1", port=port, security="none", recipient="ada@example.org")

        with pytest.raises(MailFailed, match=rf"127\.0\.0\.1:{port} did not answer: timed out .* Nothing was sent"):
            deliver(home, Settings(mail=mail), report_key=KEY, message=brief(), now=NOW, may_send=True)


def test_a_connection_dropped_twice_after_the_message_is_unknown_and_never_a_success(home: Home) -> None:
    outcomes = []
    with running_mailbox() as box:
        box.drops = True
        for _ in range(2):
            assert settled(home, settings_for(box), KEY) == ""
            with pytest.raises(MailFailed) as failed:
                deliver(home, settings_for(box), report_key=KEY, message=brief(), now=NOW, may_send=True)
            outcomes.append(failed.value.outcome)
        box.drops = False
        later = deliver(home, settings_for(box), report_key=KEY, message=brief(), now=NOW, may_send=True)

    unknown = "unknown: two tries ended without an answer; look in the mailbox"
    assert outcomes == ["unknown: the connection ended before an answer", unknown]
    assert later.mail == settled(home, settings_for(box), KEY) == unknown


def decided(home: Home, *days: datetime) -> None:
    with open_ledger(home.ledger) as con:
        for number, day in enumerate(days, 1):
            con.execute(
                "insert into coach.decisions (athlete_id, kind, decision_date, revision, fingerprint, snapshot, decided_at) "
                "values ('me', 'morning', ?, ?, 'x', '{}', ?)",
                [day.date(), number, day],
            )


def test_a_clock_a_year_ahead_mails_nothing_on_its_first_day_and_is_believed_on_the_second(
    home: Home, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(server)
    ahead = NOW + timedelta(days=365)
    decided(home, NOW, ahead)

    first = deliver(home, settings, report_key=KEY, message=brief(), now=ahead, may_send=True)
    second = deliver(home, settings, report_key=KEY, message=brief(), now=ahead + timedelta(days=1), may_send=True)

    assert first.mail.startswith("not sent: the clock says 2027-11-21, 365 days after anything known before")
    assert second.mail == "sent"


def test_a_clock_behind_what_was_recorded_mails_nothing(home: Home, server: Controller, mailbox: Mailbox) -> None:
    decided(home, NOW)

    delivered = deliver(
        home, settings_for(server), report_key=KEY, message=brief(), now=NOW - timedelta(days=300), may_send=True
    )

    assert "but something was recorded on 2026-11-21" in delivered.mail
    assert mailbox.taken == []


def test_a_clock_that_was_ahead_and_is_right_again_mails_from_the_next_day_on(
    home: Home, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(server)
    tomorrow = NOW + timedelta(days=1)
    decided(home, NOW - timedelta(days=1), NOW + timedelta(days=365), NOW)

    same_day = deliver(home, settings, report_key=KEY, message=brief(), now=NOW, may_send=True)
    decided(home, tomorrow)
    next_day = deliver(home, settings, report_key=KEY, message=brief(), now=tomorrow, may_send=True)

    assert "If the clock is right now, mail goes out again tomorrow" in same_day.mail
    assert next_day.mail == "sent"
    assert len(mailbox.taken) == 1


def test_two_runs_at_once_claim_one_try(home: Home, server: Controller, mailbox: Mailbox) -> None:
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def run() -> None:
        barrier.wait()
        outcomes.append(
            deliver(home, settings_for(server), report_key=KEY, message=brief(), now=NOW, may_send=True).mail
        )

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes)[-1].startswith("sent")
    assert len(mailbox.taken) == 1


def test_without_a_mail_server_nothing_leaves_and_the_file_is_there(home: Home) -> None:
    delivered = deliver(home, Settings(), report_key=KEY, message=brief(), now=NOW, may_send=True)

    assert delivered.mail == "no mail server configured"
    assert delivered.file.exists()


def test_a_past_day_is_written_but_never_sent(home: Home, server: Controller, mailbox: Mailbox) -> None:
    delivered = deliver(home, settings_for(server), report_key=KEY, message=brief(), now=NOW, may_send=False)

    assert delivered.mail == "not sent: the day is over"
    assert mailbox.taken == []


def test_a_wrong_password_is_in_no_message(home: Home, server: Controller) -> None:
    mail = settings_for(server).mail.model_copy(update={"user": "ada", "password": SecretStr("hunter2")})

    with pytest.raises(MailFailed, match="under \\[mail\\]") as caught:
        deliver(home, Settings(mail=mail), report_key=KEY, message=brief(), now=NOW, may_send=True)

    assert "hunter2" not in repr(caught.value)
    assert "hunter2" not in repr(mail)
