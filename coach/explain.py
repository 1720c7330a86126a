"""The morning's words: what to do today and why, from the facts alone. Same facts, same words, no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coach.adjust import AMBER, GREEN, RED, SPIKE, TWO_REDS, apply
from coach.breaks import Break
from coach.daylines import DayDone, WeekSoFar, short_title, today_line, week_line, yesterday_line
from coach.easing import work_text
from coach.guardrails.content import is_quality, is_race
from coach.health import COMING_BACK, ILL, INJURED, Health
from coach.model import Adjustment, Call, Plan, PlanWeek, Readiness, ReadinessState, Signal, Workout, WorkoutType
from coach.perspective import perspective
from coach.readiness import HRV_TOO_NEW
from coach.silence import HEARD, Silence
from coach.words import count, day_and_date, distance, inside, listed, sentence, weekday
from coach.workouts import easier_than

__all__ = ["Brief", "DayDone", "WeekSoFar", "brief", "change_text"]

_RACE_NEAR_DAYS = 14
_NOTHING_SAID = Health()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A morning's brief: one headline, the reasons, a line each for today, yesterday and the week, and a way out."""

    headline: str
    call: Call
    why: str
    today_line: str
    yesterday_line: str
    week_line: str
    easier_option: str
    flags: tuple[str, ...] = ()


def brief(
    *,
    day: date,
    plan: Plan | None,
    readiness: Readiness,
    call: Call,
    adjustments: tuple[Adjustment, ...],
    yesterday: DayDone | None = None,
    is_yesterday_known: bool = True,
    yesterdays_session: str = "",
    week: WeekSoFar | None = None,
    recovery_source: str = "",
    newest_night: date | None = None,
    flags: Sequence[str] = (),
    units: str = "metric",
    health: Health = _NOTHING_SAID,
    silence: Silence = HEARD,
    pause: Break | None = None,
) -> Brief:
    """The brief of `day`. `plan` is the plan before `adjustments`; `is_yesterday_known` says whether its runs have arrived.

    `yesterdays_session` is what became of its session where it was not run on that day, `newest_night` the last day whose
    night is known, `silence` the days of which nothing is known, `pause` days off that matter still. `health` is what the
    athlete said of the day; where it decides, it comes first.
    """
    after = None if plan is None else apply(plan, adjustments)
    morning = _Morning(
        day=day,
        before=None if plan is None else plan.on(day),
        after=None if after is None else after.on(day),
        readiness=readiness,
        call=call,
        adjustments=adjustments,
        source=recovery_source or "Your recovery source",
        newest_night=newest_night,
        perspective="" if after is None else perspective(after, day),
        health=health,
        silence=silence,
    )
    planned_yesterday = None if plan is None else plan.on(day - timedelta(days=1))
    return Brief(
        headline=_headline(morning),
        call=call,
        why=_why(morning),
        today_line=today_line(morning.after, units),
        yesterday_line=yesterday_line(
            yesterday, planned_yesterday, yesterdays_session, is_known=is_yesterday_known, units=units
        ),
        week_line=week_line(day, week, None if after is None else _week_of(after, day), units),
        easier_option=_easier_option(morning),
        flags=(*_silent(silence, pause, health), *health.flags, *flags, *_flags(morning, plan)),
    )


def change_text(adjustment: Adjustment) -> str:
    """One plan change in a line: "Tuesday 3 March: Threshold 3 × 8 min → Easy run 8 km. Recovery 28 % is below 34 %." """
    before, after = adjustment.before, adjustment.after
    because = " ".join(dict.fromkeys(sentence(e.text) for e in adjustment.because))
    if before.workout_date != after.workout_date:
        moved = f"{before.title} moves from {weekday(before.workout_date)} to {day_and_date(after.workout_date)}."
        return f"{moved} {because}".strip()
    what = f"{before.title} → {after.title}"
    if before.title == after.title:
        what = f"{before.title}: {distance(before.distance_m)} → {distance(after.distance_m)}"
    return f"{day_and_date(before.workout_date)}: {what}. {because}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Morning:
    """What the words are about: the session as planned, as it is now, and why."""

    day: date
    before: Workout | None
    after: Workout | None
    readiness: Readiness
    call: Call
    adjustments: tuple[Adjustment, ...]
    source: str
    newest_night: date | None
    perspective: str
    health: Health
    silence: Silence

    @property
    def said(self) -> tuple[str, ...]:
        """What the athlete said that stops or eases the day, in sentences."""
        told = self.health.said or tuple(
            evidence for a in self.adjustments if a.rule_id in {ILL, INJURED, COMING_BACK} for evidence in a.because
        )
        return tuple(dict.fromkeys(sentence(evidence.text) for evidence in told))

    @property
    def is_stopped(self) -> bool:
        """No running today, whatever was planned, because of what was said."""
        is_said = self.health.is_ill or self.health.is_injured
        return is_said or any(a.rule_id in {ILL, INJURED} for a in self.adjustments)

    @property
    def today(self) -> Adjustment | None:
        """The change of today's own session."""
        return next(
            (a for a in self.adjustments if self.before and a.before.workout_id == self.before.workout_id), None
        )


def _headline(morning: _Morning) -> str:
    before, after, call = morning.before, morning.after, morning.call
    if morning.health.headline:
        return morning.health.headline
    if before is None or after is None:
        return "Nothing is planned today"
    rules = {a.rule_id for a in morning.adjustments}
    short, state = short_title(after), morning.readiness.state
    is_ready = is_quality(after) and state is ReadinessState.GREEN
    return _first(
        (INJURED in rules, "No running until you are cleared"),
        (ILL in rules, "No running while you are ill"),
        (is_race(before), f"Race day: {before.title.removeprefix('Race: ')}"),
        (call is Call.REST, _pick(morning.day, ("Rest today", "A day without running", "Today is for resting"))),
        (call is Call.SWAP, f"{short} instead of {inside(short_title(before))}"),
        (
            call is Call.EASE and after != before,
            _pick(morning.day, (f"{short}: a little less than planned", f"{short}, eased for today")),
        ),
        (call is Call.EASE, f"{short}, and keep it truly easy"),
        (GREEN in rules, f"{short}: a little further than planned"),
        (is_ready, _pick(morning.day, (f"{short}: a good day for it", f"Ready for {inside(short)}"))),
        (True, short),
    )


def _why(morning: _Morning) -> str:
    sentences = [*morning.said, _readiness_sentence(morning)]
    before, after, today = morning.before, morning.after, morning.today
    later = [a for a in morning.adjustments if a is not today]
    if before is not None and after is not None:
        sentences += [_changed(today, before, after) if today else _kept(morning, before)]
        if is_race(after) and morning.is_stopped:
            sentences += ["The race stays in the calendar; the coach's word is not to start."]
        if after.workout_type is not WorkoutType.REST and not is_race(after):
            sentences += [_first_sentence(after.purpose)]
    if later:
        sentences += [_later(later)]
    elif today and morning.is_stopped:
        sentences += ["The days ahead are looked at again every morning."]
    elif today:
        sentences += [_pick(morning.day, ("The rest of the week stays as it is.", "Nothing else in the plan changes."))]
    if after is not None and not is_race(after) and not morning.is_stopped:
        sentences += [morning.perspective]
    return " ".join(dict.fromkeys(s for s in sentences if s))


def _readiness_sentence(morning: _Morning) -> str:
    """What is known of the night: the score, then what stands out."""
    readiness = morning.readiness
    known = {s.name: s for s in readiness.signals if s.value is not None}
    worst = _worst(readiness)
    if readiness.score is None and not worst and not readiness.has_source:
        return ""
    if not readiness.has_night and not worst and set(known) <= {"form", "feeling"}:
        stands = "" if morning.said or morning.adjustments else "; the plan stands as written"
        newest, yesterday = morning.newest_night, morning.day - timedelta(days=1)
        since = "last night yet" if newest is None or newest >= yesterday else f"since {day_and_date(newest)}"
        return f"{morning.source} has not synced {since}{stands}."
    parts = [] if readiness.score is None else [f"recovery is {readiness.score:.0f} %"]
    parts += [_lower(s.text) for s in worst]
    hrv = known.get("hrv")
    text = sentence(listed(parts) if parts else readiness.rule)
    if not worst and hrv is not None and hrv.state is ReadinessState.GREEN and readiness.score is not None:
        how = "a middling " if readiness.state is ReadinessState.AMBER else ""
        text = f"Recovery is {how}{readiness.score:.0f} %; HRV is inside its normal range at {hrv.value:.0f} ms."
    is_hrv_awaited = any(s.text == HRV_TOO_NEW for s in readiness.signals)
    if readiness.score is None or not is_hrv_awaited:
        return text
    return f"{text} There are too few nights yet for an HRV baseline."


def _worst(readiness: Readiness) -> list[Signal]:
    """The signals that stand out, at most two."""
    known = {s.name: s for s in readiness.signals if s.value is not None}
    return [known[n] for n in ("hrv", "resting_heart_rate", "feeling", "sleep") if n in known and _is_off(known[n])][:2]


def _kept(morning: _Morning, before: Workout) -> str:
    """Why today's session stays as it is."""
    state, day = morning.readiness.state, morning.day
    suits = (
        "An easy day suits a middling morning, so nothing changes.",
        "That is enough for the easy day that is planned.",
    )
    stands = ("The plan stands.", "Nothing speaks against the plan.", "Run it as planned.")
    is_known = morning.readiness.score is not None
    return _first(
        (morning.is_stopped, ""),
        (is_race(before), "The work is done; today only the pacing is left."),
        (
            before.workout_type is WorkoutType.REST,
            "Rest was planned for today, and it counts: training takes hold now.",
        ),
        (
            state is ReadinessState.RED,
            "The run was easy already, so it stays; slower than usual is right, and leaving it out costs nothing.",
        ),
        (state is ReadinessState.AMBER and is_quality(before), "The session stays as planned."),
        (
            state is ReadinessState.AMBER and before.workout_type is WorkoutType.LONG,
            "That is enough for a long run that stays easy from the first kilometre to the last.",
        ),
        (state is ReadinessState.AMBER, _pick(day, suits)),
        (state is ReadinessState.GREEN, _pick(day, stands)),
        (is_known, sentence(f"{morning.readiness.rule}, so the plan stands as written")),
        (not morning.readiness.has_source, _pick(day, stands)),
        (True, ""),
    )


def _changed(adjustment: Adjustment, before: Workout, after: Workout) -> str:
    """What became of today's session and because of what."""
    rule, now, then = adjustment.rule_id, _named(after), _named(before)
    fact = sentence(adjustment.because[0].text) if adjustment.because else ""
    is_red = rule == RED
    return _first(
        (rule == ILL, "The run is off; come back when you are well, easy first."),
        (rule == INJURED, "The run is off until you are cleared; then easy first."),
        (rule == COMING_BACK, f"So today is {now}."),
        (rule == SPIKE, f"{fact} For seven days after such a jump there is no hard session and no longer run."),
        (rule == GREEN, f"So the run may go to {distance(after.distance_m)} instead of {distance(before.distance_m)}."),
        (rule == AMBER, f"So the session keeps its shape with less of it: {_work(after)} instead of {_work(before)}."),
        (is_red and is_quality(before), f"Hard running would cost more than it gives today, so {then} becomes {now}."),
        (
            is_red and after.distance_m < before.distance_m,
            f"So the run is cut from {distance(before.distance_m)} to {distance(after.distance_m)}.",
        ),
        (is_red, f"So {then} becomes {now}."),
        (True, f"{fact} So today is {now}."),
    )


def _later(later: list[Adjustment]) -> str:
    moved = [a for a in later if a.before.workout_date != a.after.workout_date and is_quality(a.before)]
    if moved and moved[0].rule_id == TWO_REDS:
        to = day_and_date(moved[0].after.workout_date)
        return f"After two red mornings in three days {_named(moved[0].before)} moves to {to}."
    days = listed(list(dict.fromkeys(weekday(a.before.workout_date) for a in later)))
    return (
        f"{days} {'changes' if len({a.before.workout_date for a in later}) == 1 else 'change'} too; the log says how."
    )


def _easier_option(morning: _Morning) -> str:
    workout = morning.after
    if morning.is_stopped:
        return "Rest is all there is to do today."
    if workout is None or workout.workout_type is WorkoutType.REST:
        return "A walk, if you feel like moving."
    return workout.easier_option or easier_than(workout.duration_s)


def _flags(morning: _Morning, plan: Plan | None) -> tuple[str, ...]:
    day = morning.day
    said = {s.name for s in _worst(morning.readiness)} | {"recovery"}
    flags = [s.text for s in morning.readiness.signals if s.state is ReadinessState.RED and s.name not in said]
    flags += [change_text(a) for a in morning.adjustments if a.before.workout_date != day]
    race_date = None if plan is None else plan.goal.race_date
    if race_date is not None and 0 < (race_date - day).days <= _RACE_NEAR_DAYS:
        flags.append(f"{count((race_date - day).days, 'day')} to the race.".capitalize())
    return tuple(dict.fromkeys(flags))


def _silent(silence: Silence, pause: Break | None, health: Health) -> tuple[str, ...]:
    """What nothing is known of, and a break that lasts: each with what the athlete can do about it."""
    lasting = ""
    if pause is not None and pause.back_date is None and not health.headline:
        lasting = f"{pause.text} If you have run since, import it."
    return tuple(text for text in (silence.flag, lasting) if text)


def _week_of(plan: Plan, day: date) -> PlanWeek | None:
    return next((w for w in reversed(plan.weeks) if w.week_start_date <= day), None)


def _is_off(signal: Signal) -> bool:
    return signal.state in {ReadinessState.AMBER, ReadinessState.RED}


def _named(workout: Workout) -> str:
    """The session inside a sentence."""
    kinds = {
        WorkoutType.EASY: "an easy run of",
        WorkoutType.RECOVERY: "a recovery run of",
        WorkoutType.LONG: "a long run of",
        WorkoutType.RUN_WALK: "a run-walk of",
    }
    if workout.workout_type is WorkoutType.REST:
        return "a rest day"
    if workout.workout_type in kinds and not is_quality(workout):
        return f"{kinds[workout.workout_type]} {distance(workout.distance_m)}"
    return f"the session “{workout.title}”"


def _work(workout: Workout) -> str:
    return work_text(workout.segments) or _named(workout)


def _lower(text: str) -> str:
    return text if text.startswith("HRV") else inside(text)


def _first_sentence(text: str) -> str:
    head, stop, _ = text.partition(". ")
    return f"{head}." if stop else sentence(text)


def _first(*table: tuple[bool, str]) -> str:
    """The first text whose condition holds."""
    return next((text for holds, text in table if holds), "")


def _pick(day: date, options: Sequence[str]) -> str:
    """One of several ways to say it, the same for the same day."""
    return options[day.toordinal() % len(options)]
