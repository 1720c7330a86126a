"""The command line: the same steps as the flows, one command each."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from flows import clock, signals
from flows.errors import FlowError, NotSetUp, in_words
from flows.home import Home, home_from_environment
from flows.settings import Settings, load_settings
from flows.workout_cli import log_app

app = typer.Typer(
    name="pacewright",
    help="A self-hosted running coach. Everything stays in PACEWRIGHT_HOME on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
plan_app = typer.Typer(help="The training plan.", no_args_is_help=True)
app.add_typer(plan_app, name="plan")
app.add_typer(log_app, name="log")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_PREVIEWED_WEEKS = 2

# One athlete's ledger of ten years is read in the blink of an eye; a club's is left to the morning, which reads it anyway.
_LOOKED_THROUGH_BYTES = 256 * 1024**2

Day = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="A past day, to run again; today when left out."),
]


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        out.print(f"pacewright {version('pacewright')}")
        raise typer.Exit


def main() -> None:
    """Run one command; a failure is one sentence and exit code 1, never a traceback. A signal ends it within seconds."""
    from coach.errors import CoachError
    from connectors.errors import ConnectorError

    signals.heed()
    try:
        app()
    except BaseException as error:
        signals.say_and_end(_complain)
        is_ours = isinstance(error, FlowError | CoachError | ConnectorError)
        text = str(error) if is_ours else in_words(error) if isinstance(error, Exception) else None
        if text is None:
            raise
        _complain(text)
        raise SystemExit(1) from None


def _complain(text: str) -> None:
    err.print(f"[bold red]pacewright:[/] {_plain(text)}", soft_wrap=True)


@app.callback()
def look_first(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """A self-hosted running coach. Everything stays in PACEWRIGHT_HOME on this machine."""
    # A command must not write into a ledger that is damaged elsewhere.
    from flows.ledger import look_through

    ledger = home_from_environment().ledger
    if ledger.exists() and ledger.stat().st_size <= _LOOKED_THROUGH_BYTES:
        look_through(ledger)


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed is another athlete.")] = 7,
) -> None:
    """Make a home with a sample athlete and run everything once: import, goal, plan, morning, week, pages."""
    from flows.demo import run_demo

    home = home_from_environment()
    run_demo(home, seed=seed, console=out)


@app.command()
def init(  # noqa: PLR0917  typer passes options by name
    name: Annotated[str, typer.Option(help="How the reports address you.")] = "",
    time_zone: Annotated[str, typer.Option(help="Where you live, such as Europe/Berlin.")] = "",
    birth_year: Annotated[int | None, typer.Option(min=1900, max=2100)] = None,
    sex: Annotated[str | None, typer.Option(help="female or male; used only for heart-rate load.")] = None,
    weight_kg: Annotated[float | None, typer.Option(min=25, max=300)] = None,
    max_heart_rate: Annotated[int | None, typer.Option(min=120, max=230, help="bpm, if you know it.")] = None,
    resting_heart_rate: Annotated[int | None, typer.Option(min=25, max=110, help="bpm, if you know it.")] = None,
    threshold_heart_rate: Annotated[int | None, typer.Option(min=100, max=220, help="bpm, if you know it.")] = None,
    days_per_week: Annotated[int | None, typer.Option(min=2, max=7, help="How often you want to run.")] = None,
    long_run_day: Annotated[str, typer.Option(help="monday … sunday.")] = "",
) -> None:
    """Set up the data home and say who you are; every answer is optional and can be given again later."""
    from flows.athlete import AthleteFacts, introduce

    home = home_from_environment()
    facts = AthleteFacts(
        name=name or None,
        time_zone=time_zone or None,
        birth_year=birth_year,
        sex=sex,
        weight_kg=weight_kg,
        max_heart_rate_bpm=max_heart_rate,
        resting_heart_rate_bpm=resting_heart_rate,
        threshold_heart_rate_bpm=threshold_heart_rate,
        days_per_week=days_per_week,
        long_run_day=_weekday(long_run_day) if long_run_day else None,
    )
    athlete = introduce(home, load_settings(home), facts, now=clock.now())
    out.print(f"Home ready in [bold]{_plain(str(home.root))}[/].")
    out.print(f"Athlete [bold]{_plain(athlete.name or athlete.athlete_id)}[/], time zone {athlete.time_zone}.")
    out.print("Next: [bold]pacewright import[/] your take-out files, then [bold]pacewright goal[/].")


@app.command("import")
def import_(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files, folders or zips: Strava archive, WHOOP export, Garmin export, GarminDB, FIT, TCX, GPX, CSV."
        ),
    ] = None,
    csv_format: Annotated[bool, typer.Option("--csv-format", help="Print the columns of plain CSV files.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also name every file that was taken.")] = False,
) -> None:
    """Import whatever the paths hold. Exit code 0 if anything is in the ledger afterwards, 1 if nothing was taken."""
    from flows.planning import plan_of
    from flows.show import import_with_progress

    if csv_format:
        from connectors.tabular import format_text

        out.print(_plain(format_text()), soft_wrap=True)
        return
    if not paths:
        raise FlowError("Nothing was named. Write `pacewright import PATH…`, or `pacewright import --csv-format`.")
    home, settings = _ready()
    result = import_with_progress(home, settings, paths, now=clock.now(), console=out, verbose=verbose)
    if not any(file.state in {"imported", "unchanged"} for file in result.files):
        raise typer.Exit(1)
    if plan_of(home, settings, day=clock.local_date(clock.now(), settings.time_zone)) is None:
        out.print("Next: [bold]pacewright goal half --date YYYY-MM-DD[/] (or 5k, 10k, marathon, general) makes a plan.")
    else:
        out.print("Next: [bold]pacewright morning[/] decides today's run and writes the pages.")


@app.command()
def connect(
    source: Annotated[str, typer.Argument(help="strava, whoop or garmin.")],
    paste: Annotated[bool, typer.Option("--paste", help="No browser here: paste the address it ends on.")] = False,
) -> None:
    """Sign in to a source, once. What it gives is kept readable by you only, and renewed by itself."""
    from flows.connect import Person
    from flows.connect import connect as sign_in
    from flows.sources import named

    home, settings = _ready()
    name = named(source)
    person = Person(
        tell=lambda text: out.print(_plain(text), soft_wrap=True),
        ask=lambda question: typer.prompt(question, default="", show_default=False),
        ask_secret=lambda question: typer.prompt(question, default="", show_default=False, hide_input=True),
        agrees=lambda question: typer.confirm(question, default=False),
        show_page=_show_page,
    )
    sign_in(home, settings, name, person, clock=clock.WallClock(), is_pasted=paste)
    out.print(f"Signed in. [bold]pacewright sync {name}[/] fetches what is there; the morning does so by itself.")


@app.command()
def disconnect(source: Annotated[str, typer.Argument(help="strava, whoop or garmin.")]) -> None:
    """End a source's leave, there and here. What it brought stays."""
    from flows.connect import disconnect as sign_out
    from flows.sources import named

    home, settings = _ready()
    out.print(_plain(sign_out(home, settings, named(source), clock=clock.WallClock())), soft_wrap=True)


@app.command()
def sync(
    names: Annotated[
        list[str] | None, typer.Argument(help="strava, whoop, garmin; all connected ones if none.")
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Look at all of history again.")] = False,
) -> None:
    """Fetch what is new at the connected sources. Safe to repeat and to interrupt."""
    from flows.errors import SyncFailed
    from flows.orchestrator import server
    from flows.show import print_synced
    from flows.steps import steps_shown
    from flows.stopwatch import Stopwatch

    home, _ = _ready()
    watch = Stopwatch()
    with server(home) as prefect_server:
        try:
            with steps_shown(err):
                with watch("prefect"):
                    prefect_server.wait()
                    from flows.sync import sync as flow
                with watch("sync"):
                    synced = flow(names=names or None, everything=everything)["synced"]
            print_synced(synced, console=out)
        except SyncFailed as failed:
            print_synced(failed.synced, console=out)
            raise typer.Exit(1) from None


@app.command()
def goal(  # noqa: PLR0917  typer passes options by name
    kind: Annotated[str, typer.Argument(help="5k, 10k, half, marathon or general.")],
    race_date: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Race day; not for general fitness.")
    ] = None,
    target: Annotated[str, typer.Option(help="Target time, h:mm:ss or mm:ss.")] = "",
    race_name: Annotated[str, typer.Option(help="What the race is called.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Save without asking.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Preview every week, not only the next two.")] = False,
) -> None:
    """Check a goal against what your runs say, preview the plan, and save it when you agree."""
    from coach.errors import GoalRefused
    from flows.planning import command_of, parse_goal, propose, save
    from flows.show import print_phases, print_plan, print_questions
    from flows.steps import steps_shown

    home, settings = _ready()
    now = clock.now()
    today = clock.local_date(now, settings.time_zone)
    wanted = parse_goal(kind, race_date.date() if race_date else None, target, race_name, today=today)
    try:
        with steps_shown(err):
            proposal = propose(home, settings, wanted, now=now)
    except GoalRefused as refusal:
        _complain(str(refusal))
        for one in refusal.refused.alternatives:
            err.print(f"  [bold]{_plain(command_of(one.goal))}[/]", soft_wrap=True)
        print_questions(home, settings, console=err)
        raise typer.Exit(1) from None
    print_phases(proposal, console=out)
    print_plan(proposal, console=out, weeks=None if everything else _PREVIEWED_WEEKS)
    if not everything and len(proposal.weeks) > _PREVIEWED_WEEKS:
        out.print(
            f"[dim]and {len(proposal.weeks) - _PREVIEWED_WEEKS} weeks more; `pacewright goal … --all` shows them[/]"
        )
    print_questions(home, settings, console=out)
    if not yes and not typer.confirm("Save this plan?", default=True):
        out.print("Nothing was saved.")
        raise typer.Exit(1)
    revision = save(home, proposal, now=clock.now())
    out.print(f"Saved as revision {revision}. Every morning will now build on it.")


@plan_app.command("show")
def plan_show(
    weeks: Annotated[int, typer.Option(min=0, help="How many weeks from this one; 0 shows all.")] = 3,
) -> None:
    """Print the plan as it stands today."""
    from flows.planning import active_plan
    from flows.show import print_plan

    home, settings = _ready()
    today = clock.local_date(clock.now(), settings.time_zone)
    stored = active_plan(home, settings, day=today)
    print_plan(stored.plan, console=out, weeks=weeks or None, today=today)


@app.command()
def morning(day: Day = None) -> None:
    """Import the inbox, rebuild, decide today's run, write the brief and the pages. Safe to repeat."""
    _run_flow("morning", day)


@app.command()
def week(day: Day = None) -> None:
    """Write the weekly mail about the last closed week. Safe to repeat."""
    _run_flow("week", day)


@app.command()
def status() -> None:
    """What this home holds, how fresh it is, and what comes next."""
    from flows.show import print_status

    root = home_from_environment().root
    if not root.is_dir() or not any(root.iterdir()):
        out.print(f"There is no home in {_plain(str(root))} yet; `pacewright init` makes one.", soft_wrap=True)
        return
    home, settings = _ready()
    print_status(home, settings, now=clock.now(), console=out)


@app.command()
def server(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens, on this machine only.")] = 4200,
) -> None:
    """Run this home's Prefect server until interrupted: the pages of every run, and the schedules."""
    from flows.operate import key_of, serve

    home, _ = _ready()
    key_of(home)
    out.print(f"Runs are shown at [bold]http://127.0.0.1:{port}[/]; the page asks for what stands in this file:")
    out.print(_plain(str(home.root / "prefect" / "server.key")), soft_wrap=True)
    serve(home, port=port)


@app.command()
def deploy() -> None:
    """Register the schedules at this home's server, in your time zone. Safe to repeat."""
    from flows.operate import deploy as register

    home, settings = _ready()
    register(home)
    out.print(f"Registered: the morning and the weekly mail, by the clock of {settings.time_zone}, and the sync.")
    out.print("[bold]pacewright worker[/] runs what is due.")


@app.command()
def worker() -> None:
    """Run what is due at this home's server, until interrupted."""
    from flows.operate import work

    home, _ = _ready()
    work(home)


@app.command()
def purge(
    source: Annotated[str, typer.Argument(help="A source as `pacewright status` names it, such as strava_api.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Erase without asking.")] = False,
) -> None:
    """Erase all that a source brought, and every report that rested on it. There is no way back."""
    from flows.erase import purge as erase
    from flows.erase import would_erase
    from flows.sources import connected

    home, settings = _ready()
    losing = would_erase(home, settings, source)
    if losing.is_empty and not losing.was_begun:
        out.print(f"There is nothing of {_plain(source)} here.")
        return
    out.print(
        f"This erases {losing.payloads:,} items and {losing.files:,} files of [bold]{_plain(source)}[/], and what "
        f"{losing.reports:,} reports rested on. Backups of your own are yours to delete."
    )
    if not yes and not typer.confirm("Erase it?", default=False):
        out.print("Nothing was erased.")
        raise typer.Exit(1)
    why_not = erase(home, settings, source, now=clock.now())
    if why_not:
        out.print(f"Erased. There is no warehouse now: {_plain(why_not)}", soft_wrap=True)
    else:
        out.print("Erased. The warehouse is made anew; [bold]pacewright morning[/] writes the pages again.")
    name = source.removesuffix("_api")
    if name != source and name in connected(home, settings):
        out.print(
            f"It is still connected: the next sync fetches it again. [bold]pacewright disconnect {name}[/] ends that."
        )


@app.command()
def rebuild() -> None:
    """Build the warehouse again from nothing but the ledger; afterwards readers see the new one."""
    from flows.refresh import refresh
    from flows.steps import steps_shown

    home, settings = _ready()
    now = clock.now()
    with steps_shown(err):
        done = refresh(home, now=now, today=clock.local_date(now, settings.time_zone), from_nothing=True)
    if done.state == "failed":
        err.print(_plain(done.note), soft_wrap=True)
        raise typer.Exit(1)
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in done.seconds.items())
    out.print(f"Rebuilt: {sum(check.passed for check in done.checks)} expectations hold ({steps}).")


def _show_page(url: str) -> bool:
    """Show a page in the browser of this machine; whether there seems to be one."""
    import webbrowser

    return webbrowser.open(url)


def _run_flow(name: str, day: datetime | None) -> None:
    from flows.orchestrator import server
    from flows.show import print_report
    from flows.steps import steps_shown
    from flows.stopwatch import Stopwatch

    home, settings = _ready()
    today = clock.local_date(clock.now(), settings.time_zone)
    wanted = day.date() if day else today
    if wanted > today:
        raise FlowError(f"{wanted} has not happened yet. Leave --date out for today ({today}), or name a past day.")
    _refuse_nothing(home, settings, name)
    watch = Stopwatch()
    with server(home) as prefect_server:
        with steps_shown(err):
            with watch("prefect"):
                prefect_server.wait()
                if name == "morning":
                    from flows.morning import morning as flow
                else:
                    from flows.week import week as flow
            done = flow(day=wanted if wanted != today else None)
        print_report(home, done, console=out)


def _refuse_nothing(home: Home, settings: Settings, flow: str) -> None:
    """Say at once where nothing has arrived, and nothing is on its way that the flow would fetch."""
    from flows.ingest import NOTHING_YET, has_arrived, inbox_paths
    from flows.sources import connected

    is_on_its_way = flow == "morning" and (bool(inbox_paths(home)) or bool(connected(home, settings)))
    if not is_on_its_way and not has_arrived(home, settings):
        raise NotSetUp(NOTHING_YET)


def _ready() -> tuple[Home, Settings]:
    from flows.athlete import open_home

    home = home_from_environment()
    settings = load_settings(home)
    return home, open_home(home, settings)


def _weekday(name: str) -> int:
    matches = [number for number, word in enumerate(_WEEKDAYS) if word.startswith(name.lower()) and len(name) > 1]
    if len(matches) != 1:
        raise FlowError(f"{name!r} is no weekday. Write one of {', '.join(_WEEKDAYS)}.")
    return matches[0]


def _plain(text: str) -> str:
    return escape(text)


if __name__ == "__main__":
    main()
