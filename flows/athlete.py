"""The athlete and the home they live in."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from coach.model import Athlete
from coach.store import read_athlete, save_athlete
from flows.errors import NotSetUp
from flows.home import Home
from flows.ledger import migrate, open_ledger
from flows.settings import Settings, load_settings

_YOUNGEST = 10  # nobody younger is coached by a plan for adults
_SEXES = {"female", "male"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteFacts:
    """What the athlete just said; None is nothing said, and what was said before stays."""

    name: str | None = None
    time_zone: str | None = None
    birth_year: int | None = None
    sex: str | None = None
    weight_kg: float | None = None
    max_heart_rate_bpm: float | None = None
    resting_heart_rate_bpm: float | None = None
    threshold_heart_rate_bpm: float | None = None
    days_per_week: int | None = None
    long_run_day: int | None = None


def open_home(home: Home, settings: Settings) -> Settings:
    """Make or migrate the home, and return the settings with the athlete's own time zone in force."""
    home.prepare()
    migrate(home.ledger)
    with open_ledger(home.ledger) as con:
        athlete = read_athlete(con, settings.athlete_id)
    return settings if athlete is None else settings.model_copy(update={"time_zone": athlete.time_zone})


def introduce(home: Home, settings: Settings, facts: AthleteFacts, *, now: datetime) -> Athlete:
    """Add what the athlete said to what is known. Raises NotSetUp for an answer that cannot be meant."""
    open_home(home, settings)
    said = {name: value for name, value in asdict(facts).items() if value is not None}
    if "time_zone" in said:
        said["time_zone"] = _checked_zone(str(said["time_zone"]))
    if "sex" in said and said["sex"] not in _SEXES:
        raise NotSetUp(f"{said['sex']!r} is not known here. Write female or male, or leave it out.")
    with open_ledger(home.ledger) as con:
        before = read_athlete(con, settings.athlete_id)
        base = before or Athlete(athlete_id=settings.athlete_id, time_zone=settings.time_zone)
        athlete = replace(base, **said)
        _check_possible(athlete, now)
        if athlete != before:
            save_athlete(con, athlete, said_at=now)
    return athlete


def _check_possible(athlete: Athlete, now: datetime) -> None:
    """Answers that each may be true and cannot be together, or not yet."""
    if athlete.birth_year is not None and now.year - athlete.birth_year < _YOUNGEST:
        raise NotSetUp(
            f"Born in {athlete.birth_year} is too young for a plan of ours. Write the year of birth, such as 1988."
        )
    resting, threshold, most = (
        athlete.resting_heart_rate_bpm,
        athlete.threshold_heart_rate_bpm,
        athlete.max_heart_rate_bpm,
    )
    for lower, name, higher, of_what in (
        (resting, "resting", threshold, "threshold"),
        (resting, "resting", most, "maximum"),
        (threshold, "threshold", most, "maximum"),
    ):
        if lower is not None and higher is not None and lower >= higher:
            raise NotSetUp(
                f"A {name} heart rate of {lower:.0f} bpm is not below the {of_what} of {higher:.0f} bpm. Correct one of them."
            )


def _checked_zone(name: str) -> str:
    from zoneinfo import available_timezones

    if name not in available_timezones():
        raise NotSetUp(f"{name!r} is no time zone. Use a name such as Europe/Berlin.")
    return name


def settings_of(home: Home) -> Settings:
    """The home's settings with the athlete's own time zone in force, migrating the home if need be."""
    return open_home(home, load_settings(home))
