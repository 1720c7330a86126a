"""`pacewright log done`, `not-done` and `skip`: what became of planned workouts, where the recordings cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.errors import FlowError
from flows.log_cli import log_app, ready, say

if TYPE_CHECKING:
    from coach.logbook import Because

__all__ = ["log_app"]

Workout = Annotated[str, typer.Argument(help="Its day, such as 2026-05-20, or its id.")]


@log_app.command("done")
def log_done(
    workout: Workout,
    activity: Annotated[str, typer.Argument(help="The run's id; left out, the only activity of the day.")] = "",
) -> None:
    """This run was that workout. It holds in every rebuild; an activity stands for one workout."""
    from flows import outcomes

    home, settings, now = ready()
    say(outcomes.log_done(home, settings, workout, activity, now=now))


@log_app.command("not-done")
def log_not_done(
    workout: Workout,
    activity: Annotated[str, typer.Argument(help="The run that was not it; left out, no run was.")] = "",
) -> None:
    """That run was not this workout; without a run, the workout was missed."""
    from flows import outcomes

    home, settings, now = ready()
    say(outcomes.log_not_done(home, settings, workout, activity, now=now))


@log_app.command("skip")
def log_skip(
    workout: Workout,
    text: Annotated[str, typer.Argument(help="Your words, in quotes; they stay in the ledger.")] = "",
    because: Annotated[str, typer.Option(help="sick, injured, tired, busy, weather, travel or other.")] = "",
) -> None:
    """You leave a workout out on purpose: it is skipped, not missed."""
    from flows import outcomes

    home, settings, now = ready()
    say(outcomes.log_skipped(home, settings, workout, because=_because(because), text=text, now=now))


def _because(text: str) -> Because | None:
    from coach.logbook import Because

    if not text:
        return None
    try:
        return Because(text.lower())
    except ValueError:
        raise FlowError(f"{text[:40]!r} is no reason known here. Write {', '.join(Because)}.") from None
