"""The data home: where everything of one athlete or one club lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from connectors.locks import held
from flows.errors import LedgerBusy, NotSetUp

_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Home:
    """Paths inside one data home. Nothing outside `root` is ever written."""

    root: Path

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.duckdb"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def streams(self) -> Path:
        return self.root / "streams"

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"

    @property
    def inbox(self) -> Path:
        """Files dropped here are imported every morning; they are left where they are."""
        return self.root / "inbox"

    @property
    def tokens(self) -> Path:
        """Sign-ins, readable by their owner only; never part of an export."""
        return self.root / "tokens"

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def work(self) -> Path:
        """Scratch: snapshots, the warehouse being built, dbt's and Prefect's own files. Safe to delete when nothing runs."""
        return self.root / "work"

    @property
    def snapshot(self) -> Path:
        return self.work / "snapshot.duckdb"

    @property
    def trial_snapshot(self) -> Path:
        """A copy of it without some of what arrived, while what a build fails on is looked for."""
        return self.work / "trial.duckdb"

    @property
    def next_warehouse(self) -> Path:
        return self.work / "warehouse.next.duckdb"

    @property
    def damaged_warehouse(self) -> Path:
        """The last published warehouse that could not be read any more."""
        return self.work / "warehouse.damaged.duckdb"

    @property
    def refused(self) -> Path:
        """The expectations that the last candidate failed, while nothing has been published since."""
        return self.work / "refused.json"

    @property
    def past_warehouse(self) -> Path:
        """A past day's scratch warehouse. dbt names the database after its file, so only the folder differs."""
        return self.work / "past" / self.next_warehouse.name

    def prepare(self) -> None:
        """Make the folders, and let nobody but their owner read them or what this process and its children write there.

        Every entrance comes through here before it writes. What an older version left readable is closed once; what lies
        in the inbox stays as whoever put it there wants it, behind a closed door.
        """
        os.umask(0o077)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o700)
            for folder in (self.files, self.streams, self.outbox, self.inbox, self.work):
                folder.mkdir(exist_ok=True)
            if self.ledger.exists() and self.ledger.stat().st_mode & _OTHERS:
                self._close()
        except OSError as error:
            raise NotSetUp(
                f"{self.root} cannot be used as the data home ({error.strerror}). Set PACEWRIGHT_HOME to a folder of yours."
            ) from error

    def _close(self) -> None:
        """Take what others may do off everything; off the ledger last, because it tells whether this was done."""
        for path in self.root.rglob("*"):
            is_ours = path != self.ledger and self.inbox not in path.parents and not path.is_symlink()
            if is_ours and path.exists():
                path.chmod(path.stat().st_mode & ~_OTHERS)
        self.ledger.chmod(self.ledger.stat().st_mode & ~_OTHERS)

    @contextmanager
    def building(self, *, wait_s: float = 600.0) -> Iterator[None]:
        """Hold the home's build lock: two builds never share the scratch folder. The lock dies with its process."""
        self.work.mkdir(parents=True, exist_ok=True)
        is_busy = LedgerBusy(
            f"Another Pacewright process has been building in {self.root} for {wait_s:.0f} s. "
            "Wait for it to finish, or end it, and run this again."
        )
        with held(self.work / "build.lock", wait_s=wait_s, otherwise=is_busy):
            yield


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def home_from_environment() -> Home:
    """The data home: PACEWRIGHT_HOME, or the platform's user-data folder."""
    configured = os.environ.get("PACEWRIGHT_HOME")
    root = Path(configured).expanduser() if configured else Path(platformdirs.user_data_dir("pacewright"))
    return Home(root.absolute())
