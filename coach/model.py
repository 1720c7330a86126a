"""The values the coach thinks in. All frozen; distances in metres, durations in seconds, paces in s/km, heart rates in bpm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class GoalKind(StrEnum):
    FIVE_K = "5k"
    TEN_K = "10k"
    HALF = "half"
    MARATHON = "marathon"
    GENERAL = "general"


class Level(StrEnum):
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Phase(StrEnum):
    BASE = "base"
    BUILD = "build"
    PEAK = "peak"
    TAPER = "taper"
    GENERAL = "general"


class WeekKind(StrEnum):
    LOADED = "loaded"
    CUTBACK = "cutback"
    TAPER = "taper"
    RACE = "race"
    PARTIAL = "partial"
    RETURN = "return"


class WorkoutType(StrEnum):
    REST = "rest"
    RECOVERY = "recovery"
    EASY = "easy"
    LONG = "long"
    TEMPO = "tempo"
    INTERVALS = "intervals"
    REPETITIONS = "repetitions"
    HILLS = "hills"
    FARTLEK = "fartlek"
    RACE_PACE = "race_pace"
    RUN_WALK = "run_walk"
    CROSS = "cross"
    RACE = "race"


class Intensity(StrEnum):
    """Daniels' training intensities; S is strides (short, relaxed, fast), W is walking."""

    EASY = "E"
    MARATHON = "M"
    THRESHOLD = "T"
    INTERVAL = "I"
    REPETITION = "R"
    STRIDES = "S"
    WALK = "W"


class SegmentKind(StrEnum):
    WARM_UP = "warm_up"
    STEADY = "steady"
    WORK = "work"
    COOL_DOWN = "cool_down"


class ReadinessState(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    NEUTRAL = "neutral"


class Call(StrEnum):
    """The day's one-word answer."""

    GO = "go"
    EASE = "ease"
    SWAP = "swap"
    REST = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How hard: a pace range (fast, slow), a heart-rate range, an effort 1-10 and words for it. Unknown parts are None."""

    pace_fast_s_per_km: float | None = None
    pace_slow_s_per_km: float | None = None
    heart_rate_low_bpm: float | None = None
    heart_rate_high_bpm: float | None = None
    rpe: int | None = None
    effort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One step of a session, done `repeats` times; distance and duration are of one repeat, recovery follows each repeat."""

    kind: SegmentKind
    intensity: Intensity
    distance_m: float
    duration_s: float
    repeats: int = 1
    recovery_s: float = 0.0
    recovery_distance_m: float = 0.0
    target: Target = Target()

    @property
    def total_distance_m(self) -> float:
        return self.repeats * (self.distance_m + self.recovery_distance_m)

    @property
    def total_duration_s(self) -> float:
        return self.repeats * (self.duration_s + self.recovery_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workout:
    """One planned day. `distance_max_m` is how far a green day may extend it (equal to distance_m when it may not)."""

    workout_id: str
    workout_date: date
    workout_type: WorkoutType
    title: str
    purpose: str
    distance_m: float
    duration_s: float
    is_quality: bool
    segments: tuple[Segment, ...] = ()
    target: Target = Target()
    distance_max_m: float = 0.0
    easier_option: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWeek:
    """Seven days from `week_start_date` (fewer in a partial first or last week); `note` says why it looks so."""

    week_number: int
    week_start_date: date
    phase: Phase
    phase_week: int
    kind: WeekKind
    note: str
    workouts: tuple[Workout, ...]

    @property
    def distance_m(self) -> float:
        """Planned running without the race (the race is not training volume)."""
        return sum(w.distance_m for w in self.workouts if w.workout_type not in (WorkoutType.RACE, WorkoutType.CROSS))

    @property
    def duration_s(self) -> float:
        return sum(w.duration_s for w in self.workouts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    goal_id: str
    kind: GoalKind
    race_date: date | None = None
    race_name: str = ""
    target_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Athlete:
    """What the athlete told us. Everything but the id may be unknown. Weekdays are 0 = Monday … 6 = Sunday."""

    athlete_id: str
    name: str = ""
    birth_year: int | None = None
    sex: str | None = None
    weight_kg: float | None = None
    max_heart_rate_bpm: float | None = None
    resting_heart_rate_bpm: float | None = None
    threshold_heart_rate_bpm: float | None = None
    time_zone: str = "UTC"
    units: str = "metric"
    email: str = ""
    days_per_week: int | None = None
    run_days: tuple[int, ...] = ()
    long_run_day: int = 6
    injury_flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One fact a decision rests on: `metric` names a mart column or a rule, `text` says it in words."""

    metric: str
    text: str
    value: float | str | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One row of `marts.athlete_profile`. None is unknown, never zero."""

    athlete_id: str
    as_of_date: date
    weekly_distances_m: tuple[
        float, ...
    ] = ()  # the last eight closed known weeks, oldest first; one without runs is 0.0
    weekly_start_dates: tuple[date, ...] = ()  # their first days
    current_week_distance_m: float = 0.0
    runs_per_week: float | None = None
    longest_run_30d_m: float | None = None
    longest_run_90d_m: float | None = None
    last_run_date: date | None = None
    running_months: float | None = None
    races_18m: int = 0
    easy_pace_s_per_km: float | None = None
    max_heart_rate_bpm: float | None = None
    max_heart_rate_confidence: str = "low"
    resting_heart_rate_bpm: float | None = None
    race_fitness: float | None = None
    race_fitness_date: date | None = None
    race_fitness_source: str = ""
    median_daily_moving_s: float | None = None
    confidence: str = "low"
    race_fitness_distance_m: float | None = None
    race_fitness_time_s: float | None = None
    other_race_distance_m: float | None = None
    other_race_time_s: float | None = None
    training_pace_s_per_km: float | None = None
    critical_speed_m_per_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPaces:
    """Seconds per kilometre for one race fitness. Order: easy_slow > easy_fast > marathon > threshold > interval > repetition."""

    race_fitness: float
    easy_slow: float
    easy_fast: float
    marathon: float
    threshold: float
    interval: float
    repetition: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A race time with its honest range, in seconds."""

    distance_m: float
    likely_s: float
    fast_s: float
    slow_s: float
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole plan as one revision of it. `labels` are what the athlete must know: under-prepared, target beyond range, …"""

    plan_id: str
    athlete_id: str
    goal: Goal
    made_on: date
    effective_date: date
    level: Level
    weeks: tuple[PlanWeek, ...]
    paces: TrainingPaces | None = None
    prediction: Prediction | None = None
    labels: tuple[Evidence, ...] = ()

    @property
    def workouts(self) -> Iterator[Workout]:
        return (w for week in self.weeks for w in week.workouts)

    def on(self, day: date) -> Workout | None:
        return next((w for w in self.workouts if w.workout_date == day), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A hard rule broken: which, where, by how much, and what would satisfy it."""

    rule_id: str
    text: str
    week_number: int | None = None
    workout_date: date | None = None
    value: float | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One part of readiness; state `unavailable` is spelled NEUTRAL with value None."""

    name: str
    state: ReadinessState
    text: str
    value: float | None = None
    unit: str = ""
    baseline: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    day: date
    state: ReadinessState
    score: float | None
    signals: tuple[Signal, ...] = ()
    rule: str = ""
    has_source: bool = True  # whether any device ever told of a night; what was never there is not missed
    has_night: bool = True  # whether last night has arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One change to one planned workout, with the rule and the evidence that caused it."""

    before: Workout
    after: Workout
    rule_id: str
    because: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRun:
    """One completed run, as the marts hold it."""

    run_date: date
    distance_m: float
    duration_s: float
    run_type: str = ""
    is_quality: bool = False
