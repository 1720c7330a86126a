"""The week's nights against the athlete's own baseline, each with the number of nights behind it."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from reports.view import RecoveryLine

_WEEK = """
    select
        exp(avg(ln(hrv_ms)) filter (where hrv_ms > 0)),
        count(hrv_ms) filter (where hrv_ms > 0),
        exp(arg_max(ln_hrv_60d_mean, local_date)),
        arg_max(hrv_nights_60d, local_date),
        avg(resting_heart_rate_bpm),
        count(resting_heart_rate_bpm),
        arg_max(resting_heart_rate_60d_mean_bpm, local_date),
        avg(sleep_s),
        count(sleep_s),
        arg_max(sleep_28d_mean_s, local_date)
    from marts.athlete_days
    where athlete_id = $athlete_id and local_date between $since and $until
"""


def recovery_lines(
    con: duckdb.DuckDBPyConnection, athlete_id: str, *, since: date, until: date
) -> tuple[RecoveryLine, ...]:
    """Heart-rate variability, resting heart rate and sleep; empty only where the athlete never had any of them."""
    found: tuple[Any, ...] | None = con.execute(
        _WEEK, {"athlete_id": athlete_id, "since": since, "until": until}
    ).fetchone()
    if found is None or not any(found):
        return ()
    hrv_ms, hrv_nights, hrv_base_ms, hrv_base_nights, rhr_bpm, rhr_nights, rhr_base_bpm, sleep_s, nights, base_s = found
    expected = (until - since).days + 1
    base_nights = f"60 days, {hrv_base_nights} nights" if hrv_base_nights else "60 days"
    known: tuple[tuple[str, str, float | None, float | None, int, str], ...] = (
        ("Heart-rate variability", "ms", hrv_ms, hrv_base_ms, hrv_nights, base_nights),
        ("Resting heart rate", "bpm", rhr_bpm, rhr_base_bpm, rhr_nights, "60 days"),
        ("Sleep", "s", sleep_s, base_s, nights, "28 days"),
    )
    return tuple(
        RecoveryLine(
            name=name,
            unit=unit,
            value=value,
            baseline=baseline,
            nights=counted,
            expected_nights=expected,
            baseline_text=baseline_text,
        )
        for name, unit, value, baseline, counted, baseline_text in known
    )
