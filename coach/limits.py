"""The numbers of the training rules, each with where it comes from, for the planner and its judges alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log

from coach.fitness import FIVE_K_M, HALF_M, MARATHON_M, TEN_K_M
from coach.model import Athlete, GoalKind, Level, Profile

EPSILON = 1e-6

# Weekly volume. The 10 % step is a convention kept for safety; no trial shows a threshold (Buist 2008, Damsted 2019).
WEEKLY_GROWTH = 0.10
CUTBACK_OF_LOADED = 0.76
CUTBACK_LOADED_MAX = 0.80
LOADED_WEEKS_IN_A_ROW = 3
LOADED_WEEKS_IN_A_ROW_CAUTIOUS = 2

# One session against the longest of 30 days: > 10 % further raised the injury rate by 64 % (Schuster Brandt Frandsen,
# BJSM 2025;59:1203-1210, 5205 runners). One record in seven days is our reading of the authors' caveat.
SPIKE_RATIO = 1.10
SPIKE_WINDOW_DAYS = 30
RECORD_EVERY_DAYS = 7

# Long run: share of the week (hard, and wanted from five run days), and Daniels' cap on time.
LONG_SHARE_MAX = 0.35
LONG_SHARE_WANTED = 0.30
LONG_TIME_MAX_S = 150 * 60
LONG_TIME_MAX_RUN_WALK_S = 180 * 60
GENERAL_LONG_TIME_MAX_S = 75 * 60

# Volume after days without a run, as a share of the usual, the longest first (Daniels' time-off advice; the steps are ours).
RETURN_SHARES = ((22, 0.50), (10, 0.70), (6, 0.80))

# No crumbs (our convention): a shorter run trains nothing and is not prescribed, and an adjustment that would leave less of
# a session than this replaces it.
RUN_MIN_S = 20 * 60
RUN_WALK_MIN_S = 15 * 60
KEPT_SHARE_MIN = 0.60

# From nothing: three run-walk outings of at most 3 km (the first session after 30 days without a run).
FIRST_RUN_M = 3000.0
FIRST_WEEK_RUNS = 3
FIRST_RUN_OF_LONGEST_90D = 0.5

# Hard days: 48 h apart, 72 h from 50 (masters recover slower; the evidence is thin).
HARD_GAP_DAYS = 2
HARD_GAP_DAYS_MASTERS = 3
MASTERS_AGE = 50
NEW_RUNNER_DAYS = 42

# A recovery jog: this much slower than the slow end of easy is easy still.
SLOWER_THAN_EASY = 1.15

# Weeks beyond this many before the race are general training first.
SPECIFIC_WEEKS_MAX = 24
GENERAL_PLAN_WEEKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRules:
    """What a race distance asks for. Long runs in metres; phases in weeks at the minimum length."""

    distance_m: float
    name: str
    min_weeks: int
    base_weeks: int
    build_weeks: int
    peak_weeks: int
    taper: tuple[float, ...]  # share of the peak week per seven-day block, ending on race day
    long_ideal_m: float
    long_floor_m: float
    long_ceiling_m: float
    base_long_target_m: float  # the minimum longest run is this shrunk by the growth a plan of its length allows
    base_weekly_m: float
    base_months: float
    race_ratio_warn: float

    @property
    def taper_weeks(self) -> int:
        return len(self.taper)


# Minimum lengths, tapers (Bosquet 2007, Smyth & Lawlor 2021) and bases; the long ceilings are ours, for high volume.
GOALS: dict[GoalKind, GoalRules] = {
    GoalKind.FIVE_K: GoalRules(
        distance_m=FIVE_K_M,
        name="5 km",
        min_weeks=6,
        base_weeks=2,
        build_weeks=2,
        peak_weeks=1,
        taper=(0.60,),
        long_ideal_m=4000,
        long_floor_m=3000,
        long_ceiling_m=16000,
        base_long_target_m=0,
        base_weekly_m=0,
        base_months=0,
        race_ratio_warn=1.3,
    ),
    GoalKind.TEN_K: GoalRules(
        distance_m=TEN_K_M,
        name="10 km",
        min_weeks=8,
        base_weeks=2,
        build_weeks=3,
        peak_weeks=2,
        taper=(0.60,),
        long_ideal_m=8000,
        long_floor_m=6000,
        long_ceiling_m=18000,
        base_long_target_m=8000,
        base_weekly_m=12000,
        base_months=1.4,
        race_ratio_warn=1.3,
    ),
    GoalKind.HALF: GoalRules(
        distance_m=HALF_M,
        name="half marathon",
        min_weeks=12,
        base_weeks=3,
        build_weeks=4,
        peak_weeks=3,
        taper=(0.65, 0.40),
        long_ideal_m=16000,
        long_floor_m=11000,
        long_ceiling_m=22000,
        base_long_target_m=16000,
        base_weekly_m=15000,
        base_months=3,
        race_ratio_warn=1.3,
    ),
    GoalKind.MARATHON: GoalRules(
        distance_m=MARATHON_M,
        name="marathon",
        min_weeks=16,
        base_weeks=4,
        build_weeks=5,
        peak_weeks=4,
        taper=(0.80, 0.60, 0.40),
        long_ideal_m=28000,
        long_floor_m=20000,
        long_ceiling_m=32000,
        base_long_target_m=26000,
        base_weekly_m=25000,
        base_months=12,
        race_ratio_warn=2.0,
    ),
}

# Levels by months of regular running, mean of eight weeks, and a race in 18 months.
_BEGINNER_MONTHS = 6
_BEGINNER_WEEKLY_M = 20000
_ADVANCED_MONTHS = 24
_ADVANCED_WEEKLY_M = 60000


def level_of(profile: Profile) -> Level:
    """How experienced the athlete is; what is unknown counts as beginner."""
    months, weeks = profile.running_months, profile.weekly_distances_m
    weekly_m = sum(weeks) / len(weeks) if weeks else 0.0
    if months is None or months < _BEGINNER_MONTHS or weekly_m < _BEGINNER_WEEKLY_M:
        return Level.BEGINNER
    if months >= _ADVANCED_MONTHS and weekly_m >= _ADVANCED_WEEKLY_M and profile.races_18m > 0:
        return Level.ADVANCED
    return Level.INTERMEDIATE


def is_masters(athlete: Athlete, today: date) -> bool:
    return athlete.birth_year is not None and today.year - athlete.birth_year >= MASTERS_AGE


def loaded_in_a_row(level: Level, *, masters: bool) -> int:
    """How many weeks may follow each other without a cutback."""
    cautious = masters or level is Level.BEGINNER
    return LOADED_WEEKS_IN_A_ROW_CAUTIOUS if cautious else LOADED_WEEKS_IN_A_ROW


def weeks_needed(current: float, target: float, *, growth: float = WEEKLY_GROWTH, in_a_row: int = 3) -> int:
    """Weeks to grow from `current` to `target` when every block of `in_a_row` loaded weeks ends in a cutback."""
    if current >= target - EPSILON:
        return 0
    steps = ceil(log(target / current) / log(1 + growth) - EPSILON)
    return steps + (steps - 1) // in_a_row


def growth_steps(weeks: int, *, in_a_row: int = 3) -> int:
    """How many of `weeks` are loaded when every `in_a_row` of them are followed by a cutback."""
    return weeks - weeks // (in_a_row + 1)


def floor_step(distance_m: float) -> int:
    """A planned distance, floored: steps of 0.1 km below 5 km, of 0.5 km above."""
    step = 100 if distance_m < 5000 - EPSILON else 500
    return step * floor(distance_m / step + EPSILON)


def next_step(distance_m: int) -> int:
    """The next longer planned distance."""
    return distance_m + (100 if distance_m < 5000 else 500)


def previous_step(distance_m: int) -> int:
    """The next shorter planned distance."""
    return max(0, distance_m - (100 if distance_m <= 5000 else 500))
