"""The sessions the planner knows: steps of rising work for every kind, and the caps a step must fit into."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from coach.model import GoalKind, Intensity, Phase, WorkoutType


@dataclass(frozen=True, slots=True)
class Step:
    """Repeats of work given by time or by distance, each followed by an easy recovery."""

    repeats: int
    work_s: float = 0.0
    work_m: float = 0.0
    recovery_s: float = 0.0

    def seconds(self, pace_s_per_km: float) -> float:
        """The time of one repeat."""
        return self.work_s or self.work_m * pace_s_per_km / 1000

    def metres(self, pace_s_per_km: float) -> float:
        """The distance of one repeat."""
        return self.work_m or self.work_s / pace_s_per_km * 1000


class Session(StrEnum):
    TEMPO = "tempo"
    INTERVALS = "intervals"
    REPETITIONS = "repetitions"
    HILLS = "hills"
    FARTLEK = "fartlek"
    RACE_PACE = "race_pace"
    LONG_MARATHON = "long_marathon"


# Steps in order of work. The first ones of each list are for weeks below 35 km, where work is capped by minutes.
# Cruise repeats of 5-15 minutes with a minute's rest per five; intervals of 2-5 minutes with rest no longer than the
# work; repetitions of at most two minutes with rest of two to three times the work (Daniels).
STEPS: dict[Session, tuple[Step, ...]] = {
    Session.TEMPO: (
        Step(3, work_s=180, recovery_s=60),
        Step(4, work_s=180, recovery_s=60),
        Step(3, work_s=300, recovery_s=60),
        Step(4, work_s=300, recovery_s=60),
        Step(3, work_s=480, recovery_s=90),
        Step(2, work_s=720, recovery_s=150),
        Step(1, work_s=1200),
        Step(3, work_s=600, recovery_s=120),
        Step(2, work_s=900, recovery_s=180),
        Step(4, work_s=480, recovery_s=60),
        Step(1, work_s=1800),
    ),
    Session.INTERVALS: (
        Step(5, work_s=60, recovery_s=60),
        Step(6, work_s=60, recovery_s=60),
        Step(8, work_s=60, recovery_s=60),
        Step(5, work_s=120, recovery_s=120),
        Step(6, work_s=120, recovery_s=120),
        Step(5, work_s=180, recovery_s=150),
        Step(4, work_s=240, recovery_s=180),
        Step(6, work_s=180, recovery_s=150),
        Step(5, work_s=240, recovery_s=180),
        Step(5, work_m=1000, recovery_s=180),
    ),
    Session.REPETITIONS: (
        Step(4, work_m=200, recovery_s=120),
        Step(6, work_m=200, recovery_s=120),
        Step(8, work_m=200, recovery_s=120),
        Step(6, work_m=300, recovery_s=180),
        Step(8, work_m=300, recovery_s=180),
        Step(6, work_m=400, recovery_s=240),
        Step(8, work_m=400, recovery_s=240),
    ),
    Session.HILLS: (
        Step(6, work_s=45, recovery_s=90),
        Step(8, work_s=60, recovery_s=120),
        Step(10, work_s=60, recovery_s=120),
    ),
    Session.FARTLEK: (
        Step(6, work_s=60, recovery_s=60),
        Step(8, work_s=60, recovery_s=60),
        Step(10, work_s=60, recovery_s=60),
        Step(6, work_s=120, recovery_s=120),
    ),
    Session.RACE_PACE: (
        Step(2, work_m=1000, recovery_s=120),
        Step(3, work_m=1000, recovery_s=120),
        Step(2, work_m=2000, recovery_s=150),
        Step(2, work_m=3000, recovery_s=180),
        Step(3, work_m=2000, recovery_s=120),
        Step(1, work_m=8000),
        Step(3, work_m=3000, recovery_s=180),
        Step(2, work_m=5000, recovery_s=180),
    ),
    Session.LONG_MARATHON: (
        Step(2, work_m=2000, recovery_s=180),
        Step(2, work_m=3000, recovery_s=180),
        Step(1, work_m=8000),
        Step(1, work_m=10000),
        Step(2, work_m=6000, recovery_s=180),
        Step(1, work_m=12000),
        Step(1, work_m=16000),
    ),
}

INTENSITY: dict[Session, Intensity] = {
    Session.TEMPO: Intensity.THRESHOLD,
    Session.INTERVALS: Intensity.INTERVAL,
    Session.REPETITIONS: Intensity.REPETITION,
    Session.HILLS: Intensity.INTERVAL,
    Session.FARTLEK: Intensity.INTERVAL,
    Session.RACE_PACE: Intensity.MARATHON,
    Session.LONG_MARATHON: Intensity.MARATHON,
}
WORKOUT_TYPE: dict[Session, WorkoutType] = {
    Session.TEMPO: WorkoutType.TEMPO,
    Session.INTERVALS: WorkoutType.INTERVALS,
    Session.REPETITIONS: WorkoutType.REPETITIONS,
    Session.HILLS: WorkoutType.HILLS,
    Session.FARTLEK: WorkoutType.FARTLEK,
    Session.RACE_PACE: WorkoutType.RACE_PACE,
    Session.LONG_MARATHON: WorkoutType.LONG,
}

# Work per session as a share of the week, and at most so many metres or seconds (Daniels' Running Formula).
_SHARES = {Intensity.THRESHOLD: 0.10, Intensity.INTERVAL: 0.08, Intensity.REPETITION: 0.05}
_METRES = {Intensity.INTERVAL: 10000.0, Intensity.REPETITION: 8000.0, Intensity.MARATHON: 29000.0}
_SECONDS = {Intensity.MARATHON: 110 * 60.0}
# Below 35 km a week shares of distance leave nothing; minutes of work cap instead.
LOW_VOLUME_M = 35000
_LOW_VOLUME_SECONDS = {
    Intensity.THRESHOLD: 12 * 60.0,
    Intensity.INTERVAL: 8 * 60.0,
    Intensity.REPETITION: 4 * 60.0,
    Intensity.MARATHON: 15 * 60.0,
}
# Race-pace work outside the long run: a fifth of the week (our choice; no published cap for half-marathon pace).
RACE_PACE_SHARE = 0.20
_REPETITION_MAX_S = 120
_MASTERS_INTERVAL_SHARE = 0.8


def fits(step: Step, session: Session, *, weekly_m: float, pace_s_per_km: float, masters: bool) -> bool:
    """Whether a step keeps the caps on one session's work in a week of this volume."""
    intensity = INTENSITY[session]
    # As planned: segments are whole seconds and metres, and a hair above a cap is above it.
    each_s, each_m = round(step.seconds(pace_s_per_km)), round(step.metres(pace_s_per_km))
    work_s, work_m = float(step.repeats * each_s), float(step.repeats * each_m)
    if masters and intensity is Intensity.INTERVAL:
        work_s, work_m = work_s / _MASTERS_INTERVAL_SHARE, work_m / _MASTERS_INTERVAL_SHARE
    if intensity is Intensity.REPETITION and each_s > _REPETITION_MAX_S:
        return False
    if work_m > _METRES.get(intensity, work_m) or work_s > _SECONDS.get(intensity, work_s):
        return False
    if weekly_m < LOW_VOLUME_M:
        return work_s <= _LOW_VOLUME_SECONDS[intensity]
    if session is Session.RACE_PACE:
        return work_m <= RACE_PACE_SHARE * weekly_m
    return work_m <= _SHARES.get(intensity, 1.0) * weekly_m


# What each phase works on: the first entry leads, further ones take turns or fill a second quality day.
EMPHASIS: dict[tuple[GoalKind, Phase], tuple[Session, ...]] = {
    (GoalKind.FIVE_K, Phase.BUILD): (Session.INTERVALS, Session.TEMPO, Session.REPETITIONS),
    (GoalKind.TEN_K, Phase.BUILD): (Session.INTERVALS, Session.TEMPO, Session.REPETITIONS),
    (GoalKind.HALF, Phase.BUILD): (Session.TEMPO, Session.INTERVALS),
    (GoalKind.MARATHON, Phase.BUILD): (Session.TEMPO, Session.LONG_MARATHON),
    (GoalKind.FIVE_K, Phase.PEAK): (Session.INTERVALS, Session.REPETITIONS),
    (GoalKind.TEN_K, Phase.PEAK): (Session.TEMPO, Session.INTERVALS),
    (GoalKind.HALF, Phase.PEAK): (Session.RACE_PACE, Session.TEMPO),
    (GoalKind.MARATHON, Phase.PEAK): (Session.LONG_MARATHON, Session.TEMPO),
    (GoalKind.FIVE_K, Phase.TAPER): (Session.INTERVALS,),
    (GoalKind.TEN_K, Phase.TAPER): (Session.TEMPO,),
    (GoalKind.HALF, Phase.TAPER): (Session.RACE_PACE, Session.TEMPO),
    (GoalKind.MARATHON, Phase.TAPER): (Session.TEMPO,),
}
BASE_EARLY = (Session.HILLS, Session.FARTLEK)
BASE_LATER = (Session.TEMPO, Session.HILLS, Session.TEMPO, Session.FARTLEK)
GENERAL_TURNS = (Session.FARTLEK, Session.TEMPO)
BASE_TEMPO_FROM_WEEK = 3
