"""Homes for whole mornings: a year of the sample athlete, a few weeks into a plan, with today's take-outs in the inbox."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from coach.model import Goal, GoalKind
from connectors.sample import write_takeouts
from flows import clock, planning
from flows.athlete import AthleteFacts, introduce, open_home
from flows.home import Home
from flows.ingest import import_files
from flows.settings import Settings, load_settings
from tests.builders.warm import kept_home, warmed

ZONE = "Europe/Berlin"
HomeAt = Callable[[Path], Home]  # makes a home at a path
# A year holds a race, an illness and a journey; three make every build of a test three times as long.
_HISTORY = timedelta(weeks=52)


def home_before_the_morning(root: Path, *, seed: int, today: date) -> Home:
    """A home whose plan began three weeks before `today`; the latest take-outs lie in its inbox, not yet imported."""
    kept = kept_home(f"{seed}-{today}", lambda folder: _live_until(folder, seed=seed, today=today))
    shutil.copytree(kept, root)
    return Home(root)


def day_of(random: Random) -> date:
    """The day of a claim's mornings: claims of one seed share their homes."""
    return date(2026, 1, 1) + timedelta(days=random.randrange(330))


def _live_until(root: Path, *, seed: int, today: date) -> None:
    home = warmed(Home(root))
    settings = open_home(home, load_settings(home))
    start = clock.monday_of(today) - timedelta(weeks=3)
    then = clock.at_local(start, time(6, 30), ZONE)
    introduce(
        home,
        settings,
        AthleteFacts(name="Alex", time_zone=ZONE, birth_year=1988, days_per_week=4, long_run_day=6),
        now=then,
    )
    settings = open_home(home, settings)
    since = today - _HISTORY
    first = write_takeouts(root / "takeouts", seed=seed, today=today, since=since, until=start - timedelta(days=1))
    import_files(home, settings, [first.strava_archive, first.whoop_export, first.watch_folder], now=then)
    race_date = start + timedelta(weeks=15, days=6)
    goal = Goal(goal_id="half", kind=GoalKind.HALF, race_date=race_date, race_name="Spring Half", target_s=6300.0)
    planning.save(home, planning.propose(home, settings, goal, now=then), now=then)
    shutil.rmtree(root / "takeouts")
    write_takeouts(home.inbox, seed=seed, today=today, since=since)


def copy_of(home: Home, root: Path) -> Home:
    """A home as it stands, without the runs that Prefect keeps and half-made work."""
    shutil.copytree(home.root, root, ignore=shutil.ignore_patterns("prefect", "work"))
    return warmed(Home(root))


def morning_of(today: date) -> datetime:
    """Half past six where the sample athlete lives."""
    return clock.at_local(today, time(6, 30), ZONE)


def settings_for(home: Home) -> Settings:
    return open_home(home, load_settings(home))
