"""What this morning's readiness means: the marts score it, the table decides. Missing is not bad: no data is neutral."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from math import exp

import duckdb

from coach.model import Readiness, ReadinessState, Signal
from coach.words import day_and_date, duration, listed

# Recovery scores, as shown in whole percent: WHOOP calls 33 and below red, 67 and above green (developer documentation).
AMBER_FROM = 34
GREEN_FROM = 67

# The 7-day mean of ln rMSSD against the 60-day normal range: at least 4 of 7 and 21 of 60 nights, else it says nothing.
# The marts leave it out then too. No score of theirs is worse than the worst of its parts by these very limits, which stand
# in their constants as well; a test compares them.
# Half a standard deviation is the smallest worthwhile change of the HRV literature; one is red (our step).
HRV_NIGHTS_7D_MIN = 4
HRV_TOO_NEW = "HRV: too few nights for a baseline yet"
NIGHTS_60D_MIN = 21
HRV_AMBER_SD = 0.5
HRV_RED_SD = 1.0
# Clearly above the range is not "even better": it may be parasympathetic saturation. Neutral.
HRV_HIGH_SD = 1.0

# Resting heart rate this far above its 60-day mean on two mornings is red. The cut-off is convention, not evidence.
HEART_RATE_RISE_BPM = 5.0
HEART_RATE_RISE_SD = 1.5

# Short sleep is shown; on its own it decides nothing while a score is there.
SLEEP_AMBER = 0.80
SLEEP_RED = 0.65

# A form (fitness less fatigue) this low takes the green light away.
FORM_FLOOR = -25.0

# A check-in (1 to 5 each, as 0 to 100 %) whose mean lies this low eases the day; on its own it is never red (ours).
FEELING_LOW_PCT = 34.0
FEELING_AMBER_PCT = 50.0

_REDS_LOOK_BACK_DAYS = 6

_GREEN, _AMBER, _RED, _NEUTRAL = (
    ReadinessState.GREEN,
    ReadinessState.AMBER,
    ReadinessState.RED,
    ReadinessState.NEUTRAL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecovery:
    """One row of `marts.athlete_days`, as far as readiness reads it; None is unknown.

    `readiness_night_pct` is the score of the night alone, `readiness_feeling_share` how far a check-in pulls it and
    `readiness_floor_pct` what its worst part holds it up to, so that one that came after the build counts like any other.
    `feeling_pct` is the check-in, 0 to 100;
    `resting_heart_rate_before_bpm` the morning before; `ill_since` the day the athlete named. Without `has_source` no device
    ever told of a night.
    """

    local_date: date
    has_recovery: bool = False
    recovery_score_pct: float | None = None
    recovery_source: str | None = None
    hrv_ms: float | None = None
    resting_heart_rate_bpm: float | None = None
    sleep_s: float | None = None
    sleep_need_s: float | None = None
    ln_hrv_7d_mean: float | None = None
    ln_hrv_60d_mean: float | None = None
    ln_hrv_60d_sd: float | None = None
    hrv_nights_7d: int | None = None
    hrv_nights_60d: int | None = None
    resting_heart_rate_60d_mean_bpm: float | None = None
    resting_heart_rate_60d_sd_bpm: float | None = None
    resting_heart_rate_nights_60d: int | None = None
    sleep_28d_mean_s: float | None = None
    form_tsb_morning: float | None = None
    readiness_night_pct: float | None = None
    readiness_feeling_share: float | None = None
    readiness_floor_pct: float | None = None
    readiness_hrv_pct: float | None = None
    readiness_resting_heart_rate_pct: float | None = None
    readiness_sleep_pct: float | None = None
    readiness_source: str | None = None
    feeling_pct: float | None = None
    resting_heart_rate_before_bpm: float | None = None
    is_ill: bool = False
    ill_since: date | None = None
    has_source: bool = True


_NOT_IN_MART = frozenset({"resting_heart_rate_before_bpm", "is_ill", "ill_since", "has_source"})
_COLUMNS = tuple(f.name for f in fields(DayRecovery) if f.name not in _NOT_IN_MART)


def read_readiness(
    con: duckdb.DuckDBPyConnection,
    athlete_id: str,
    *,
    day: date,
    is_ill: bool = False,
    ill_since: date | None = None,
    feeling_pct: float | None = None,
) -> Readiness:
    """The readiness of a day from the warehouse; a night that has not arrived is unavailable, never bad."""
    recovery = _read_days(con, athlete_id, since=day, until=day)
    known = recovery[0] if recovery else DayRecovery(local_date=day)
    has_source = _has_source(con, athlete_id)
    return assess(replace(known, is_ill=is_ill, ill_since=ill_since, feeling_pct=feeling_pct, has_source=has_source))


def read_reds(
    con: duckdb.DuckDBPyConnection, athlete_id: str, *, day: date, feelings: Mapping[date, float] | None = None
) -> tuple[date, ...]:
    """The red days of the week that ends with `day`, by the nights and check-ins; illness has rules of its own.

    `feelings` are the check-ins as they stand now; without them those count that the warehouse was built with.
    """
    days = _read_days(con, athlete_id, since=day - timedelta(days=_REDS_LOOK_BACK_DAYS), until=day)
    judged = days if feelings is None else [replace(d, feeling_pct=feelings.get(d.local_date)) for d in days]
    return tuple(d.local_date for d in judged if assess(d).state is _RED)


def assess(recovery: DayRecovery) -> Readiness:
    """Readiness by the table: red if any red condition holds, then amber, then green; neutral where nothing is known."""
    if not recovery.has_recovery:
        recovery = _without_last_night(recovery)
    score = _score(recovery)
    hrv, heart_rate = _hrv_signal(recovery), _heart_rate_signal(recovery)
    state, rule = _decide(recovery, score, hrv, heart_rate)
    nights = (
        (recovery.has_source, _score_signal(recovery, score)),
        (_has_hrv(recovery), hrv),
        (_has_heart_rate(recovery), heart_rate),
        (_has_sleep(recovery), _sleep_signal(recovery)),
        (True, _form_signal(recovery)),
        (True, _feeling_signal(recovery)),
    )
    return Readiness(
        day=recovery.local_date,
        state=state,
        score=score,
        signals=tuple(signal for is_there, signal in nights if is_there),
        rule=rule,
        has_source=recovery.has_source,
        has_night=recovery.has_recovery,
    )


def _decide(recovery: DayRecovery, score: float | None, hrv: Signal, heart_rate: Signal) -> tuple[ReadinessState, str]:
    """The first condition of the table that holds, the worst ones first."""
    feeling = recovery.feeling_pct
    form = recovery.form_tsb_morning
    band = None if score is None else _band(score)
    said = f"recovery {score or 0.0:.0f} %"
    is_hrv_high = hrv.state is _NEUTRAL and hrv.value is not None
    table = (
        (recovery.is_ill, _RED, _ill_rule(recovery)),
        (band is _RED, _RED, f"{said} is below {AMBER_FROM} %"),
        (hrv.state is _RED, _RED, "HRV over seven days is more than one standard deviation below its normal"),
        (heart_rate.state is _RED, _RED, "resting heart rate is clearly raised on two mornings"),
        (hrv.state is _AMBER, _AMBER, "HRV over seven days is below its normal range"),
        (feeling is not None and feeling < FEELING_LOW_PCT, _AMBER, f"you rate yourself {_of_five(feeling)} today"),
        (score is None and not recovery.has_source, _NEUTRAL, "no device tells of your nights"),
        (not recovery.has_recovery, _NEUTRAL, "no recovery data for last night"),
        (score is None, _NEUTRAL, _too_little(recovery)),
        (band is _AMBER, _AMBER, f"{said} is neither low nor high"),
        (is_hrv_high, _NEUTRAL, "HRV is unusually high, which is not the same as good"),
        (form is not None and form <= FORM_FLOOR, _NEUTRAL, f"recovery is high, but form is {form or 0.0:.0f}"),
        (True, _GREEN, f"{said} is high"),
    )
    return next((state, rule) for holds, state, rule in table if holds)


def _band(score: float) -> ReadinessState:
    """The state of a score by what is shown of it, so that no page calls 67 % less than 67 %."""
    shown = round(score)
    return _RED if shown < AMBER_FROM else _AMBER if shown < GREEN_FROM else _GREEN


def _too_little(recovery: DayRecovery) -> str:
    """Why a night that has arrived gives no score."""
    nights = max(recovery.hrv_nights_60d or 0, recovery.resting_heart_rate_nights_60d or 0)
    if 0 < nights < NIGHTS_60D_MIN:
        return f"your normal is known after {NIGHTS_60D_MIN} nights, and {nights} are there"
    return "last night tells too little for a score"


def _score(recovery: DayRecovery) -> float | None:
    """The marts' score with the check-in as it stands now, and not in a worse state than the worst of its parts."""
    night, feeling = recovery.readiness_night_pct, recovery.feeling_pct
    if night is None or feeling is None or recovery.readiness_feeling_share is None:
        return night
    floor = recovery.readiness_floor_pct or 0.0
    if feeling < FEELING_AMBER_PCT:
        floor = min(floor, AMBER_FROM)
    return max(night + recovery.readiness_feeling_share * (feeling - night), floor)


def _score_signal(recovery: DayRecovery, score: float | None) -> Signal:
    if score is None:
        text = "last night has not arrived" if not recovery.has_recovery else _too_little(recovery)
        return _unavailable("recovery", f"Recovery: {text}", "%")
    origin = "your device's score" if recovery.readiness_source == "device" else f"estimated from {_parts(recovery)}"
    return Signal(name="recovery", state=_band(score), text=f"Recovery {score:.0f} % ({origin})", value=score, unit="%")


def _parts(recovery: DayRecovery) -> str:
    """What a score of our own rests on, in words."""
    parts = (
        ("HRV", recovery.readiness_hrv_pct),
        ("resting heart rate", recovery.readiness_resting_heart_rate_pct),
        ("sleep", recovery.readiness_sleep_pct),
        ("your check-in", recovery.feeling_pct),
    )
    return listed([name for name, pct in parts if pct is not None])


def _has_hrv(recovery: DayRecovery) -> bool:
    """Whether the athlete's devices tell of HRV at all; what was never there is not missed."""
    return recovery.has_source and (recovery.hrv_ms is not None or bool(recovery.hrv_nights_60d))


def _has_heart_rate(recovery: DayRecovery) -> bool:
    is_known = recovery.resting_heart_rate_bpm is not None or bool(recovery.resting_heart_rate_nights_60d)
    return recovery.has_source and is_known


def _has_sleep(recovery: DayRecovery) -> bool:
    return recovery.has_source and (recovery.sleep_s is not None or recovery.sleep_28d_mean_s is not None)


def _hrv_signal(recovery: DayRecovery) -> Signal:
    mean, sd, week = recovery.ln_hrv_60d_mean, recovery.ln_hrv_60d_sd, recovery.ln_hrv_7d_mean
    if recovery.hrv_ms is None and recovery.recovery_score_pct is None:
        return _unavailable("hrv", f"HRV: {_why_not(recovery)}", "ms")
    if mean is None or not sd or (recovery.hrv_nights_60d or 0) < NIGHTS_60D_MIN:
        return _unavailable("hrv", HRV_TOO_NEW, "ms")
    if week is None or (recovery.hrv_nights_7d or 0) < HRV_NIGHTS_7D_MIN:
        return _unavailable("hrv", f"HRV: fewer than {HRV_NIGHTS_7D_MIN} of the last seven nights tell of it", "ms")
    low, high, baseline = exp(mean - HRV_AMBER_SD * sd), exp(mean + HRV_HIGH_SD * sd), exp(mean)
    value = exp(week)
    text = f"HRV {value:.0f} ms over seven days, your normal is {low:.0f}–{high:.0f} ms"
    if week < mean - HRV_RED_SD * sd:
        state = _RED
    elif week < mean - HRV_AMBER_SD * sd:
        state = _AMBER
    elif _is_hrv_high(recovery):
        state, text = _NEUTRAL, f"{text}: unusually high, which says nothing by itself"
    else:
        state = _GREEN
    return Signal(name="hrv", state=state, text=text, value=value, unit="ms", baseline=baseline)


def _is_hrv_high(recovery: DayRecovery) -> bool:
    mean, sd, week = recovery.ln_hrv_60d_mean, recovery.ln_hrv_60d_sd, recovery.ln_hrv_7d_mean
    return mean is not None and sd is not None and week is not None and week > mean + HRV_HIGH_SD * sd > mean


def _heart_rate_signal(recovery: DayRecovery) -> Signal:
    value, mean = recovery.resting_heart_rate_bpm, recovery.resting_heart_rate_60d_mean_bpm
    if value is None:
        return _unavailable("resting_heart_rate", f"Resting heart rate: {_why_not(recovery)}", "bpm")
    if mean is None or (recovery.resting_heart_rate_nights_60d or 0) < NIGHTS_60D_MIN:
        return _unavailable("resting_heart_rate", "Resting heart rate: too few nights for a baseline yet", "bpm")
    limit = mean + _heart_rate_rise(recovery)
    before = recovery.resting_heart_rate_before_bpm
    text = f"Resting heart rate {value:.0f} bpm, your normal is {mean:.0f} bpm"
    state = _GREEN
    if value >= limit:
        is_second = before is not None and before >= limit
        state = _RED if is_second else _AMBER
        text = f"{text}: raised on two mornings" if is_second else f"{text}: raised this morning"
    return Signal(name="resting_heart_rate", state=state, text=text, value=value, unit="bpm", baseline=mean)


def _heart_rate_rise(recovery: DayRecovery) -> float:
    return max(HEART_RATE_RISE_BPM, HEART_RATE_RISE_SD * (recovery.resting_heart_rate_60d_sd_bpm or 0.0))


def _sleep_signal(recovery: DayRecovery) -> Signal:
    value, need = recovery.sleep_s, recovery.sleep_need_s or recovery.sleep_28d_mean_s
    if value is None:
        return _unavailable("sleep", f"Sleep: {_why_not(recovery)}", "s")
    if not need:
        text = f"Sleep {duration(value)}; nothing to compare it with yet"
        return Signal(name="sleep", state=_NEUTRAL, text=text, value=value, unit="s")
    share = value / need
    state = _RED if share < SLEEP_RED else _AMBER if share < SLEEP_AMBER else _GREEN
    what = "your need is" if recovery.sleep_need_s else "your average is"
    text = f"Sleep {duration(value)}, {what} {duration(need)}"
    # Beside the others' usual values stands what is usual; what is needed is in the text.
    return Signal(name="sleep", state=state, text=text, value=value, unit="s", baseline=recovery.sleep_28d_mean_s)


def _form_signal(recovery: DayRecovery) -> Signal:
    form = recovery.form_tsb_morning
    if form is None:
        return _unavailable("form", "Form: not enough training recorded yet", "")
    state = _AMBER if form <= FORM_FLOOR else _GREEN
    sign = "−" if round(form) < 0 else "+"
    text = f"Form {sign}{abs(round(form))} (fitness less fatigue)"
    return Signal(name="form", state=state, text=text, value=form, baseline=0.0)


def _feeling_signal(recovery: DayRecovery) -> Signal:
    feeling = recovery.feeling_pct
    if feeling is None:
        return _unavailable("feeling", "Feeling: no check-in today", "%")
    state = _AMBER if feeling < FEELING_AMBER_PCT else _GREEN
    text = f"You rate yourself {_of_five(feeling)} (your check-in)"
    return Signal(name="feeling", state=state, text=text, value=feeling, unit="%")


def _of_five(feeling_pct: float | None) -> str:
    """A feeling as it was asked for: 37.5 % → "2.5 of 5"."""
    return f"{f'{1 + (feeling_pct or 0.0) / 25:.1f}'.removesuffix('.0')} of 5"


def _ill_rule(recovery: DayRecovery) -> str:
    since = recovery.ill_since
    if since is None or since >= recovery.local_date:
        return "you said you are ill"
    return f"you said you have been ill since {day_and_date(since)}"


def _without_last_night(recovery: DayRecovery) -> DayRecovery:
    """Baselines alone say nothing about today: a night that is missing is unknown, whatever the week's mean was."""
    return replace(
        recovery,
        recovery_score_pct=None,
        readiness_night_pct=None,
        hrv_ms=None,
        ln_hrv_7d_mean=None,
        resting_heart_rate_bpm=None,
        sleep_s=None,
    )


def _why_not(recovery: DayRecovery) -> str:
    return "not told of last night" if recovery.has_recovery else "last night has not arrived"


def _unavailable(name: str, text: str, unit: str) -> Signal:
    return Signal(name=name, state=_NEUTRAL, text=text, unit=unit)


def _has_source(con: duckdb.DuckDBPyConnection, athlete_id: str) -> bool:
    row = con.execute(
        "select 1 from marts.source_freshness where athlete_id = ? and kind = 'recovery' and newest_local_date is not null",
        [athlete_id],
    ).fetchone()
    return row is not None


def _read_days(con: duckdb.DuckDBPyConnection, athlete_id: str, *, since: date, until: date) -> list[DayRecovery]:
    rows = con.execute(
        f"select {', '.join(_COLUMNS)} from marts.athlete_days"  # noqa: S608  # our own column names
        " where athlete_id = ? and local_date between ? and ? order by local_date",
        [athlete_id, since - timedelta(days=1), until],
    ).fetchall()
    days = [DayRecovery(**{**dict(zip(_COLUMNS, row, strict=True)), "has_recovery": bool(row[1])}) for row in rows]
    by_date = {d.local_date: d for d in days}
    found = []
    for recovery in days:
        before = by_date.get(recovery.local_date - timedelta(days=1))
        rate = None if before is None else before.resting_heart_rate_bpm
        if recovery.local_date >= since:
            found.append(replace(recovery, resting_heart_rate_before_bpm=rate))
    return found
