"""TERM, INT and KILL at aimed and random moments of mornings and weeks, on the command line and under a Prefect worker:
no wrong mail ever, and in the end exactly one right one.

A signal that came after the run had ended does not count, and is tried again. What a kill leaves unknown (the mail was
being handed over) may be sent once more, under the same Message-ID; such repeats are counted apart.
"""

from __future__ import annotations

import email
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date
from pathlib import Path

from flows.home import Home
from flows.orchestrator import Server
from tests.builders.homes import copy_of, day_of, home_before_the_morning, morning_of
from tests.prove._worker import Worker
from tests.servers.mailbox import Mailbox, mailbox

_KINDS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
_PHASES = ("build", "sending", "any", "build")
_PLACES = ("command", "worker")
_THINKS_S = 3.0
_PATIENCE_S = 240.0


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """`n` signals that came in time, each in a home of its own, whose day is then finished and its mail compared.

    Any sabotage takes a signal in a build for a build that failed; it can be planted on the command line only.
    """
    rng = random.Random(seed)
    today = day_of(rng)
    counted: Counter[str] = Counter()
    faults: list[str] = []
    too_late = 0
    with tempfile.TemporaryDirectory(prefix="pacewright-prove-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        before = home_before_the_morning(folder / "before", seed=seed, today=today)
        box = stack.enter_context(mailbox())
        known: dict[str, str] = {}  # what each flow mails when it is left in peace
        stack.enter_context(nullcontext() if sabotage else _serving(before))
        done = 0
        while done < n:
            kind, phase = _KINDS[done % 3], _PHASES[done % 4]
            place = "command" if sabotage else _PLACES[(done + done // 4) % len(_PLACES)]
            name = ("morning", "week")[(done // 3) % 2]
            if name not in known:
                known[name] = _undisturbed(before, folder, name, today, box)
            home = copy_of(before, folder / "world")
            box.taken.clear()
            box.is_offered.clear()
            box.thinks_s = _THINKS_S if phase == "sending" else 0.0
            started = _start(home, name, today, box, place=place, sabotage=bool(sabotage))
            came = _aim(started, home, box, phase, rng)
            if came:
                started.signal(kind)
            started.wait(_PATIENCE_S)
            box.thinks_s = 0.0
            if not came:
                too_late += 1
                shutil.rmtree(home.root)
                if too_late > n + 3:
                    faults.append("signals keep coming too late")
                    break
                continue
            done += 1
            counted.update((kind.name, f"in {phase}", f"by {place}", name))
            for _ in range(3):
                if (sabotage and box.taken) or _finish(home, name, today, box) == 0:
                    break
            else:
                faults.append(f"{kind.name} in {phase} of a {name} by {place}: it never ended well afterwards")
            wrong = [mail for mail in box.taken if _said(mail) != known[name]]
            counted["mails_wrong"] += len(wrong)
            repeats = len(box.taken) - 1
            counted["mails_double"] += max(repeats, 0)
            where = f"{kind.name} in {phase} of a {name} by {place}"
            if wrong:
                faults.append(f"{where}: a wrong mail")
            if not box.taken:
                faults.append(f"{where}: no mail")
            if repeats > (1 if phase != "build" and kind is signal.SIGKILL else 0):
                faults.append(f"{where}: {repeats + 1} mails")
            left = [path.name for path in (home.next_warehouse, home.snapshot) if path.exists()]
            left += [path.name for path in home.root.glob(".site.*")]
            if left:
                faults.append(f"{where}: left behind {left}")
            shutil.rmtree(home.root)
    return {
        "holds": done == n and not faults,
        "signals": done,
        "too_late": too_late,
        "by_kind": {kind.name: counted[kind.name] for kind in _KINDS},
        "by_phase": {phase: counted[f"in {phase}"] for phase in dict.fromkeys(_PHASES)},
        "by_place": {place: counted[f"by {place}"] for place in _PLACES},
        "by_flow": {name: counted[name] for name in ("morning", "week")},
        "mails_wrong": counted["mails_wrong"],
        "mails_double": counted["mails_double"],
        "faults": faults[:5],
    }


class Command:
    """A run on the command line, and the signals that a terminal or a service manager gives it."""

    def __init__(self, home: Home, name: str, today: date, box: Mailbox, *, sabotage: bool = False) -> None:
        module = ["tests.prove._undoing", "flows.cli"] if sabotage else ["flows.cli"]
        self._child = subprocess.Popen(
            [sys.executable, "-m", *module, name],
            env=environment(home, today, box),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def is_running(self) -> bool:
        return self._child.poll() is None

    def signal(self, kind: signal.Signals) -> None:
        if kind is signal.SIGTERM:
            self._child.send_signal(kind)
        else:  # Ctrl-C reaches all of a terminal
            os.killpg(self._child.pid, kind)

    def wait(self, patience_s: float) -> int:
        return self._child.wait(patience_s)


def environment(home: Home, today: date, box: Mailbox) -> dict[str, str]:
    """What a run needs to know: its home, its instant and its mail server."""
    return {
        **os.environ,
        "PACEWRIGHT_HOME": str(home.root),
        "PACEWRIGHT_NOW": morning_of(today).isoformat(),
        "PACEWRIGHT_MAIL__HOST": "127.0.0.1",
        "PACEWRIGHT_MAIL__PORT": str(box.port),
        "PACEWRIGHT_MAIL__SECURITY": "none",
        "PACEWRIGHT_MAIL__RECIPIENT": "ada@example.org",
    }


@contextmanager
def _serving(home: Home) -> Iterator[None]:
    """A Prefect server of this home, for the workers."""
    running = Server(home)
    try:
        running.wait()
        yield
    finally:
        running.stop()


def _start(home: Home, name: str, today: date, box: Mailbox, *, place: str, sabotage: bool) -> Command | Worker:
    if place == "command":
        return Command(home, name, today, box, sabotage=sabotage)
    return Worker(home, name, environment(home, today, box))


def _finish(home: Home, name: str, today: date, box: Mailbox) -> int:
    return Command(home, name, today, box).wait(_PATIENCE_S)


def _undisturbed(before: Home, folder: Path, name: str, today: date, box: Mailbox) -> str:
    box.taken.clear()
    home = copy_of(before, folder / "world")
    if _finish(home, name, today, box) != 0 or len(box.taken) != 1:
        raise RuntimeError(f"the undisturbed {name} failed")
    shutil.rmtree(home.root)
    return _said(box.taken[0])


def _aim(run: Command | Worker, home: Home, box: Mailbox, phase: str, rng: random.Random) -> bool:
    """Wait for the moment; False when the run ended before it came."""
    deadline = time.monotonic() + _PATIENCE_S
    reached = {
        "build": Path(f"{home.next_warehouse}.wal").exists,  # the first model is being built
        "sending": box.is_offered.is_set,
        "any": (home.root / "prefect" / "prefect.db-wal").exists if isinstance(run, Command) else home.snapshot.exists,
    }[phase]
    while not reached():
        if not run.is_running() or time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    time.sleep(rng.uniform(0, {"build": 2.5, "sending": 2.0, "any": 10.0}[phase]))
    return run.is_running() and (phase != "build" or home.next_warehouse.exists())


def _said(mail: bytes) -> str:
    """What a mail says and under which Message-ID, without what the mail server wrote on it."""
    message = email.message_from_bytes(mail)
    parts = [part.get_payload(decode=True) or b"" for part in message.walk() if not part.is_multipart()]
    words = (str(message["Message-ID"]).encode(), str(message["Subject"]).encode(), *map(bytes, parts))
    return hashlib.sha256(b"\0".join(words)).hexdigest()
