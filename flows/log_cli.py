"""`pacewright log`: runs without a watch, corrections, merge and split, notes, check-ins, illness, injury, travel, and back."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from coach.words import METRES_PER_MILE, date_and_year
from flows import clock
from flows.errors import FlowError
from flows.home import Home, home_from_environment
from flows.settings import Settings

if TYPE_CHECKING:
    from coach.logbook import Severity
    from flows.logbook import Taken

log_app = typer.Typer(
    help="What no device knows: runs without a watch, corrections, how you are.", no_args_is_help=True
)
out = Console(highlight=False)

_TIME = re.compile(r"(?:(\d{1,3}):([0-5]\d)|(\d{1,4})):([0-5]\d)")
_NEXT = "[bold]pacewright morning[/] takes it into account."

Day = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day; today where you live if left out.")
]
Since = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day; today if left out.")]
Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day; left out, it goes on.")]
Over = Annotated[bool, typer.Option("--over", help="It is over: since today, or since the day written after it.")]
Kilometres = Annotated[float | None, typer.Option("--distance-km")]
Miles = Annotated[float | None, typer.Option("--distance-mi")]
Duration = Annotated[str, typer.Option("--time", help="h:mm:ss or mm:ss.")]
Sport = Annotated[str | None, typer.Option(help="run, ride, swim, walk, hike, strength or other.")]
RunType = Annotated[
    str | None,
    typer.Option(
        "--type",
        help="race, intervals, fartlek, hills, tempo, progression, long, recovery, easy or steady, as you say.",
    ),
]
Title = Annotated[str | None, typer.Option(help="What it is called.")]
HeartRate = Annotated[float | None, typer.Option(help="Average, in bpm.")]
Exertion = Annotated[int | None, typer.Option("--rpe", help="How hard it was, 1 to 10.")]
Answer = Annotated[int | None, typer.Option(help="1 to 5, and 5 is best.")]
Severe = Annotated[str, typer.Option(help="mild, moderate or severe.")]


@log_app.command("run")
def log_run(  # noqa: PLR0917  typer passes options by name
    distance_km: Kilometres = None,
    distance_mi: Miles = None,
    moving: Duration = "",
    sport: Sport = None,
    title: Title = None,
    treadmill: Annotated[bool, typer.Option("--treadmill")] = False,
    trail: Annotated[bool, typer.Option("--trail")] = False,
    race: Annotated[bool, typer.Option("--race")] = False,
    heart_rate: HeartRate = None,
    rpe: Exertion = None,
    climb_m: Annotated[float | None, typer.Option(help="Metres uphill.")] = None,
    note: Annotated[str | None, typer.Option(help="Your own words about it.")] = None,
    day: Day = None,
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%H:%M"], help="When it began; left out, it ended just now (a past day: noon)."),
    ] = None,
    time_zone: Annotated[str, typer.Option(help="Where it was; your own zone or the journey's if left out.")] = "",
) -> None:
    """A run that no watch recorded. The same run again changes nothing; another in the same minutes is refused."""
    from connectors.manual import Run
    from flows import by_hand
    from flows.activities import activities_on

    run = Run(
        sport=sport,
        title=title,
        distance_m=_metres(distance_km, distance_mi),
        moving_s=_seconds(moving),
        heart_rate_avg_bpm=heart_rate,
        perceived_exertion=rpe,
        elevation_gain_m=climb_m,
        is_race=race or None,
        is_treadmill=treadmill or None,
        is_trail=trail or None,
        note=note,
    )
    home, settings, now = ready()
    begin = at.time() if at else None
    taken = by_hand.log_run(home, settings, run, day=_date(day), at=begin, time_zone=time_zone, now=now)
    say(taken)
    others = [one for one in activities_on(home, settings, taken.begin_date) if one.sport == (sport or "run")]
    for other in others if taken.state == "new" else []:
        size = "" if other.distance_m is None else f"{other.distance_m / 1000:.1f} km "
        out.print(
            f"Recorded that day too: {size}at {other.local_started_at:%H:%M}. If it is the same one at another time, take "
            f"this one back: pacewright log undo {escape(taken.entry_id)}",
            soft_wrap=True,
        )


@log_app.command("correct")
def log_correct(  # noqa: PLR0917  typer passes options by name
    activity: Annotated[str, typer.Argument(help="Its id; left out, the only activity of the day.")] = "",
    day: Day = None,
    distance_km: Kilometres = None,
    distance_mi: Miles = None,
    moving: Duration = "",
    sport: Sport = None,
    title: Title = None,
    heart_rate: HeartRate = None,
    rpe: Exertion = None,
    race: Annotated[bool | None, typer.Option("--race/--no-race")] = None,
    treadmill: Annotated[bool | None, typer.Option("--treadmill/--no-treadmill")] = None,
    run_type: RunType = None,
    ignore: Annotated[bool, typer.Option("--ignore", help="Leave it out of everything, until this is undone.")] = False,
) -> None:
    """What a recorded activity really was. Earlier corrections of it stay where this one says nothing."""
    from connectors.manual import Correction
    from flows import correcting

    correction = Correction(
        sport=sport,
        title=title,
        distance_m=_metres(distance_km, distance_mi),
        moving_s=_seconds(moving),
        heart_rate_avg_bpm=heart_rate,
        perceived_exertion=rpe,
        is_race=race,
        is_treadmill=treadmill,
        run_type=run_type,
        is_ignored=ignore or None,
    )
    home, settings, now = ready()
    say(correcting.correct(home, settings, activity, correction, day=_date(day), now=now))


@log_app.command("merge")
def log_merge(activities: Annotated[list[str], typer.Argument(help="Their ids, two or more.")]) -> None:
    """Activities that are one run: copies of it, or stretches of it, which then add up. It holds in every rebuild."""
    from flows import grouping

    home, settings, now = ready()
    say(grouping.merge(home, settings, activities, now=now))


@log_app.command("split")
def log_split(
    activity: Annotated[str, typer.Argument(help="Its id.")],
    recordings: Annotated[
        list[str] | None,
        typer.Argument(help="The recordings that are a run of their own; may be left out of two. Or another activity."),
    ] = None,
) -> None:
    """An activity that is two runs: the named recordings are one, the others another. It holds in every rebuild.

    Of two activities at the same time, which are asked about: both were run.
    """
    from flows import grouping

    home, settings, now = ready()
    say(grouping.split(home, settings, activity, recordings or [], now=now))


@log_app.command("note")
def log_note(text: Annotated[str, typer.Argument(help="Your words, in quotes.")], day: Day = None) -> None:
    """A note on a day."""
    from flows import logbook

    home, settings, now = ready()
    say(logbook.log_note(home, settings, text, day=_date(day), now=now))


@log_app.command("checkin")
def log_checkin(  # noqa: PLR0917  typer passes options by name
    fatigue: Answer = None,
    soreness: Answer = None,
    mood: Answer = None,
    sleep: Answer = None,
    text: Annotated[str, typer.Option(help="Your own words.")] = "",
    day: Day = None,
) -> None:
    """How you feel: 5 is rested, not sore, in good mood, well slept. Said again, only the answers you give change."""
    from coach.logbook import Checkin
    from flows import logbook

    said = Checkin(fatigue=fatigue, soreness=soreness, mood=mood, sleep=sleep, text=text)
    home, settings, now = ready()
    say(logbook.check_in(home, settings, said, day=_date(day), now=now))


@log_app.command("illness")
def log_illness(  # noqa: PLR0917  typer passes options by name
    text: Annotated[str, typer.Argument(help="Your own words; with --over the first day without it.")] = "",
    severity: Severe = "",
    below_neck: Annotated[
        bool | None, typer.Option("--below-neck/--above-neck", help="Fever, chest or stomach, or a cold in the head.")
    ] = None,
    since: Since = None,
    until: Until = None,
    over: Over = False,
) -> None:
    """You are ill: no running until it is over; a mild cold above the neck leaves easy running."""
    from flows import logbook

    if over:
        _end("illness", text)
        return
    home, settings, now = ready()
    say(
        logbook.log_illness(
            home,
            settings,
            severity=_severity(severity),
            is_below_neck=below_neck,
            text=text,
            since=_date(since),
            until=_date(until),
            now=now,
        )
    )


@log_app.command("injury")
def log_injury(  # noqa: PLR0917  typer passes options by name
    text: Annotated[str, typer.Argument(help="Your own words; with --over the day you were cleared to run.")] = "",
    part: Annotated[str, typer.Option(help="The part of the body, such as knee.")] = "",
    severity: Severe = "",
    since: Since = None,
    until: Until = None,
    over: Over = False,
) -> None:
    """You are injured: no running until you say that you are cleared, with --over."""
    from flows import logbook

    if over:
        _end("injury", text, part)
        return
    home, settings, now = ready()
    say(
        logbook.log_injury(
            home,
            settings,
            body_part=part,
            severity=_severity(severity),
            text=text,
            since=_date(since),
            until=_date(until),
            now=now,
        )
    )


@log_app.command("off")
def log_off(
    text: Annotated[str, typer.Argument(help="Your own words; with --over the day you ran again.")] = "",
    since: Since = None,
    until: Until = None,
    over: Over = False,
) -> None:
    """You are not running, or were not, for whatever reason. Without an end it goes on until a run arrives."""
    from flows import logbook

    if over:
        _end("off", text)
        return
    home, settings, now = ready()
    say(logbook.log_off(home, settings, text=text, since=_date(since), until=_date(until), now=now))


@log_app.command("travel")
def log_travel(  # noqa: PLR0917  typer passes options by name
    over_since: Annotated[str, typer.Argument(metavar="[DAY]", help="With --over the day you were back.")] = "",
    place: Annotated[str, typer.Option(help="Where.")] = "",
    time_zone: Annotated[str, typer.Option(help="Its time zone, such as Asia/Tokyo.")] = "",
    since: Since = None,
    until: Until = None,
    over: Over = False,
) -> None:
    """You are away, or will be; runs taken down on these days are timed in the zone there."""
    from flows import logbook

    if over:
        _end("travel", over_since)
        return
    home, settings, now = ready()
    if over_since:
        raise FlowError("A day alone says nothing of a journey. Write --since, --until, or --over before it.")
    say(
        logbook.log_travel(
            home, settings, place=place, time_zone=time_zone, since=_date(since), until=_date(until), now=now
        )
    )


@log_app.command("list")
def log_list(
    days: Annotated[int, typer.Option(min=0, max=36_500, help="How far back.")] = 30,
    activities: Annotated[bool, typer.Option("--activities", help="The recorded activities instead.")] = False,
) -> None:
    """What you said that still holds, with the names that the other commands take."""
    from flows.activities import recent_activities
    from flows.taking_back import list_said

    home, settings, now = ready()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "days", "what", ""):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"name", "days"})
    if activities:
        today = clock.local_date(now, settings.time_zone)
        for one in recent_activities(home, settings, until=today, days=days):
            size = "" if one.distance_m is None else f", {one.distance_m / 1000:.1f} km"
            table.add_row(one.short_id, f"{one.local_started_at:%Y-%m-%d %H:%M}", f"{one.sport}{size}", "")
    else:
        for line in list_said(home, settings, days=days, now=now):
            what = ": ".join(filter(None, (line.kind, line.facts)))
            until = "" if line.end_date == line.begin_date else f" – {line.end_date or '…'}"
            table.add_row(line.entry_id, f"{line.begin_date}{until}", escape(what), escape(line.text))
    if table.row_count == 0:
        out.print(f"Nothing in the last {days} days.")
        return
    out.print(table)


@log_app.command("undo")
def log_undo(
    entry: Annotated[str, typer.Argument(help="Its name, or how it begins.")] = "",
    last: Annotated[bool, typer.Option("--last", help="What was said last.")] = False,
) -> None:
    """Take back anything said: a run, a correction, a word on a workout, a note, a period. The ledger keeps that it was said."""
    from flows.taking_back import undo

    if bool(entry) == last:
        raise FlowError("Say what to undo: a name from `pacewright log list`, or --last.")
    home, settings, now = ready()
    say(undo(home, settings, entry or None, now=now))


def ready() -> tuple[Home, Settings, datetime]:
    """What every command needs: the home, whose it is, and now."""
    from flows.athlete import settings_of

    home = home_from_environment()
    return home, settings_of(home), clock.now()


def say(taken: Taken) -> None:
    """One line on what became of it, without the athlete's words."""
    words = {"new": "Taken down", "changed": "Changed", "unchanged": "Known already", "undone": "Undone"}
    out.print(f"{words[taken.state]}: [bold]{escape(taken.entry_id)}[/], {_period(taken.begin_date, taken.end_date)}.")
    if taken.state != "unchanged":
        out.print(_NEXT, style="dim")


def _end(kind: str, day: str, part: str = "") -> None:
    """The open period of a kind is over, since today or since the day that was written."""
    from flows import logbook

    home, settings, now = ready()
    say(logbook.end_period(home, settings, kind, day=_day_in(day), body_part=part, now=now))


def _period(begin: date, end: date | None) -> str:
    if begin == end:
        return date_and_year(begin)
    return f"{date_and_year(begin)} to {date_and_year(end)}" if end else f"since {date_and_year(begin)}"


def _metres(kilometres: float | None, miles: float | None) -> float | None:
    if kilometres is not None and miles is not None:
        raise FlowError("A distance was given in kilometres and in miles. Give one of them.")
    if miles is not None:
        return round(miles * METRES_PER_MILE, 1)
    return None if kilometres is None else round(kilometres * 1000, 1)


def _seconds(text: str) -> float | None:
    """ "45:10" and "75:10" are minutes and seconds, "1:45:00" has hours; anything else could mean two things."""
    if not text:
        return None
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise FlowError(f"{text[:40]!r} is no time. Write h:mm:ss, such as 1:45:00, or mm:ss, such as 45:10.")
    hours, minutes_of_hour, minutes, seconds = match.groups()
    return int(hours or 0) * 3600.0 + int(minutes_of_hour or minutes) * 60.0 + int(seconds)


def _severity(text: str) -> Severity | None:
    from coach.logbook import Severity

    if not text:
        return None
    try:
        return Severity(text.lower())
    except ValueError:
        raise FlowError(f"{text[:40]!r} is no severity. Write {', '.join(Severity)}.") from None


def _date(day: datetime | None) -> date | None:
    return day.date() if day else None


def _day_in(text: str) -> date | None:
    """The day written after --over."""
    if not text:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise FlowError("After --over comes a day such as 2026-05-20, or nothing for today.") from None
