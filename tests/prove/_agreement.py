"""Views read side by side: one thing has one value and one verdict, wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from coach.guardrails.content import is_run
from coach.model import Call, Workout, WorkoutType
from coach.words import distance
from reports.days import week_of
from reports.facts import Day, DayStatus, WeekFigures
from reports.view import DailyView, SiteView, WeeklyView

_HALF_A_METRE = 0.5


def disagreements(daily: DailyView, site: SiteView | None = None, weekly: WeeklyView | None = None) -> list[str]:
    """Where views of one morning say two things of one, or a view of itself."""
    return [
        *_days(daily, site, weekly),
        *_weeks(daily, site, weekly),
        *_brief(daily),
        *_site(daily, site),
        *_words(weekly),
    ]


def _days(daily: DailyView, site: SiteView | None, weekly: WeeklyView | None) -> Iterator[str]:
    """One calendar day has one session, one status and one length done."""
    seen: dict[date, tuple[str, Day]] = {}
    for place, days in _shown_days(daily, site, weekly):
        for one in days:
            if one.day not in seen:
                seen[one.day] = (place, one)
                continue
            first_place, first = seen[one.day]
            for what, here, there in (
                ("session", _session(one.workout), _session(first.workout)),
                ("status", one.status, first.status),
                ("distance done", one.done_distance_m, first.done_distance_m),
            ):
                if here != there:
                    yield f"{what} of {one.day} is {here} in the {place}, {there} in the {first_place}"
    for place, one in seen.values():
        yield from _day(place, one, daily.day)


def _shown_days(
    daily: DailyView, site: SiteView | None, weekly: WeeklyView | None
) -> Iterator[tuple[str, tuple[Day, ...]]]:
    yield "brief", daily.week
    if site is not None:
        yield "week page", site.week.days
        if site.next_week is not None:
            yield "week page's next week", site.next_week.days
        for week in site.plan_weeks:
            yield f"plan page's week of {week.week_start_date}", week.days
    if weekly is not None:
        yield "weekly mail", weekly.days
        yield "weekly mail's next days", weekly.next_days


def _day(place: str, one: Day, today: date) -> Iterator[str]:
    """A day does not contradict itself."""
    if one.status is DayStatus.MISSED and one.done_distance_m:
        yield f"{one.day} is missed and done in the {place}"
    if one.status in {DayStatus.COMPLETED, DayStatus.PARTIAL} and not one.activities:
        yield f"{one.day} is {one.status} without an activity in the {place}"
    if one.status is DayStatus.MISSED and one.day >= today:
        yield f"{one.day} is missed before it is over in the {place}"
    runs = [activity for activity in one.activities if activity.is_run]
    if one.status is DayStatus.REST and runs:
        yield f"{one.day} is a rest day with a run in the {place}"
    if _is_elsewhere(one) and one.status not in {DayStatus.MOVED, DayStatus.PARTIAL}:
        yield f"{one.day} is {one.status}, and yet {one.reason} in the {place}"


def _weeks(daily: DailyView, site: SiteView | None, weekly: WeeklyView | None) -> Iterator[str]:
    """A week has one distance done, and one planned, that is the sum of its sessions."""
    seen: dict[date, tuple[str, WeekFigures]] = {}
    for place, figures in _figures(daily, site, weekly):
        if figures.week_start_date in seen:
            first_place, first = seen[figures.week_start_date]
            for what, here, there in (
                ("done", figures.distance_m, first.distance_m),
                ("planned", figures.planned_distance_m, first.planned_distance_m),
                ("longest", figures.longest_run_m, first.longest_run_m),
            ):
                if _differ(here, there):
                    yield f"{what} in the week of {figures.week_start_date}: {here} in the {place}, {there} in the {first_place}"
        seen.setdefault(figures.week_start_date, (place, figures))
    for place, days in _shown_days(daily, site, weekly):
        by_week: dict[date, list[Day]] = {}
        for one in days:
            by_week.setdefault(week_of(one.day), []).append(one)
        for monday, of_week in by_week.items():
            figure = seen.get(monday)
            if len(of_week) == 7 and figure is not None and all(one.workout is not None for one in of_week):
                planned = sum(one.workout.distance_m for one in of_week if one.workout and is_run(one.workout))
                if figure[1].planned_distance_m is not None and _differ(planned, figure[1].planned_distance_m):
                    yield (
                        f"sessions of the week of {monday} add up to {planned} in the {place}, "
                        f"{figure[1].planned_distance_m} in the {figure[0]}"
                    )


def _figures(daily: DailyView, site: SiteView | None, weekly: WeeklyView | None) -> Iterator[tuple[str, WeekFigures]]:
    if daily.week_figures is not None:
        yield "brief", daily.week_figures
    for week in site.history if site is not None else ():
        yield "trends page", week
    if weekly is not None:
        yield from (("weekly mail", week) for week in (*weekly.history, *filter(None, (weekly.figures,))))


def _brief(daily: DailyView) -> Iterator[str]:
    """The call, the headline and the lines of the brief agree with today's session and with what was run."""
    today, brief = daily.today, daily.brief
    is_rest = today is None or today.workout_type is WorkoutType.REST
    if daily.call is Call.REST and not is_rest and today is not None and today.workout_type is not WorkoutType.RACE:
        yield f"the call is rest, the session {today.title}"
    if daily.call is Call.GO and is_rest and daily.has_plan and today is not None:
        yield "the call is go, the session rest"
    if today is not None and not is_rest and today.title not in brief.today_line:
        yield f"today's line says {brief.today_line}, the session is {today.title}"
    here = next((one for one in daily.week if one.day == daily.day), None)
    if here is not None and _session(here.workout) != _session(today):
        yield f"the table says {_session(here.workout)} for today, the brief {_session(today)}"
    if here is not None and _is_elsewhere(here) and not is_rest:
        yield f"today's session is prescribed, and {here.reason}"
    yesterday = next((one for one in daily.week if one.day == daily.day - timedelta(days=1)), None)
    could_be_missed = {DayStatus.MISSED, DayStatus.UNKNOWN}
    if "No run arrived" in brief.yesterday_line and yesterday is not None and yesterday.status not in could_be_missed:
        yield f"the brief misses a run of yesterday, which is {yesterday.status}"
    done_m = 0.0 if daily.week_figures is None else daily.week_figures.distance_m or 0.0
    if "This week so far" in brief.week_line and distance(done_m) not in brief.week_line:
        yield f"the week's line says {brief.week_line}, its figures {distance(done_m)}"
    is_silent = any("Nothing is known" in flag for flag in brief.flags)
    if is_silent and yesterday is not None and yesterday.status is DayStatus.MISSED:
        yield "nothing is known of yesterday, and its session is missed"
    if daily.adjustments and any(change.before == change.after for change in daily.adjustments):
        yield "a change changes nothing"


def _site(daily: DailyView, site: SiteView | None) -> Iterator[str]:
    if site is None:
        return
    if site.daily != daily:
        yield "the site's day is not the brief"
    if {s.source: s.state for s in site.sources} != {s.source: s.state for s in daily.sources}:
        yield "sources are in two states"
    runs = [activity for activity in site.activities if activity.is_run and activity.distance_m]
    for week in site.history:
        until = week.week_start_date + timedelta(days=6)
        shown = [a.distance_m or 0.0 for a in runs if week.week_start_date <= a.local_date <= until]
        is_whole = week.week_start_date >= min((a.local_date for a in runs), default=until)
        if shown and is_whole and week.distance_m is not None and _differ(sum(shown), week.distance_m):
            yield f"runs of the week of {week.week_start_date} add up to {sum(shown):.0f}, its figures to {week.distance_m:.0f}"


def _words(weekly: WeeklyView | None) -> Iterator[str]:
    """The week's verdict says what its table shows."""
    if weekly is None:
        return
    statuses = [one.status for one in weekly.days]
    verdict, sentence, action = weekly.words.verdict, weekly.words.sentence, weekly.words.action
    if "went as planned" in verdict and DayStatus.MISSED in statuses:
        yield "the week went as planned, and a session is missed"
    done_m = 0.0 if weekly.figures is None else weekly.figures.distance_m or 0.0
    if "No runs recorded" in verdict and done_m:
        yield "no runs are recorded, and the table has some"
    has_race = "beside the race" in verdict  # plan and caps are about the rest of what was run
    if done_m and not has_race and distance(done_m) not in verdict and verdict.startswith("Week"):
        yield f"the verdict says {verdict}, the figures {distance(done_m)}"
    unknown = sum(status is DayStatus.UNKNOWN for status in statuses)
    if "not yet known" in sentence and not unknown:
        yield "sessions are not yet known, and the table knows them all"
    is_fresh = all(s.state == "fresh" for s in weekly.sources if s.kind == "activities")
    if action.startswith("Sync your watch") and is_fresh and not unknown:
        yield "the one thing to do is to sync a watch that has just synced"
    for one in weekly.limits:
        over = {"distance_m": done_m, "longest_run_m": (weekly.figures and weekly.figures.longest_run_m) or 0.0}
        ran_m = over.get(one.metric, 0.0)
        is_seen = ran_m > one.value and distance(ran_m) != distance(one.value)
        if is_seen and not has_race and "Too much at once" not in sentence:
            yield f"{one.metric} of {ran_m:.0f} goes beyond {one.value:.0f} without a word"


def _is_elsewhere(one: Day) -> bool:
    return "done on" in one.reason and "done on the day" not in one.reason


def _session(workout: Workout | None) -> tuple[object, ...] | None:
    if workout is None:
        return None
    return (workout.workout_id, workout.title, workout.distance_m, workout.duration_s)


def _differ(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return (one is None) != (other is None)
    return abs(one - other) > _HALF_A_METRE
