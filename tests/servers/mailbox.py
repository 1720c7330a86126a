"""A real mail server on loopback that keeps what it is given, and can think about it for a while."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """`taken` is what arrived. `thinks_s` is how long an answer takes; `is_offered` says that one is being thought about.

    With `drops` the connection ends after the message, without an answer.
    """

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.thinks_s = 0.0
        self.drops = False
        self.is_offered = threading.Event()
        self.port = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  the library's name
        assert isinstance(envelope.content, bytes)
        self.is_offered.set()
        if self.drops:
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        before_s, self.thinks_s = self.thinks_s, 0.0
        await asyncio.sleep(before_s / 2)
        # The message is the server's as soon as it is here; whether the sender hears of it is another matter.
        self.taken.append(envelope.content)
        await asyncio.sleep(before_s / 2)
        return "250 taken"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """The server, until the block ends."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box.port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
