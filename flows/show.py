"""What the terminal shows of an import, a plan, a home and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from coach.model import Plan, WorkoutType
from connectors.importer import FileResult, ImportResult
from connectors.importer import Progress as Step
from connectors.syncing import Synced
from connectors.tokens import Grant
from flows import clock, sources
from flows.home import Home
from flows.ingest import holding, import_files
from flows.ledger import open_ledger
from flows.publish import published, warehouse_fault
from flows.settings import Settings
from reports.questions import open_questions

_SIGNS = {"imported": "[green]+[/]", "unchanged": "[dim]=[/]", "skipped": "[yellow]![/]"}


def import_with_progress(
    home: Home, settings: Settings, paths: Sequence[Path], *, now: datetime, console: Console, verbose: bool = False
) -> ImportResult:
    """Import with a progress bar, then a line for what needs a word, then the sums."""
    columns = (TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("import", total=None)

        def on_progress(step: Step) -> None:
            bar.update(task, completed=step.done, total=step.total)

        result = import_files(home, settings, paths, now=now, on_progress=on_progress)
    for line in _file_lines(result.files, verbose=verbose):
        console.print(line, soft_wrap=True)
    counts = Counter(file.state for file in result.files)
    summary = f"{counts['imported']} imported, {counts['unchanged']} unchanged, {counts['skipped']} skipped"
    console.print(f"[bold]{summary}[/]")
    held = holding(home, settings, landed_at=now)
    if held.first_date is not None:
        console.print(
            f"In the ledger: {_many(held.recordings, 'recording')}, {_many(held.activities, 'listed activity')} and "
            f"{_many(held.nights, 'night')}, {held.first_date:%d %b %Y} to {held.last_date:%d %b %Y}; {held.new:,} of them new.",
            soft_wrap=True,
        )
    return result


def _many(number: int, thing: str) -> str:
    plural = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number:,} {thing if number == 1 else plural}"


def _file_lines(files: Sequence[FileResult], *, verbose: bool) -> list[str]:
    """A line for every file that needs a word; many of which the same must be said are one line, unless each is asked for."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for file in files:
        if verbose or file.state == "skipped" or file.faults:
            said = _said_of(file)
            lines.setdefault((file.state, said, file.name if verbose else ""), []).append(file.name)
    return [
        f"{_SIGNS[state]} {escape(names[0])}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {state}"
        f"{'. ' + escape(said) if said else ''}"
        for (state, said, _), names in lines.items()
    ]


def _said_of(file: FileResult) -> str:
    words = [file.reason, *file.faults[:3]]
    if len(file.faults) > 3:
        words.append(f"({len(file.faults) - 3} more)")
    return " ".join(word for word in words if word)


def print_plan(plan: Plan, *, console: Console, weeks: int | None, today: date | None = None) -> None:
    """The plan's weeks as a table, from this week on when `today` is given."""
    first = clock.monday_of(today) if today else plan.weeks[0].week_start_date
    shown = [week for week in plan.weeks if week.week_start_date >= clock.monday_of(first)][: weeks or None]
    title = f"{plan.goal.race_name or plan.goal.kind.value.upper()}"
    if plan.goal.race_date:
        title += f", {plan.goal.race_date:%a %d %b %Y}"
    console.print(f"[bold]{escape(title)}[/] · {len(plan.weeks)} weeks · {plan.level.value}")
    for label in plan.labels:
        console.print(f"  [yellow]![/] {escape(label.text)}", soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading, style in (("week", "dim"), ("day", ""), ("session", ""), ("km", "bold"), ("min", "")):
        table.add_column(heading, style=style, justify="right" if heading in {"km", "min"} else "left")
    for week in shown:
        table.add_row(
            f"{week.week_number}",
            f"[bold]{week.phase.value}[/]",
            f"[italic]{escape(week.note)}[/]",
            f"{week.distance_m / 1000:.1f}",
            f"{week.duration_s / 60:.0f}",
        )
        for workout in week.workouts:
            rest = workout.workout_type is WorkoutType.REST
            mark = ">" if workout.workout_date == today else " "
            table.add_row(
                mark,
                f"{workout.workout_date:%a %d %b}",
                f"[dim]{escape(workout.title)}[/]" if rest else escape(workout.title),
                "" if rest else f"{workout.distance_m / 1000:.1f}",
                "" if rest else f"{workout.duration_s / 60:.0f}",
            )
    console.print(table)


def print_questions(home: Home, settings: Settings, *, console: Console) -> None:
    """What the athlete alone can tell and a plan would rest on, with the commands that answer."""
    if not home.warehouse.exists():
        return
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        asked = open_questions(con, settings.athlete_id)
    for question in asked:
        console.print(f"[yellow]?[/] {escape(question.text)}", soft_wrap=True)
        for answer, command in question.answers:
            console.print(f"  {escape(answer)}: [bold]{escape(command)}[/]", soft_wrap=True)


def print_phases(plan: Plan, *, console: Console) -> None:
    """The plan in a few lines: its phases in their order, their weeks and how far they go."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("phase", "weeks", "from", "km a week", "longest run"):
        table.add_column(heading)
    for phase, of_phase in groupby(plan.weeks, key=lambda week: week.phase):
        weeks = list(of_phase)
        km = sorted(week.distance_m / 1000 for week in weeks)
        runs = [w for week in weeks for w in week.workouts if w.workout_type is not WorkoutType.RACE]
        table.add_row(
            phase.value.replace("_", " "),
            f"{weeks[0].week_number}-{weeks[-1].week_number}" if len(weeks) > 1 else f"{weeks[0].week_number}",
            f"{weeks[0].week_start_date:%d %b}",
            f"{km[0]:.0f}-{km[-1]:.0f}" if len(weeks) > 1 else f"{km[0]:.0f}",
            f"{max(w.distance_m for w in runs) / 1000:.1f} km",
        )
    console.print(table)


def print_report(home: Home, done: dict[str, Any], *, console: Console) -> None:
    """What a flow made: the call, the note that readers must know, and where the files are."""
    if done.get("headline"):
        console.print(f"[bold]{escape(str(done['headline']))}[/]", soft_wrap=True)
    if done.get("note"):
        console.print(f"[yellow]![/] {escape(str(done['note']))}", soft_wrap=True)
    for file in done.get("files", ()):
        console.print(f"  {escape(_short(home, Path(file)))}")
    if done.get("mail"):
        console.print(f"  mail: {escape(str(done['mail']))}")


def print_synced(synced: Sequence[Synced], *, console: Console) -> None:
    """How each source's sync ended, in a line or two."""
    if not synced:
        console.print("Nothing is connected. Sign in with [bold]pacewright connect[/] strava, whoop or garmin.")
    for one in synced:
        counts = ", ".join(f"{one.counts[kind]} {kind}" for kind in ("new", "changed", "gone") if one.counts.get(kind))
        console.print(f"[bold]{escape(one.source)}[/] {one.state.replace('_', ' ')}: {counts or 'nothing new'}")
        if one.fact:
            console.print(f"  [yellow]![/] {escape(one.fact)} {escape(one.remedy)}", soft_wrap=True)
        for text in one.held_back.values():
            console.print(f"  held back: {escape(text)}", soft_wrap=True)


def print_status(home: Home, settings: Settings, *, now: datetime, console: Console) -> None:
    """The home in a few lines."""
    from flows.planning import plan_of

    today = clock.local_date(now, settings.time_zone)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("home", escape(str(home.root)))
    with open_ledger(home.ledger) as con:
        files = dict(con.execute("select state, count(distinct file_sha256) from raw.files group by 1").fetchall())
        payloads = con.execute("select count(*) from raw.payloads").fetchone()
    table.add_row("ledger", f"{payloads[0] if payloads else 0} payload versions, files: {_counts(files)}")
    fault = warehouse_fault(home)
    before = None if fault else published(home.warehouse)
    if fault:
        table.add_row(
            "warehouse", escape(f"damaged ({fault}); `pacewright morning` or `pacewright rebuild` builds it again")
        )
    elif before is None:
        table.add_row("warehouse", "none yet; run `pacewright rebuild`")
    else:
        table.add_row("warehouse", f"built for {before.today}, as of {_at(before.as_of_at, settings)}")
        for source, kind, newest, state in _freshness(home.warehouse, settings.athlete_id):
            table.add_row("", f"{source} ({kind}): newest {newest or 'unknown'}, {state}")
    for name, grant in sources.connected(home, settings).items():
        for number, line in enumerate(_source_lines(home, settings, name, grant, now=now)):
            table.add_row("" if number else name, escape(line))
    stored = plan_of(home, settings, day=today)
    if stored is None:
        table.add_row("plan", "none; set one with `pacewright goal`")
    else:
        coming = (w for w in stored.plan.workouts if w.workout_date >= today and w.workout_type is not WorkoutType.REST)
        workout = next(coming, None)
        table.add_row("plan", f"revision {stored.revision}, {stored.plan.goal.kind.value}")
        if workout is not None:
            days = (workout.workout_date - today) // timedelta(days=1)
            when = {0: "today", 1: "tomorrow"}.get(days, f"{workout.workout_date:%A %d %B}")
            table.add_row("next", escape(f"{when}: {workout.title}"))
    console.print(table)


def _source_lines(home: Home, settings: Settings, name: sources.Name, grant: Grant, *, now: datetime) -> Iterator[str]:
    """One connected source: last success, newest data, quota left, what ends when, and what is held back and why."""
    last = sources.last_syncs(home, settings, name)
    if last is None:
        yield f"never synced; run `pacewright sync {name}`"
    else:
        yield f"last success {_at(last.succeeded_at, settings)}, newest data {_at(last.newest_at, settings)}"
        quota = [
            f"{bucket.left if bucket.resets_at > now else bucket.limit:,} of {bucket.limit:,} calls ({bucket.name})"
            for bucket in last.quota
        ]
        yield f"quota left: {', '.join(quota) or 'not told by the vendor'}"
        if last.state != "complete":
            resumes = f" Goes on from {_at(last.resumes_at, settings)}." if last.resumes_at else ""
            yield f"{last.state.replace('_', ' ')}: {last.fact} {last.remedy}{resumes}"
        for text in last.held_back.values():
            yield f"held back: {text}"
    if grant.dead_because:
        yield f"sign in again: {grant.dead_because} `pacewright connect {name}`"
    elif grant.expires_at is not None:
        renewed = "renewed by itself" if grant.refresh_token or grant.key else "not renewable"
        yield f"token until {_at(grant.expires_at, settings)}, {renewed}"
    if grant.key_ends_at is not None:
        yield sources.key_note(name, grant, now=now) or f"key until {grant.key_ends_at:%Y-%m-%d}"


def _at(instant: datetime | None, settings: Settings) -> str:
    """An instant by the athlete's clock."""
    return "never" if instant is None else f"{instant.astimezone(ZoneInfo(settings.time_zone)):%Y-%m-%d %H:%M}"


def _freshness(warehouse: Path, athlete_id: str) -> list[tuple[str, str, date | None, str]]:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return con.execute(
            "select source, kind, newest_local_date, state from marts.source_freshness "
            "where athlete_id = ? and source <> 'none' order by 1, 2",
            [athlete_id],
        ).fetchall()


def _counts(states: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"


def _short(home: Home, file: Path) -> str:
    try:
        return str(file.relative_to(Path.cwd()))
    except ValueError:
        return str(file)
