"""The week's figures against the four weeks before and the cap in force, ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from reports import format as say
from reports.view import Limit, WeeklyView


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the table; without a cap the cell stays empty, with an unknown one it says so."""

    name: str
    now: str
    mean: str
    change: str
    has_cap: bool = False
    cap: str = ""


def weekly_lines(view: WeeklyView) -> tuple[Line, ...]:
    """Distance, time, long run and intensity; empty where the week has no figures at all."""
    week = view.figures
    if week is None:
        return ()
    limits = {limit.metric: limit for limit in view.limits}
    return (
        _capped("Distance", week.distance_m, week.distance_4w_mean_m, limits.get("distance_m")),
        Line(
            name="Time",
            now=say.duration(week.moving_s),
            mean=say.duration(week.moving_4w_mean_s),
            change=say.change(week.moving_s, week.moving_4w_mean_s),
        ),
        _capped("Long run", week.longest_run_m, week.longest_run_4w_mean_m, limits.get("longest_run_m")),
        Line(
            name="Easy share",
            now=say.percent(week.easy_share),
            mean=say.percent(week.easy_share_4w_mean),
            change=say.points(week.easy_share, week.easy_share_4w_mean),
        ),
    )


def _capped(name: str, now_m: float | None, mean_m: float | None, limit: Limit | None) -> Line:
    return Line(
        name=name,
        now=say.km(now_m),
        mean=say.km(mean_m),
        change=say.change(now_m, mean_m),
        has_cap=True,
        cap=say.km(limit.value if limit is not None else None),
    )
