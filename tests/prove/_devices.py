"""True runs of a made-up athlete over five months, and what each device would record of them.

What a device does is drawn from its own habits, never from what merging is known to bear: clocks are off and drift, starts
and stops are early, late or forgotten, distances carry a device's bias and a run's noise, and two ways of measuring one run
may lie far apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from random import Random
from zoneinfo import ZoneInfo

from tests.builders.warehouse import LedgerBuilder

FIRST_DAY, LAST_DAY = date(2026, 1, 12), date(2026, 6, 7)
# The first day of each zone's other time within these months, and by how much an unset watch is then off.
ZONES = {
    "Europe/Berlin": (date(2026, 3, 29), -3600.0),
    "America/New_York": (date(2026, 3, 8), -3600.0),
    "Australia/Sydney": (date(2026, 4, 5), 3600.0),
    "Asia/Kolkata": (date.max, 0.0),
}
_UNSET_DAYS = 21  # how long the old watch goes on without having its clock set


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueRun:
    """What really happened: one run from its first step to its last."""

    run_id: str
    started_at: datetime
    lasting_s: float
    distance_m: float
    offset_s: int
    is_treadmill: bool = False

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.lasting_s)

    @property
    def local_date(self) -> date:
        return (self.started_at + timedelta(seconds=self.offset_s)).date()


@dataclass(slots=True)
class World:
    """One athlete: outings of one run, or of several with hardly a pause between, and recordings to land."""

    zone: str
    outings: list[tuple[TrueRun, ...]] = field(default_factory=list)
    truth: dict[str, frozenset[str]] = field(default_factory=dict)  # recording to the true runs that it holds
    landings: list[Landing] = field(default_factory=list)

    @property
    def runs(self) -> dict[str, TrueRun]:
        return {run.run_id: run for outing in self.outings for run in outing}


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """One payload as its source sends it."""

    source: str
    entity: str
    key: str
    payload: dict[str, object]


def new_world(seed: str) -> World:
    """An athlete with two to four devices and 40 to 60 runs."""
    random = Random(seed)
    world = World(zone=random.choice(sorted(ZONES)))
    world.outings = sorted(_outings(random, world.zone), key=lambda outing: outing[0].started_at)
    kinds: list[type[Device]] = [Watch, *random.sample([Phone, OldWatch, Strap], random.randint(1, 3))]
    for number, kind in enumerate(kinds):
        kind(world, Random(f"{seed} {number}"), f"{seed}-{number}").record()
    _remember(world, random, seed)
    return world


def land(world: World, ledger: LedgerBuilder, order: Random) -> None:
    """Everything in some order, each thing at an instant of its own."""
    began_at = ledger.landed_at
    for number, each in enumerate(order.sample(world.landings, len(world.landings))):
        ledger.landed_at = began_at + timedelta(seconds=number)
        ledger.land(each.source, each.entity, each.key, each.payload)
    ledger.landed_at = began_at


def _outings(random: Random, zone: str) -> Iterator[tuple[TrueRun, ...]]:
    """Two weeks of commutes that are nearly alike, and on other days runs of every kind, one outing after the other."""
    days = [FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days)]
    monday = random.choice([day for day in days[:-14] if day.weekday() == 0])
    commute_s, commute_m = random.uniform(1300, 1900), random.uniform(4000, 6000)
    commuting = [monday + timedelta(days=number) for number in (0, 1, 2, 3, 4, 7, 8, 9)]
    names = iter(range(10_000))

    def run(day: date, hour: float, lasting_s: float, distance_m: float, **more: bool) -> TrueRun:
        wall = datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(hours=hour, seconds=random.uniform(0, 59))
        offset = wall.utcoffset() or timedelta()
        return TrueRun(
            run_id=f"run {next(names)}",
            started_at=wall.astimezone(UTC),
            lasting_s=lasting_s,
            distance_m=distance_m,
            offset_s=int(offset.total_seconds()),
            **more,
        )

    for day in commuting:
        for hour in (7.6, 17.3):
            noise = random.gauss(1, 0.004)
            yield (run(day, hour + random.uniform(-0.05, 0.05), commute_s * noise, commute_m * noise),)
    for day in random.sample(sorted(set(days) - set(commuting)), random.randint(22, 34)):
        hour, lasting_s = random.uniform(6, 20), random.uniform(1500, 4500)
        speed = random.uniform(2.3, 3.8)
        kind = random.choices(
            ["one", "alike", "anew", "anew twice", "long", "midnight", "treadmill"], [50, 12, 14, 4, 10, 5, 5]
        )[0]
        if kind == "alike":
            hour = random.uniform(6, 9)
            yield (run(day, hour, lasting_s, lasting_s * speed),)
            yield (run(day, hour + random.uniform(3.5, 10), lasting_s * random.gauss(1, 0.002), lasting_s * speed),)
        elif kind.startswith("anew"):
            runs: list[TrueRun] = []
            for _ in range(3 if kind == "anew twice" else 2):
                piece_s = random.uniform(720, 2700)
                runs.append(run(day, hour, piece_s, piece_s * speed * random.uniform(0.92, 1.08)))
                hour += (piece_s + 60 + random.uniform(5, 150)) / 3600
            yield tuple(runs)
        elif kind == "long":
            yield (run(day, random.uniform(6, 14), lasting_s * 2.4, lasting_s * 2.4 * speed),)
        elif kind == "midnight":
            yield (run(day, random.uniform(23.8, 23.98), lasting_s, lasting_s * speed),)
        else:
            yield (run(day, hour, lasting_s, lasting_s * speed, is_treadmill=kind == "treadmill"),)


class Device:
    """Habits of a device; `shift` and `drift` are those of its clock, `bias` that of its distances."""

    worn = 0.9  # share of outings on which it is there
    in_one_piece = 0.7  # how often it runs on where the watch was stopped and started anew
    knows_distance = True

    def __init__(self, world: World, random: Random, name: str) -> None:
        self.world, self.random, self.name = world, random, name
        self.shift_s, self.drift_s_per_day = random.uniform(-3, 3), 0.0
        self.bias, self.noise = random.uniform(0.99, 1.01), 0.007
        self.numbers = iter(range(10_000))

    def record(self) -> None:
        """What it caught of everything."""
        for outing in self.world.outings:
            if self.random.random() > self.worn:
                continue
            if len(outing) > 1 and self.random.random() < self.in_one_piece:
                self.catch(outing)
            else:
                for run in outing:
                    self.catch((run,))

    def catch(self, runs: Sequence[TrueRun]) -> None:
        """One recording of one run, or of several in one piece."""
        begin_s, end_s = self.trim(runs)
        lasting_s = (runs[-1].ended_at - runs[0].started_at).total_seconds()
        begin_s, end_s = min(begin_s, 0.3 * lasting_s), max(end_s, -0.6 * lasting_s)
        share = (lasting_s - max(begin_s, 0) + min(end_s, 0)) / lasting_s
        distance_m = sum(run.distance_m for run in runs) * share * self.bias * self.random.gauss(1, self.noise)
        self.write(
            runs,
            self.clock(runs[0].started_at + timedelta(seconds=begin_s)),
            round(lasting_s - begin_s + end_s),
            round(distance_m, 1),
        )

    def clock(self, at: datetime) -> datetime:
        """What its clock says, to the second."""
        days = (at.date() - FIRST_DAY).days
        return (at + timedelta(seconds=self.shift_s + days * self.drift_s_per_day)).replace(microsecond=0)

    def trim(self, runs: Sequence[TrueRun]) -> tuple[float, float]:
        """Seconds by which it begins late and ends late; negative is early."""
        return self.random.uniform(-3, 10), self.random.uniform(-3, 15)

    def write(self, runs: Sequence[TrueRun], started_at: datetime, lasting_s: float, distance_m: float) -> None:
        """The recording as its source sends it."""
        raise NotImplementedError

    def keep(self, landing: Landing, recording_id: str, runs: Sequence[TrueRun]) -> None:
        self.world.landings.append(landing)
        self.world.truth[recording_id] = frozenset(run.run_id for run in runs)

    def alike(self, run: TrueRun) -> list[TrueRun]:
        """The runs of that day which nobody can tell from this one by their length: itself and, say, the way back."""
        return [
            other
            for outing in self.world.outings
            for other in outing
            if other.local_date == run.local_date
            and abs(other.lasting_s - run.lasting_s) <= 0.03 * run.lasting_s
            and abs(other.distance_m - run.distance_m) <= 0.08 * run.distance_m
        ]

    def write_file(
        self,
        maker: str,
        runs: Sequence[TrueRun],
        started_at: datetime,
        lasting_s: float,
        distance_m: float,
        *,
        file_format: str = "fit",
    ) -> None:
        key = sha256(f"{self.name} {next(self.numbers)}".encode()).hexdigest()
        treadmill = runs[0].is_treadmill
        session = {
            "started_at": started_at.isoformat(),
            "sport": "running",
            "sub_sport": "treadmill" if treadmill else None,
            "distance_m": distance_m * (self.random.uniform(0.85, 1.15) if treadmill else 1),
            "timer_s": round(lasting_s * self.random.choice([1, 1, self.random.uniform(0.88, 1)])),  # auto-pause
            "elapsed_s": lasting_s,
            "heart_rate_avg_bpm": 145,
        }
        payload = {
            "format": file_format, "reader_version": "1", "manufacturer": maker, "utc_offset_s": runs[0].offset_s, "faults": [],
            "sample_count": 0, "sessions": [session], "laps": [], "events": [],
        }  # fmt: skip
        self.keep(Landing(source="file", entity="recording", key=key, payload=payload), f"file:{key[:16]}", runs)


class Watch(Device):
    """A good watch on the wrist, set by satellites: stopped and started anew, it writes a file for each.

    With some an app on the phone starts and stops by the same button; through its points it draws another length.
    """

    worn, in_one_piece = 0.95, 0.0

    def __init__(self, world: World, random: Random, name: str) -> None:
        Device.__init__(self, world, random, name)
        self.has_app = random.random() < 0.5

    def write(self, runs: Sequence[TrueRun], started_at: datetime, lasting_s: float, distance_m: float) -> None:
        self.write_file("garmin", runs, started_at, lasting_s, distance_m)
        if self.has_app and not runs[0].is_treadmill and self.random.random() < 0.6:
            self.write_file(
                "app",
                runs,
                started_at + timedelta(seconds=self.random.randint(-12, 12)),
                lasting_s + self.random.randint(-3, 3),
                round(distance_m * (1 + self.random.choice([-1, 1]) * self.random.uniform(0.06, 0.15)), 1),
                file_format="gpx",
            )


class OldWatch(Device):
    """Its clock is up to a minute off, drifts, and misses the change of the clocks for three weeks."""

    worn = 0.5

    def __init__(self, world: World, random: Random, name: str) -> None:
        Device.__init__(self, world, random, name)
        self.shift_s, self.drift_s_per_day = random.uniform(-60, 60), random.uniform(-0.2, 0.2)

    def clock(self, at: datetime) -> datetime:
        changed, wrong_s = ZONES[self.world.zone]
        local_day = at.astimezone(ZoneInfo(self.world.zone)).date()
        is_unset = changed <= local_day and (local_day - changed).days < _UNSET_DAYS
        return Device.clock(self, at) + timedelta(seconds=wrong_s if is_unset else 0)

    def write(self, runs: Sequence[TrueRun], started_at: datetime, lasting_s: float, distance_m: float) -> None:
        self.write_file("polar", runs, started_at, lasting_s, distance_m)


class Phone(Device):
    """Started late, stopped early, left running, or out of battery; it rounds, and now and then hides the start."""

    worn = 0.7

    def trim(self, runs: Sequence[TrueRun]) -> tuple[float, float]:
        begin_s = self.random.choices([self.random.uniform(0, 45), self.random.uniform(45, 300)], [92, 8])[0]
        lasting_s = (runs[-1].ended_at - runs[0].started_at).total_seconds()
        end_s = self.random.choices(
            [
                self.random.uniform(-20, 30),
                self.random.uniform(300, 1200),  # standing at the door
                -lasting_s * self.random.uniform(0.1, 0.5),  # the battery
            ],
            [92, 4, 4],
        )[0]
        return begin_s, end_s

    def write(self, runs: Sequence[TrueRun], started_at: datetime, lasting_s: float, distance_m: float) -> None:
        if runs[0].is_treadmill:
            return
        key = str(int(sha256(f"{self.name} {next(self.numbers)}".encode()).hexdigest()[:12], 16))
        local = started_at + timedelta(seconds=runs[0].offset_s)
        # Where a start is hidden all else is told as exactly as the watch tells it: it is the same upload.
        hides = len(runs) == 1 and self.random.random() < 0.03
        if hides:
            lasting_s, distance_m = round(runs[0].lasting_s), round(runs[0].distance_m * self.random.gauss(1, 0.005), 1)
            started_at = local = local.replace(hour=0, minute=0, second=1)
        payload = {
            "sport_type": "Run", "distance": round(distance_m, -1), "moving_time": lasting_s, "elapsed_time": lasting_s,
            "start_date": _written(started_at), "start_date_local": _written(local), "utc_offset": runs[0].offset_s,
        }  # fmt: skip
        self.keep(
            Landing(source="strava_api", entity="activity", key=key, payload=payload),
            f"strava_api:{key}",
            self.alike(runs[0]) if hides else runs,
        )


class Strap(Device):
    """It notices a run by itself, knows no distance, and now and then loses touch in the middle."""

    worn, knows_distance = 0.85, False

    def __init__(self, world: World, random: Random, name: str) -> None:
        Device.__init__(self, world, random, name)
        self.shift_s, self.drift_s_per_day = random.uniform(-60, 60), random.uniform(-0.2, 0.2)

    def trim(self, runs: Sequence[TrueRun]) -> tuple[float, float]:
        # Of runs with hardly a pause between it notices the end of each; of a whole outing more late than soon.
        is_whole = len(runs) > 1 or all(len(outing) == 1 for outing in self.world.outings if runs[0] in outing)
        return (
            self.random.uniform(-60, 240 if is_whole else 30),
            self.random.uniform(-60, 480 if is_whole else 20),
        )

    def write(self, runs: Sequence[TrueRun], started_at: datetime, lasting_s: float, distance_m: float) -> None:
        if len(runs) == 1 and lasting_s > 1500 and self.random.random() < 0.03:
            lost_s = self.random.uniform(60, 180)
            first_s = lasting_s * self.random.uniform(0.3, 0.7)
            self._notice(runs, started_at, first_s)
            self._notice(runs, started_at + timedelta(seconds=round(first_s + lost_s)), lasting_s - first_s - lost_s)
        else:
            self._notice(runs, started_at, lasting_s)

    def _notice(self, runs: Sequence[TrueRun], started_at: datetime, lasting_s: float) -> None:
        ended_at = (started_at + timedelta(seconds=lasting_s)).replace(microsecond=0)
        payload = {
            "Activity name": "Running", "Duration (min)": str(round(lasting_s / 60)), "Average HR (bpm)": "146",
            "_started_at": started_at.isoformat(), "_ended_at": ended_at.isoformat(), "_utc_offset_s": runs[0].offset_s,
        }  # fmt: skip
        key = f"{started_at.isoformat()}|Running"
        self.keep(
            Landing(source="whoop_export", entity="workout", key=key, payload=payload),
            f"whoop:{started_at:%Y%m%dT%H%M%S}-running",
            runs,
        )


def _remember(world: World, random: Random, seed: str) -> None:
    """A few runs typed in from memory beside what devices recorded: times to five minutes, distance to half a kilometre."""
    single = [outing[0] for outing in world.outings if len(outing) == 1]
    for number, run in enumerate(random.sample(single, 2)):
        at = datetime.fromtimestamp(round((run.started_at.timestamp() + random.uniform(-240, 240)) / 300) * 300, UTC)
        key = f"run-{sha256(f'{seed} {number}'.encode()).hexdigest()[:6]}"
        payload: dict[str, object] = {
            "started_at": _written(at), "utc_offset_s": run.offset_s, "sport": "run",
            "moving_s": max(600, round(run.lasting_s / 300) * 300), "distance_m": max(500, round(run.distance_m, -3)),
        }  # fmt: skip
        world.landings.append(Landing(source="manual", entity="run", key=key, payload=payload))
        world.truth[f"manual:{key}"] = frozenset({run.run_id})


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
