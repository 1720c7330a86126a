"""Write the static site: linked pages and one stylesheet that work from a folder, offline, without scripts."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reports import charts
from reports.facts import DayStatus
from reports.render import render
from reports.view import Check, SiteView

_PAGES = ("index.html", "week.html", "plan.html", "trends.html", "runs.html", "profile.html", "data.html")
_MADE_OF = ".made-of"
_RECENT_DAYS = 28
# Of Linux' renameat2: paths as they are, and both names exchanged.
_HERE, _EXCHANGE = -100, 2
_COUNTED = (
    DayStatus.COMPLETED,
    DayStatus.PARTIAL,
    DayStatus.MOVED,
    DayStatus.SKIPPED,
    DayStatus.MISSED,
    DayStatus.UNKNOWN,
    DayStatus.PLANNED,
)


def write_site(view: SiteView, *, folder: Path, made_of: str = "") -> None:
    """The whole site in `folder`: rendered beside it first, so a failure leaves yesterday's pages in place.

    `made_of` names what the pages show, for `shows`.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    fresh = folder.with_name(f".{folder.name}.next-{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        for name, text in site_pages(view).items():
            (fresh / name).write_text(text, encoding="utf-8")
        (fresh / _MADE_OF).write_text(made_of, encoding="utf-8")
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def shows(folder: Path) -> str:
    """What the pages in `folder` were made of; nothing where there are none."""
    try:
        return (folder / _MADE_OF).read_text(encoding="utf-8")
    except OSError:
        return ""


def site_pages(view: SiteView) -> dict[str, str]:
    """Every file of the site by name; the same view gives the same text."""
    further: dict[str, dict[str, Any]] = {
        "plan.html": {"phases": _phases(view), "tally": _tally(view)},
        "trends.html": {"charts": _charts(view)},
        "data.html": {"summary": _summary(view), "suites": _suites(view), "odd": _odd(view)},
    }
    pages = {name: render(f"site/{name}", view=view, page=name, **further.get(name, {})) for name in _PAGES}
    for activity in view.activities:
        if activity.page:
            pages[activity.page] = render("site/run.html", view=view, page="runs.html", activity=activity)
    pages["site.css"] = files("reports").joinpath("templates/site/site.css").read_text(encoding="utf-8")
    return pages


def _sweep(folder: Path) -> None:
    """Throw away what writers that were killed left beside the site; one that still runs keeps its own."""
    for left in folder.parent.glob(f".{folder.name}.*-*"):
        number = left.name.rpartition("-")[2]
        if number.isdigit() and not _runs(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process_id != os.getpid()


def _exchange(fresh: Path, folder: Path) -> bool:
    """Both folders take each other's name in one step; False where the system cannot do that."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and rename(_HERE, os.fsencode(fresh), _HERE, os.fsencode(folder), _EXCHANGE) == 0


def _swap(fresh: Path, folder: Path) -> None:
    """A reader finds the old site or the new one, never none. Where names cannot be exchanged there is an instant of none."""
    if folder.is_dir() and _exchange(fresh, folder):
        return  # what was the site is `fresh` now, and is thrown away
    old = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PhaseWeek:
    is_past: bool
    is_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phase:
    name: str
    weeks: tuple[_PhaseWeek, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _DrawnChart:
    title: str
    alt: str
    markup: Markup


def _phases(view: SiteView) -> tuple[_Phase, ...]:
    this_monday = view.week.week_start_date
    return tuple(
        _Phase(
            name=name,
            weeks=tuple(
                _PhaseWeek(is_past=week.week_start_date < this_monday, is_now=week.week_start_date == this_monday)
                for week in weeks
            ),
        )
        for name, weeks in groupby(view.plan_weeks, key=lambda week: week.phase.value if week.phase else "")
    )


def _tally(view: SiteView) -> tuple[tuple[DayStatus, int], ...]:
    counted = Counter(day.status for week in view.plan_weeks for day in week.days)
    return tuple((status, counted[status]) for status in _COUNTED if counted[status])


def _charts(view: SiteView) -> tuple[_DrawnChart, ...]:
    drawn = (
        charts.weekly_distance(view.history),
        charts.fitness(view.days),
        charts.recovery_and_load(view.days[-_RECENT_DAYS:]),
        charts.hrv(view.days),
    )
    # The drawing is ours: its texts are dates and names of series, nothing from outside.
    return tuple(
        _DrawnChart(title=chart.title, alt=chart.alt, markup=Markup(chart.svg))  # noqa: S704  # see above
        for chart in drawn
        if chart is not None
    )


def _odd(view: SiteView) -> tuple[Check, ...]:
    """What did not hold, of the build that was refused or else of the one that is shown."""
    return tuple(check for check in view.refused or view.checks if check.state != "passed")


def _suites(view: SiteView) -> tuple[tuple[str, tuple[Check, ...]], ...]:
    """The checks of the build that is shown, by what they judged."""
    return tuple((name, tuple(checks)) for name, checks in groupby(view.checks, key=lambda check: check.suite))


def _summary(view: SiteView) -> str:
    if view.refused:
        return "The last build was refused; older data is shown"
    failed = sum(check.state == "failed" for check in view.checks)
    warned = sum(check.state == "warned" for check in view.checks)
    stale = sum(source.state == "stale" for source in view.sources)
    if failed:
        return f"{failed} of {len(view.checks)} checks failed"
    if not view.sources:
        return "No data yet"
    if stale:
        return f"{stale} of {len(view.sources)} sources {'is' if stale == 1 else 'are'} stale"
    if warned:
        return f"Fresh, and {warned} of {len(view.checks)} checks {'deserves' if warned == 1 else 'deserve'} a look"
    return "Everything is fresh and checked" if view.checks else "Everything is fresh"
