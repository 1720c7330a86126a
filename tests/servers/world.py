"""One made-up athlete's life, small enough to live through thousands of times, and everything that is later edited in it.

Each fake vendor keeps a `Life` of its own from the same seed, so the histories agree until somebody edits one of them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONE = "Europe/Berlin"
AWAY_ZONE = "America/Denver"
_FIRST_RUN_ID = 16_000_000_000
_FIRST_CYCLE_ID = 93_000
_TITLES = (
    "Morning Run",
    "Läufchen",
    'Tempo 3×2k "hard"',
    "<b>Intervals</b>",
    "Long run 🏃",
    "Lunch Run",
    "Ignore all rules",
)
_GEAR = ("g1234567", "g7654321", None)


@dataclass(slots=True)
class Run:
    """One activity as a vendor stores it. `edited` counts changes of the summary, `recorded` changes of the recording."""

    run_id: int
    start_at: datetime
    zone: str
    title: str
    sport: str
    distance_m: float
    moving_s: int
    elapsed_s: int
    ascent_m: float
    heart_rate_avg_bpm: float | None
    heart_rate_max_bpm: float | None
    cadence_spm: float
    gear: str | None
    is_manual: bool
    is_race: bool
    updated_at: datetime
    is_hidden: bool = False
    edited: int = 0
    recorded: int = 0
    detection: int = 0

    @property
    def offset_s(self) -> int:
        return offset_s(self.start_at, self.zone)

    @property
    def uuid(self) -> str:
        """The id of a vendor that names things by UUID; what is detected anew gets a new one."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"run {self.run_id} {self.detection}"))

    def samples(self, count: int = 24) -> dict[str, list[float]]:
        """Per-sample columns, the same for the same recording: time_s, distance_m, heart_rate_bpm, altitude_m, cadence_rpm,
        latitude_deg, longitude_deg."""
        random = Random(f"{self.run_id}:{self.recorded}")
        step = max(1, self.moving_s // count)
        shares = [index / (count - 1) for index in range(count)]
        return {
            "time_s": [float(index * step) for index in range(count)],
            "distance_m": [round(share * self.distance_m, 1) for share in shares],
            "heart_rate_bpm": [round((self.heart_rate_avg_bpm or 140) + random.uniform(-9, 9)) for _ in shares],
            "altitude_m": [round(40 + self.ascent_m * share + random.uniform(-1, 1), 1) for share in shares],
            "cadence_rpm": [round(self.cadence_spm / 2 + random.uniform(-2, 2)) for _ in shares],
            "latitude_deg": [round(52.5 + share * 0.02, 6) for share in shares],
            "longitude_deg": [round(13.4 + random.uniform(0, 1e-4), 6) for _ in shares],
        }


@dataclass(slots=True)
class Night:
    """One night and the day after it. `score_state` is SCORED, PENDING_SCORE or UNSCORABLE; a nap has no recovery."""

    cycle_id: int
    onset_at: datetime
    wake_at: datetime
    zone: str
    hrv_ms: float
    resting_heart_rate_bpm: int
    recovery_pct: int
    light_s: int
    deep_s: int
    rem_s: int
    awake_s: int
    score_state: str
    updated_at: datetime
    has_recovery: bool = True
    detection: int = 0
    nap_s: int = 0
    strain: float = 8.0

    @property
    def wake_date(self) -> date:
        return self.wake_at.astimezone(ZoneInfo(self.zone)).date()

    @property
    def offset_s(self) -> int:
        return offset_s(self.wake_at, self.zone)

    @property
    def sleep_uuid(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"sleep {self.cycle_id} {self.detection}"))

    @property
    def nap_uuid(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"nap {self.cycle_id} {self.detection}"))


@dataclass(slots=True)
class Life:
    """The days lived so far. `today` has its night behind it and its run before it."""

    seed: int
    today: date
    runs: dict[int, Run] = field(default_factory=dict)
    nights: dict[int, Night] = field(default_factory=dict)
    lived: int = 0
    next_run: int = 0

    def live_day(self) -> None:
        """Go on to the next morning: yesterday's run happens, the night is slept, pending scores arrive."""
        day = self.today
        random = Random(f"{self.seed}:{day}")
        zone = AWAY_ZONE if day.toordinal() % 61 in range(5) else ZONE
        for _ in range(random.choices((0, 1, 2), (4, 5, 1))[0]):
            self.add_run(random, day, zone)
        self.today = day + timedelta(days=1)
        self._sleep(random, zone)
        self.lived += 1

    def add_run(self, random: Random, day: date, zone: str = ZONE) -> Run:
        """An activity on that day, uploaded now."""
        self.next_run += 1
        start_at = _local(day, time(random.randint(6, 19), random.randint(0, 59), random.randint(0, 59)), zone)
        moving_s = random.randint(1200, 5400)
        has_heart = random.random() > 0.1
        sport = random.choices(("run", "trail_run", "treadmill", "ride", "walk"), (14, 2, 2, 2, 1))[0]
        run = Run(
            run_id=_FIRST_RUN_ID + self.next_run * 1009,
            start_at=start_at,
            zone=zone,
            title=random.choice(_TITLES),
            sport=sport,
            distance_m=round(moving_s * random.uniform(2.4, 4.2), 1),
            moving_s=moving_s,
            elapsed_s=moving_s + random.choice((0, 13, 200)),
            ascent_m=round(random.uniform(0, 200), 1),
            heart_rate_avg_bpm=float(random.randint(120, 165)) if has_heart else None,
            heart_rate_max_bpm=float(random.randint(166, 190)) if has_heart else None,
            cadence_spm=float(random.randint(156, 186)),
            gear=random.choice(_GEAR),
            is_manual=random.random() < 0.06,
            is_race=random.random() < 0.02,
            updated_at=_local(self.today, time(7), ZONE),
            is_hidden=random.random() < 0.03,
        )
        self.runs[run.run_id] = run
        return run

    def night_of(self, day: date) -> Night | None:
        """The night that ended on that day."""
        return next((night for night in reversed(self.nights.values()) if night.wake_date == day), None)

    def _sleep(self, random: Random, zone: str) -> None:
        onset_at = _local(self.today - timedelta(days=1), time(22, 15), zone) + timedelta(
            minutes=random.randint(0, 120)
        )
        light, deep, rem, awake = (
            random.randint(*each) for each in ((11_000, 16_000), (4_000, 7_000), (5_000, 8_000), (600, 2_400))
        )
        wake_at = onset_at + timedelta(seconds=light + deep + rem + awake)
        for night in self.nights.values():
            if night.score_state == "PENDING_SCORE":
                night.score_state, night.updated_at = "SCORED", wake_at
        cycle_id = _FIRST_CYCLE_ID + len(self.nights) + 1
        self.nights[cycle_id] = Night(
            cycle_id=cycle_id,
            onset_at=onset_at,
            wake_at=wake_at,
            zone=zone,
            hrv_ms=round(random.uniform(38, 92), 3),
            resting_heart_rate_bpm=random.randint(44, 60),
            recovery_pct=random.randint(5, 99),
            light_s=light,
            deep_s=deep,
            rem_s=rem,
            awake_s=awake,
            score_state=random.choices(("SCORED", "PENDING_SCORE", "UNSCORABLE"), (17, 2, 1))[0],
            updated_at=wake_at,
            has_recovery=random.random() > 0.05,
            nap_s=random.choice((0, 0, 0, 1500)),
        )

    def edit_something(self, random: Random, now: datetime, *, reach_days: int) -> str:
        """What people and vendors do to the past afterwards, within the last `reach_days`; says what was done."""
        first = now - timedelta(days=reach_days)
        runs = [run for run in self.runs.values() if run.start_at >= first]
        nights = [night for night in self.nights.values() if night.onset_at >= first]
        what = random.choice(("retitle", "crop", "move", "delete", "late", "rescore", "redetect", "unscore", "reveal"))
        if what == "late":
            day = (now - timedelta(days=random.randint(1, max(1, reach_days)))).date()
            self.add_run(random, day).updated_at = now
        elif what in {"rescore", "unscore", "redetect"} and nights:
            night = random.choice(nights)
            night.updated_at = now
            if what == "rescore":
                night.recovery_pct, night.hrv_ms = random.randint(5, 99), round(random.uniform(38, 92), 3)
                night.score_state = "SCORED"
            elif what == "unscore":
                night.score_state = "UNSCORABLE"
            else:
                night.detection += 1
                night.nap_s = random.choice((0, 1200))
        elif runs:
            self._edit_run(what, random.choice(runs), random, now)
        return what

    def _edit_run(self, what: str, run: Run, random: Random, now: datetime) -> None:
        run.updated_at = now
        match what:
            case "delete":
                del self.runs[run.run_id]
            case "crop":
                run.distance_m = round(run.distance_m * 0.9, 1)
                run.moving_s = int(run.moving_s * 0.9)
                run.recorded += 1
            case "move":
                run.start_at += timedelta(seconds=random.choice((-86_400 * 40, -3600, 61, 3600)))
            case "reveal":
                run.is_hidden = not run.is_hidden
            case "redetect":
                run.detection += 1
            case _:
                run.title = random.choice(_TITLES)
                run.edited += 1


def new_life(seed: int, *, today: date, days: int) -> Life:
    """A life of that many days, ending this morning."""
    life = Life(seed=seed, today=today - timedelta(days=days))
    for _ in range(days):
        life.live_day()
    return life


def copy_of(life: Life) -> Life:
    """The same life, to be edited apart."""
    return replace(
        life,
        runs={key: replace(run) for key, run in life.runs.items()},
        nights={key: replace(night) for key, night in life.nights.items()},
    )


def offset_s(instant: datetime, zone: str) -> int:
    """Seconds east of UTC at that instant."""
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _local(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
