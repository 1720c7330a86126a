"""What nothing is known of: days after the last arrival of the sources that the athlete's runs come by. Silence is not rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from coach.model import Plan, Workout, WorkoutType
from coach.words import count, day_and_date

# Our convention: so long the approved sessions stand in for what is not known; then nothing grows.
ASSUMED_DAYS = 10
# From here a report says that it knows nothing; a source of activities is stale then.
_SAID_FROM_DAYS = 4
_LOOK_BACK_DAYS = 180

_NO_RUN = (WorkoutType.REST, WorkoutType.CROSS)

SILENCE = "silence"
QUESTION = (
    "Send the export or sync the watch, or say since when you have been off: pacewright log off --since YYYY-MM-DD."
)


@dataclass(frozen=True, slots=True)
class Silence:
    """The days before `today` of which nothing is known, oldest first. None of them is rest, and none is a run."""

    days: tuple[date, ...] = ()

    @property
    def assumed(self) -> tuple[date, ...]:
        """The days for which the approved sessions stand in."""
        return self.days[:ASSUMED_DAYS]

    @property
    def skipped(self) -> frozenset[date]:
        """The days over which windows of days and weeks reach back."""
        return frozenset(self.days[ASSUMED_DAYS:])

    @property
    def is_long(self) -> bool:
        """From the eleventh day on nothing grows, hard work waits, and the athlete is asked."""
        return len(self.days) > ASSUMED_DAYS

    @property
    def fact(self) -> str:
        """Since when nothing is known, in a sentence; empty where nothing need be said yet."""
        if len(self.days) < _SAID_FROM_DAYS:
            return ""
        return f"Nothing is known of your running since {day_and_date(self.days[0])} ({count(len(self.days), 'day')})."

    @property
    def flag(self) -> str:
        """What a report says of it: the fact, and the one question from the eleventh day on."""
        if not self.fact:
            return ""
        return f"{self.fact} {QUESTION}" if self.is_long else f"{self.fact} Until it arrives, nothing is called missed."


HEARD = Silence()  # every day is known


def read_silence(con: duckdb.DuckDBPyConnection, athlete_id: str, *, day: date) -> Silence:
    """The days before `day` of which the marts know nothing."""
    rows = con.execute(
        "select local_date from marts.athlete_days where athlete_id = ? and local_date >= ? and local_date < ? "
        "and not is_run_known order by local_date",
        [athlete_id, day - timedelta(days=_LOOK_BACK_DAYS), day],
    ).fetchall()
    return Silence(tuple(local_date for (local_date,) in rows))


def assumed_run_days(approved: Plan | None, silence: Silence) -> tuple[date, ...]:
    """The days on which an approved run stands in."""
    return tuple(w.workout_date for w in assumed_sessions(approved, silence) if w.workout_type not in _NO_RUN)


def assumed_sessions(approved: Plan | None, silence: Silence) -> tuple[Workout, ...]:
    """The approved sessions of the days for which they stand in."""
    days = set(silence.assumed)
    return () if approved is None else tuple(w for w in approved.workouts if w.workout_date in days)
