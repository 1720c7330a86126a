"""Where sign-ins are kept: one record per athlete and source, readable by its owner only, changed under a lock.

The record is replaced whole: written beside, synced, renamed. A refresh leaves its mark before the vendor is asked, so
a process that dies between the vendor's answer and our write is found out by the next one, which asks once more and
then says that a person must sign in again. It never asks a second time with a token the vendor has turned down.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import keyring
import keyring.errors

from connectors.errors import NotAllowed, SignInAgain, TryLater, Unanswered
from connectors.http import Clock, sign_in
from connectors.locks import held

Keeping = Literal["file", "keyring"]

# A token this close to its end is renewed first: a page of answers may take as long.
MARGIN_S = 300.0
# Longer than any refresh takes: connect, send and read have a minute each.
_LOCK_WAIT_S = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a vendor gave us leave with. Secrets never show in its repr, and so in no log or traceback.

    `key` is a long-lived secret that access tokens are bought with (Garmin), `key_ends_at` when the owner has to make a
    new one. `refresh_begun_at` marks a refresh under way; `dead_because` a grant that the vendor no longer accepts.
    """

    source: str
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    expires_at: datetime | None = None
    key_ends_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    signed_in_at: datetime | None = None
    refresh_begun_at: datetime | None = None
    dead_because: str = ""

    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be written elsewhere."""
        return tuple(each for each in (self.access_token, self.refresh_token, self.client_secret, self.key) if each)


class TokenStore:
    """The sign-ins of one athlete, in files of `folder` or in the system's keyring."""

    def __init__(self, folder: Path, *, athlete_id: str, keeping: Keeping = "file") -> None:
        self._folder = folder
        self._athlete_id = athlete_id
        self._keeping = keeping

    def read(self, source: str) -> Grant | None:
        """The sign-in at a source; None if there is none. A damaged record is one that the vendor would not accept."""
        try:
            text = self._read(source)
            return _from_json(json.loads(text)) if text else None
        except (ValueError, TypeError):
            # Not an error: whoever signs in again, or looks at the other sources, must not stumble over it.
            return Grant(source=source, dead_because="The record of the sign-in is damaged.")

    def write(self, grant: Grant) -> None:
        """Replace the record; when this returns it survives a power cut."""
        text = json.dumps(_to_json(grant))
        if self._keeping == "keyring":
            with _keyring_trouble():
                keyring.set_password(self._service, grant.source, text)
            return
        self._prepare()
        path = self._path(grant.source)
        beside = path.with_suffix(f".{os.getpid()}.next")
        try:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def forget(self, source: str) -> None:
        """Remove the record, and what a killed write may have left of it."""
        if self._keeping == "keyring":
            with _keyring_trouble():
                if keyring.get_password(self._service, source) is not None:
                    keyring.delete_password(self._service, source)
            return
        for path in self._folder.glob(f"{self._athlete_id}.{source}.*"):
            if path.suffix != ".lock":
                path.unlink(missing_ok=True)

    def was_used(self, source: str) -> bool:
        """Whether this source's record was ever changed here; tells it also while the record cannot be read."""
        path = self._path(source)
        return any(_may_exist(each) for each in (path, path.with_suffix(".lock")))

    @contextmanager
    def locked(self, source: str) -> Iterator[None]:
        """Keep every other process from changing this record. The lock dies with its process."""
        self._prepare()
        is_busy = TryLater(
            f"Another process has been renewing the {source} token for {_LOCK_WAIT_S:.0f} s.",
            "End it, or wait; the next sync tries again.",
        )
        with held(self._path(source).with_suffix(".lock"), wait_s=_LOCK_WAIT_S, otherwise=is_busy):
            yield

    @property
    def _service(self) -> str:
        return f"pacewright:{self._folder}:{self._athlete_id}"

    def _path(self, source: str) -> Path:
        return self._folder / f"{self._athlete_id}.{source}.json"

    def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    def _read(self, source: str) -> str | None:
        if self._keeping == "keyring":
            with _keyring_trouble():
                return keyring.get_password(self._service, source)
        try:
            return self._path(source).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotAllowed(
                f"{self._path(source)} cannot be read ({error.strerror}).", "Give yourself permission to read it."
            ) from None


Refresh = Callable[[Grant], Grant]


class Keeper:
    """Hands out an access token that works, and renews it once for all processes. A `connectors.http.Bearer`."""

    def __init__(self, store: TokenStore, source: str, *, name: str, clock: Clock, refresh: Refresh) -> None:
        self._store = store
        self._source = source
        self._name = name
        self._clock = clock
        self._refresh = refresh

    def access_token(self, refused: str | None = None) -> str:
        """A token with some life left that is not the `refused` one. Raises `SignInAgain` or `TryLater`."""
        usable = self._usable(self._alive(), refused)
        if usable:
            return usable
        with self._store.locked(self._source):
            # Another process may have renewed it while this one waited.
            grant = self._alive()
            return self._usable(grant, refused) or self._renewed(grant).access_token

    def _alive(self) -> Grant:
        grant = self._store.read(self._source)
        if grant is None:
            raise SignInAgain(f"{self._name} is not connected.", f"Sign in: `pacewright connect {self._source}`.")
        if grant.dead_because:
            raise SignInAgain(grant.dead_because, sign_in(self._source))
        return grant

    def _usable(self, grant: Grant, refused: str | None) -> str | None:
        soon = self._clock.now() + timedelta(seconds=MARGIN_S)
        is_fresh = grant.access_token and (grant.expires_at is None or grant.expires_at > soon)
        return grant.access_token if is_fresh and grant.access_token != refused else None

    def _renewed(self, grant: Grant) -> Grant:
        was_cut_off = grant.refresh_begun_at is not None
        self._store.write(replace(grant, refresh_begun_at=self._clock.now()))
        try:
            fresh = self._refresh(grant)
        except SignInAgain as error:
            fact = error.fact
            if was_cut_off:
                fact += " An earlier renewal was cut off before its answer could be kept."
            self._store.write(replace(grant, refresh_begun_at=None, dead_because=fact))
            raise SignInAgain(fact, error.remedy) from None
        except Unanswered:
            raise  # It may have been carried out: the mark stays.
        except TryLater:
            self._store.write(grant)
            raise
        fresh = replace(fresh, refresh_begun_at=None, dead_because="")
        self._store.write(fresh)
        return fresh


def _may_exist(path: Path) -> bool:
    """Whether something is there, or hidden behind a folder that is closed to us."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def _to_json(grant: Grant) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name in Grant.__slots__
        if (value := getattr(grant, name))
    }


_INSTANTS = frozenset({"expires_at", "key_ends_at", "signed_in_at", "refresh_begun_at"})


def _from_json(record: object) -> Grant:
    """The grant of a record. Raises ValueError or TypeError when it is none; what a later version added is left out."""
    if not isinstance(record, dict):
        raise TypeError
    known = {name: value for name, value in record.items() if name in Grant.__slots__}
    for name in _INSTANTS & known.keys():
        known[name] = datetime.fromisoformat(known[name])
        if known[name].tzinfo is None:
            raise ValueError
    scopes = known.pop("scopes", [])
    if not all(isinstance(each, str) for each in (*scopes, *(known[name] for name in known.keys() - _INSTANTS))):
        raise TypeError
    return Grant(**known, scopes=tuple(scopes))


@contextmanager
def _keyring_trouble() -> Iterator[None]:
    try:
        yield
    except keyring.errors.KeyringError as error:
        raise NotAllowed(
            f"The system's keyring cannot be used ({type(error).__name__}).",
            'Unlock it, or write `token_store = "file"` in config.toml.',
        ) from None
