"""One like-for-like trend: easy runs on the road against easy runs on the road, or a plain "insufficient evidence"."""

from __future__ import annotations

import math
from datetime import date

import duckdb

from reports.view import Trend

_WINDOW_DAYS = 28
_MIN_RUNS = 5  # below this a single hot day decides a mean
_CLEAR_STANDARD_ERRORS = 2.0  # about a 95 % interval that leaves out "no change"

_WINDOWS = """
    select
        local_date > $until::date - $window_days::integer as is_recent,
        count(*) as run_count,
        avg(efficiency_factor) as mean,
        var_samp(efficiency_factor) as variance
    from marts.activities
    where
        athlete_id = $athlete_id
        and is_run
        and not coalesce(is_trail, false)
        and not coalesce(is_treadmill, false)
        and not coalesce(is_race, false)
        and run_type in ('easy', 'recovery', 'long', 'steady')
        and moving_s between 1200 and 7200
        and efficiency_factor > 0
        and local_date between $until::date - 2 * $window_days::integer + 1 and $until
    group by 1
"""


def easy_run_trend(con: duckdb.DuckDBPyConnection, athlete_id: str, *, until: date) -> Trend:
    """Distance per heartbeat on easy road runs, four weeks against the four before."""
    rows = con.execute(_WINDOWS, {"athlete_id": athlete_id, "until": until, "window_days": _WINDOW_DAYS}).fetchall()
    windows = {bool(is_recent): (run_count, mean, variance or 0.0) for is_recent, run_count, mean, variance in rows}
    now_count, now_mean, now_variance = windows.get(True, (0, 0.0, 0.0))
    then_count, then_mean, then_variance = windows.get(False, (0, 0.0, 0.0))
    runs = f"{now_count} and {then_count} easy road runs with heart rate"
    if min(now_count, then_count) < _MIN_RUNS:
        text = f"Insufficient evidence: {runs} in the last four weeks and the four before; {_MIN_RUNS} each are needed."
        return Trend(text=text, is_sufficient=False)
    change = now_mean / then_mean - 1
    error = math.sqrt(now_variance / now_count + then_variance / then_count) / then_mean
    compared = f"over the last four weeks against the four before ({runs})"
    if abs(change) <= _CLEAR_STANDARD_ERRORS * error:
        return Trend(
            text=f"No clear change in pace at the same heart rate {compared}.", is_sufficient=True, change=change
        )
    direction = "more" if change > 0 else "less"
    text = f"{abs(change) * 100:.1f} % {direction} distance per heartbeat on easy runs {compared}."
    return Trend(text=text, is_sufficient=True, change=change)
