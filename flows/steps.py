"""The steps of a command as they happen: what is being done, and how long what is done took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from flows.stopwatch import listened_to

# Those that take long enough to be waited for; a step that is not named here is shown by the steps within it.
_WORDS = {
    "prefect": ("Starting Prefect", "Prefect started"),
    "sync": ("Asking the sources", "Sources asked"),
    "ingest": ("Looking through the inbox", "Inbox looked through"),
    "snapshot": ("Reading the ledger", "Ledger read"),
    "dbt": ("Building the warehouse", "Warehouse built"),
    "gate": ("Checking the warehouse", "Warehouse checked"),
    "plan": ("Making the plan", "Plan made"),
    "coach": ("Deciding", "Decided"),
    "reports": ("Writing the pages and the mail", "Pages and mail written"),
}


@contextmanager
def steps_shown(console: Console) -> Iterator[None]:
    """Show the steps of this block: on a terminal with a sign of life, elsewhere a line for each that is done."""
    with console.status("") as status:

        def tell(step: str, took_s: float | None) -> None:
            doing, done = _WORDS.get(step, ("", ""))
            if doing and took_s is None:
                status.update(f"{doing} …")
            elif done and took_s is not None:
                console.print(f"[dim]{done} ({took_s:.1f} s)[/]")

        with listened_to(tell):
            yield
