"""Where a plan starts and where it can go: the numbers that stay the same through all its weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coach.history import (
    RunLog,
    break_started,
    days_since_last_run,
    recent_weeks_m,
    run_log,
    usual_before_break_m,
    usual_week_m,
)
from coach.limits import (
    EPSILON,
    FIRST_RUN_M,
    FIRST_WEEK_RUNS,
    GENERAL_LONG_TIME_MAX_S,
    GOALS,
    HARD_GAP_DAYS,
    HARD_GAP_DAYS_MASTERS,
    LONG_SHARE_MAX,
    LONG_SHARE_WANTED,
    LONG_TIME_MAX_RUN_WALK_S,
    LONG_TIME_MAX_S,
    NEW_RUNNER_DAYS,
    RECORD_EVERY_DAYS,
    RETURN_SHARES,
    SPIKE_RATIO,
    WEEKLY_GROWTH,
    GoalRules,
    is_masters,
    level_of,
    loaded_in_a_row,
)
from coach.model import Athlete, DoneRun, Goal, Level, Profile, WeekKind
from coach.pace import WALK_S_PER_KM, PaceBook, pace_book
from coach.season import Season, lay_out
from coach.week import Skeleton, available_days, long_day_of, run_days_wanted, skeleton

# Where volume aims: enough for the goal's ideal long run, but no more than this above the start; always at least this.
_GROWTH_MAX = 1.6
_GROWTH_MAX_PER_STEP = 1.07  # a long season may grow further, at two thirds of the cap per loaded week
_GROWTH_MIN = 1.25
_GROWTH_MIN_HIGH_VOLUME = 1.12
_HIGH_VOLUME_M = 40000
_GROWTH_GENERAL = 1.15
_GROWTH_GENERAL_LOW = 1.8
_GENERAL_LEAST_M = 20000  # about the two and a half hours a week that public-health advice asks for
_FLOOR_MARGIN = 1.05

RETURN_DAYS = RETURN_SHARES[-1][0]

# The least a week may be measured against: three first runs (so that a plan from nothing can begin).
FLOOR_M = FIRST_WEEK_RUNS * FIRST_RUN_M

# No run but the long one takes more than two hours (ours; the rules allow two and a half).
_EASY_TIME_MAX_S = 120 * 60

# A run-walk long run: ten minutes of running, one of walking.
LONG_RUN_S = 600
LONG_WALK_S = 60

_DAYS_PER_MONTH = 30.44
_HARD_RUNS = frozenset({"race", "long", "intervals", "fartlek", "hills", "tempo", "progression"})
_RACE_EASY_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The fixed facts of a plan. Growth is per loaded week; distances in metres."""

    level: Level
    is_masters: bool
    rules: GoalRules | None
    season: Season
    effective_date: date
    book: PaceBook
    available: tuple[int, ...]
    long_day: int
    gap_days: int
    runs_wanted: int
    from_nothing: bool
    return_days: int
    start_m: float
    first_cap_m: float
    growth: float
    peak_m: float
    long_start_m: float
    long_growth: float
    long_peak_m: float
    long_has_walks: bool
    recent_weeks_m: tuple[float, ...]
    easy_max_m: float
    long_max_m: float
    hard_days: frozenset[date]
    race_days: frozenset[date]
    easy_before: date  # no quality before this day: a new runner, a return, or a spike in the runs done
    done_week_m: float  # run in the week the plan begins in, before it begins; races apart
    done_week_days: int

    def skeleton(self, runs: int) -> Skeleton:
        return skeleton(self.available, self.long_day, runs, self.gap_days)

    def is_too_soon(self, day: date) -> bool:
        """Whether a hard day would follow too closely on what was done: 48 or 72 hours, four days after a race."""
        after_hard = any(0 < (day - hard).days < self.gap_days for hard in self.hard_days)
        return after_hard or any(0 < (day - race).days <= _RACE_EASY_DAYS for race in self.race_days)

    def volume_m(self, step: int) -> float:
        """The wanted volume of the n-th loaded week."""
        return max(self.start_m, min(self.peak_m, self.start_m * (1 + self.growth) ** step))

    def long_m(self, step: int) -> float:
        """The wanted long run of the n-th loaded week."""
        return min(self.long_peak_m, self.long_start_m * (1 + self.long_growth) ** step)


def chart(
    athlete: Athlete, profile: Profile, goal: Goal, done: Sequence[DoneRun], *, effective_date: date
) -> tuple[Course, RunLog]:
    """The course of a plan and the log of the runs it starts from."""
    level = level_of(profile)
    masters = is_masters(athlete, effective_date)
    rules = GOALS.get(goal.kind)
    race_date = goal.race_date if rules else None
    in_a_row = loaded_in_a_row(level, masters=masters)
    season = lay_out(effective_date, race_date, rules, in_a_row=in_a_row)
    log = run_log(profile, done)
    reference = log.longest_before(effective_date)
    book = pace_book(athlete, profile, level)
    gone = days_since_last_run(profile, done, effective_date)
    return_days = 0 if gone is None or gone < RETURN_DAYS or reference is None else gone
    start_m = _start_m(profile, return_days)
    runs = run_days_wanted(athlete, profile, level)
    steps = sum(frame.kind is WeekKind.LOADED for frame in season.frames)
    peak_m = _peak_volume_m(rules, profile, start_m, steps)
    growth = _growth(start_m, peak_m, steps - 1)
    has_walks = rules is not None and LONG_TIME_MAX_S / book.easy_s_per_km * 1000 < rules.long_floor_m
    time_m = _long_max_m(book, walks=has_walks)
    if rules is None:
        time_m = min(time_m, GENERAL_LONG_TIME_MAX_S / book.easy_s_per_km * 1000)
    long_peak_m = _peak_long_m(rules, start_m * (1 + growth) ** steps, runs, time_m)
    long_start_m = min(reference or log.first_run_m, long_peak_m)
    monday = effective_date - timedelta(days=effective_date.weekday())
    this_week = [r for r in done if monday <= r.run_date < effective_date]
    course = Course(
        level=level,
        is_masters=masters,
        rules=rules,
        season=season,
        effective_date=effective_date,
        book=book,
        available=available_days(athlete),
        long_day=long_day_of(athlete),
        gap_days=HARD_GAP_DAYS_MASTERS if masters else HARD_GAP_DAYS,
        runs_wanted=runs,
        from_nothing=reference is None,
        return_days=return_days,
        start_m=start_m,
        first_cap_m=max(FLOOR_M, start_m if return_days else (1 + WEEKLY_GROWTH) * usual_week_m(profile)),
        growth=growth,
        peak_m=peak_m,
        long_start_m=long_start_m,
        long_growth=_growth(long_start_m, long_peak_m, steps - 2),
        long_peak_m=long_peak_m,
        long_has_walks=has_walks,
        recent_weeks_m=_recent_weeks_m(profile, done, effective_date),
        long_max_m=_long_max_m(book, walks=has_walks),
        easy_max_m=_EASY_TIME_MAX_S / book.easy_s_per_km * 1000,
        hard_days=frozenset(r.run_date for r in done if r.is_quality or r.run_type in _HARD_RUNS),
        race_days=frozenset(r.run_date for r in done if r.run_type == "race"),
        easy_before=_easy_before(profile, log, done, effective_date, return_days),
        done_week_m=_done_week_m(profile, this_week, monday),
        done_week_days=len({r.run_date for r in this_week}),
    )
    return course, log


def _recent_weeks_m(profile: Profile, done: Sequence[DoneRun], effective_date: date) -> tuple[float, ...]:
    """The weeks to measure growth against; the current one too when the plan begins after it (on a run Sunday)."""
    recent = recent_weeks_m(profile)
    current = profile.as_of_date - timedelta(days=profile.as_of_date.weekday())
    if effective_date < current + timedelta(days=7):
        return recent
    week = [r.distance_m for r in done if 0 <= (r.run_date - current).days < 7 and r.run_type != "race"]
    return (*recent, max(profile.current_week_distance_m, sum(week)))[-4:]


def _done_week_m(profile: Profile, this_week: Sequence[DoneRun], monday: date) -> float:
    """The runs of this week, or the profile's word where single runs are unknown."""
    known_m = sum(r.distance_m for r in this_week if r.run_type != "race")
    is_current = monday <= profile.as_of_date < monday + timedelta(days=7)
    return profile.current_week_distance_m if is_current and not this_week else known_m


def _start_m(profile: Profile, return_days: int) -> float:
    """The volume to start from: the usual week of now, after days off a share of what was usual before them."""
    weeks = profile.weekly_distances_m[-4:]
    start_m = min(usual_week_m(profile), max(weeks, default=0.0))
    share = next((share for days, share in RETURN_SHARES if return_days >= days), None)
    if share is not None:
        before_m = share * usual_before_break_m(profile)
        start_m = before_m if break_started(profile) is not None else min(start_m, before_m)
    return max(FLOOR_M, start_m)


def _peak_volume_m(rules: GoalRules | None, profile: Profile, start_m: float, steps: int) -> float:
    """The largest week to aim at; what was usual before a break may be reached again."""
    base_m = max(start_m, usual_before_break_m(profile))
    if rules is None:
        return max(_GROWTH_GENERAL * base_m, min(_GENERAL_LEAST_M, _GROWTH_GENERAL_LOW * start_m))
    least = _GROWTH_MIN_HIGH_VOLUME if base_m >= _HIGH_VOLUME_M else _GROWTH_MIN
    most_m = max(_GROWTH_MAX, _GROWTH_MAX_PER_STEP**steps) * base_m
    wanted_m = min(rules.long_ideal_m / LONG_SHARE_MAX * _FLOOR_MARGIN, most_m)
    return max(wanted_m, rules.long_floor_m / LONG_SHARE_MAX * _FLOOR_MARGIN, least * base_m)


def _growth(start: float, peak: float, steps: int) -> float:
    """Growth per loaded week that arrives on time, never above the cap."""
    if peak <= start + EPSILON or start <= 0:
        return 0.0
    return min(WEEKLY_GROWTH, float((peak / start) ** (1 / max(1, steps))) - 1)


def _peak_long_m(rules: GoalRules | None, volume_m: float, runs: int, time_m: float) -> float:
    if rules is None:
        return min(LONG_SHARE_WANTED * volume_m if runs >= 4 else LONG_SHARE_MAX * volume_m, time_m)
    wanted = max(rules.long_ideal_m, LONG_SHARE_WANTED * volume_m)
    return min(wanted, LONG_SHARE_MAX * volume_m, rules.long_ceiling_m, time_m)


def _long_max_m(book: PaceBook, *, walks: bool) -> float:
    """How far the athlete gets within the cap on time of any run, a rounding step spared."""
    if walks:
        return (LONG_TIME_MAX_RUN_WALK_S - LONG_WALK_S) / run_walk_pace(book.easy_s_per_km) * 1000
    return LONG_TIME_MAX_S / book.easy_s_per_km * 1000


def run_walk_pace(easy_s_per_km: float) -> float:
    """The overall pace of a long run with a minute's walk after every ten minutes."""
    km = LONG_RUN_S / easy_s_per_km + LONG_WALK_S / WALK_S_PER_KM
    return (LONG_RUN_S + LONG_WALK_S) / km


def _easy_before(
    profile: Profile, log: RunLog, done: Sequence[DoneRun], effective_date: date, return_days: int
) -> date:
    """The first day that may hold quality."""
    days = [effective_date]
    run_so_far = (profile.running_months or 0.0) * _DAYS_PER_MONTH
    if run_so_far < NEW_RUNNER_DAYS:
        days.append(effective_date + timedelta(days=round(NEW_RUNNER_DAYS - run_so_far)))
    if return_days or log.longest_before(effective_date) is None:
        days.append(effective_date + timedelta(days=14 - effective_date.weekday()))
    for run in done:
        reference = log.longest_before(run.run_date)
        if reference is not None and run.distance_m > SPIKE_RATIO * reference + EPSILON:
            days.append(run.run_date + timedelta(days=RECORD_EVERY_DAYS + 1))
        if run.run_type == "race":
            days.append(run.run_date + timedelta(days=_RACE_EASY_DAYS + 1))
    return max(days)
