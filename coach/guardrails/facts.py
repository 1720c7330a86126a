"""What a plan is judged against besides itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from coach.breaks import Break
from coach.model import Athlete, DoneRun, Evidence, Plan, Profile, Readiness
from coach.silence import HEARD, Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The athlete, what was done and how the body is today.

    `approved` is the plan in force when a change of it is judged: shares, cutbacks, taper and sums are then judged as
    approved wherever the change only shrinks or drops sessions. `reds` are recent days of red readiness. `easy_until` is the
    last day of coming back from illness or injury; `said` are the athlete's own words that these rest on. `silence` are the
    days of which nothing is known, `pause` the days off that matter still, and `done_elsewhere` says of sessions still ahead
    on which other day they were run. `b_race_dates` and `long_run_exceptions` are dates the athlete named ("not this
    Sunday"), never the plan's author.
    """

    athlete: Athlete
    profile: Profile
    done: tuple[DoneRun, ...]
    today: date
    readiness: Readiness | None = None
    reds: tuple[date, ...] = ()
    is_ill: bool = False
    is_injured: bool = False
    easy_until: date | None = None
    said: tuple[Evidence, ...] = ()
    approved: Plan | None = None
    silence: Silence = HEARD
    pause: Break | None = None
    done_elsewhere: tuple[tuple[str, date], ...] = ()
    b_race_dates: tuple[date, ...] = ()
    long_run_exceptions: tuple[date, ...] = ()
