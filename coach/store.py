"""What the coach writes down in the ledger: athletes, goals, plan revisions, decisions. Appended only, until erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import orjson

from coach.codec import decode, encode
from coach.model import Adjustment, Athlete, Goal, Plan, Target, Workout, WorkoutType

ACTIVE = "active"
ARCHIVED = "archived"
# The one field of a decision's snapshot after its data was erased.
ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A revision of a plan as it was appended."""

    plan: Plan
    revision: int
    made_at: datetime
    author: str = ""
    reason: str = ""
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A decision with everything it rested on."""

    kind: str
    day: date
    revision: int
    decided_at: datetime
    fingerprint: str
    snapshot: dict[str, Any]

    @property
    def is_erased(self) -> bool:
        """Whether what it rested on was erased; then the snapshot says only when and which source."""
        return ERASED in self.snapshot


def encode_plan(plan: Plan) -> dict[str, Any]:
    """A plan as JSON values."""
    encoded: dict[str, Any] = encode(plan)
    return encoded


def decode_plan(obj: Mapping[str, Any]) -> Plan:
    """The plan that `encode_plan` wrote."""
    return decode(Plan, obj)


def append_revision(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    *,
    author: str,
    reason: str,
    adjustments: Sequence[Adjustment] = (),
    made_at: datetime,
) -> int:
    """The number of the new revision, written with its workouts; a plan's first revision becomes the one active plan."""
    key = [plan.athlete_id, plan.plan_id]
    with _transaction(con):
        row = con.execute(
            "select coalesce(max(revision), 0) from coach.plan_revisions where athlete_id = ? and plan_id = ?", key
        ).fetchone()
        revision = 1 + (int(row[0]) if row else 0)
        con.execute(
            "insert into coach.plan_revisions values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *key,
                revision,
                made_at,
                plan.effective_date,
                author,
                reason,
                _dumps(encode_plan(plan)),
                _dumps(encode(tuple(adjustments))),
            ],
        )
        _append_workouts(con, plan, revision, made_at)
        if revision == 1:
            _activate(con, plan.athlete_id, plan.plan_id, said_at=made_at)
    return revision


def active_plan(con: duckdb.DuckDBPyConnection, athlete_id: str, *, as_of: datetime | None = None) -> StoredPlan | None:
    """The newest revision of the active plan, as it stood at an instant; None without one."""
    row = con.execute(
        """
        with known as (
            select plan_id, arg_max(state, said_at) as state, max(said_at) as said_at
            from coach.plan_states
            where athlete_id = $athlete_id and ($as_of is null or said_at <= $as_of)
            group by plan_id
        )
        select revisions.plan_id, max(revisions.revision)
        from coach.plan_revisions as revisions
        inner join known on revisions.plan_id = known.plan_id
        where revisions.athlete_id = $athlete_id and known.state = 'active'
            and ($as_of is null or revisions.made_at <= $as_of)
        group by revisions.plan_id, known.said_at
        order by known.said_at desc, revisions.plan_id
        limit 1
        """,
        {"athlete_id": athlete_id, "as_of": as_of},
    ).fetchone()
    return None if row is None else plan_at_revision(con, athlete_id, str(row[0]), int(row[1]))


def newest_revision(
    con: duckdb.DuckDBPyConnection, stored: StoredPlan, *, not_by: str, not_for: str | None = None
) -> StoredPlan | None:
    """This revision or the newest before it that `not_by` did not make; where `not_for` is given, not for that reason."""
    plan = stored.plan
    row = con.execute(
        """
        select max(revision) from coach.plan_revisions
        where athlete_id = ? and plan_id = ? and revision <= ? and not (author = ? and reason = coalesce(?, reason))
        """,
        [plan.athlete_id, plan.plan_id, stored.revision, not_by, not_for],
    ).fetchone()
    if row is None or row[0] is None:
        return None
    is_this = row[0] == stored.revision
    return stored if is_this else plan_at_revision(con, plan.athlete_id, plan.plan_id, int(row[0]))


def plan_at_revision(con: duckdb.DuckDBPyConnection, athlete_id: str, plan_id: str, revision: int) -> StoredPlan | None:
    """One revision of a plan."""
    row = con.execute(
        """
        select plan::text, revision, made_at::timestamptz, author, reason, adjustments::text from coach.plan_revisions
        where athlete_id = ? and plan_id = ? and revision = ?
        """,
        [athlete_id, plan_id, revision],
    ).fetchone()
    if row is None:
        return None
    return StoredPlan(
        plan=decode_plan(orjson.loads(row[0])),
        revision=int(row[1]),
        made_at=row[2],
        author=row[3],
        reason=row[4],
        adjustments=tuple(decode(Adjustment, item) for item in orjson.loads(row[5])),
    )


def set_plan_state(
    con: duckdb.DuckDBPyConnection, athlete_id: str, plan_id: str, state: str, *, said_at: datetime
) -> None:
    """Say that a plan is draft, active, completed or archived; an activated plan archives the one before it."""
    with _transaction(con):
        if state == ACTIVE:
            _activate(con, athlete_id, plan_id, said_at=said_at)
        else:
            con.execute("insert into coach.plan_states values (?, ?, ?, ?)", [athlete_id, plan_id, state, said_at])


def save_goal(
    con: duckdb.DuckDBPyConnection, athlete_id: str, goal: Goal, *, said_at: datetime, state: str = ACTIVE
) -> None:
    """Append what the athlete wants; the latest active goal counts."""
    con.execute(
        "insert into coach.goals values (?, ?, ?, ?, ?)",
        [athlete_id, goal.goal_id, said_at, state, _dumps(encode(goal))],
    )


def active_goal(con: duckdb.DuckDBPyConnection, athlete_id: str) -> Goal | None:
    """The goal said last that is still active."""
    row = con.execute(
        """
        select goal::text from coach.goals where athlete_id = ?
        qualify row_number() over (partition by goal_id order by said_at desc) = 1 and state = 'active'
        order by said_at desc, goal_id limit 1
        """,
        [athlete_id],
    ).fetchone()
    return None if row is None else decode(Goal, orjson.loads(row[0]))


def save_athlete(con: duckdb.DuckDBPyConnection, athlete: Athlete, *, said_at: datetime) -> Athlete:
    """All that is known of the athlete now: what is unknown here keeps what was said before."""
    before = read_athlete(con, athlete.athlete_id)
    facts: dict[str, Any] = encode(athlete)
    if before is not None:
        earlier: dict[str, Any] = encode(before)
        facts = {name: earlier[name] if value in _UNSAID else value for name, value in facts.items()}
    con.execute("insert into coach.athletes values (?, ?, ?)", [athlete.athlete_id, said_at, _dumps(facts)])
    return decode(Athlete, facts)


def read_athlete(con: duckdb.DuckDBPyConnection, athlete_id: str) -> Athlete | None:
    """What the athlete told us last; None when nothing was said."""
    row = con.execute(
        "select athlete::text from coach.athletes where athlete_id = ? order by said_at desc limit 1", [athlete_id]
    ).fetchone()
    return None if row is None else decode(Athlete, orjson.loads(row[0]))


def append_decision(
    con: duckdb.DuckDBPyConnection,
    *,
    athlete_id: str,
    kind: str,
    day: date,
    fingerprint: str,
    snapshot: Mapping[str, Any],
    decided_at: datetime,
) -> int | None:
    """The number of the new revision of the day's decision; None when it rests on what the last one rested on."""
    with _transaction(con):
        before = read_decision(con, athlete_id, kind, day)
        if before is not None and before.fingerprint == fingerprint:
            return None
        revision = 1 if before is None else before.revision + 1
        con.execute(
            "insert into coach.decisions values (?, ?, ?, ?, ?, ?, ?)",
            [athlete_id, kind, day, revision, decided_at, fingerprint, _dumps(snapshot)],
        )
    return revision


def read_decision(con: duckdb.DuckDBPyConnection, athlete_id: str, kind: str, day: date) -> StoredDecision | None:
    """The latest decision of a kind for a day; None when there is none."""
    return next(iter(read_decisions(con, athlete_id, kind, day)), None)


def read_decisions(con: duckdb.DuckDBPyConnection, athlete_id: str, kind: str, day: date) -> list[StoredDecision]:
    """Every decision of a kind for a day, newest first."""
    rows = con.execute(
        """
        select revision, decided_at::timestamptz, fingerprint, snapshot::text from coach.decisions
        where athlete_id = ? and kind = ? and decision_date = ? order by revision desc
        """,
        [athlete_id, kind, day],
    ).fetchall()
    return [
        StoredDecision(
            kind=kind,
            day=day,
            revision=int(row[0]),
            decided_at=row[1],
            fingerprint=row[2],
            snapshot=orjson.loads(row[3]),
        )
        for row in rows
    ]


def erase_decisions(
    con: duckdb.DuckDBPyConnection, athlete_id: str, *, since: datetime, until: datetime, note: str
) -> list[tuple[str, date]]:
    """Take out of every decision and plan change made in between what it rested on; the kinds and days of those decisions.

    That there was a decision stays, and plans stay as they were agreed to; their evidence goes. Call it in the
    transaction that erases the data.
    """
    named = {"athlete_id": athlete_id, "since": since, "until": until}
    rows = con.execute(
        """
        update coach.decisions
        set snapshot = $snapshot, fingerprint = 'erased'
        where athlete_id = $athlete_id and decided_at >= $since and decided_at <= $until and fingerprint <> 'erased'
        returning kind, decision_date
        """,
        {**named, "snapshot": _dumps({ERASED: note})},
    ).fetchall()
    con.execute(
        """
        update coach.plan_revisions
        set adjustments = '[]'
        where athlete_id = $athlete_id and made_at >= $since and made_at <= $until
        """,
        named,
    )
    return sorted({(kind, day) for kind, day in rows})


def recent_adjustments(
    con: duckdb.DuckDBPyConnection, athlete_id: str, *, since: datetime | None = None, limit: int = 100
) -> tuple[Adjustment, ...]:
    """What revisions of the active plan changed and why, newest first; a change made again stands once."""
    active = active_plan(con, athlete_id)
    if active is None:
        return ()
    rows = con.execute(
        """
        select adjustments::text from coach.plan_revisions
        where athlete_id = $athlete_id and plan_id = $plan_id and ($since is null or made_at >= $since)
        order by revision desc limit $limit
        """,
        {"athlete_id": athlete_id, "plan_id": active.plan.plan_id, "since": since, "limit": limit},
    ).fetchall()
    changes: dict[tuple[str, str], Adjustment] = {}
    for row in rows:
        for item in orjson.loads(row[0]):
            change = decode(Adjustment, item)
            # A morning that ran again changed the same workout from the same start: the last word counts.
            changes.setdefault((change.before.workout_id, _dumps(item["before"])), change)
    return tuple(changes.values())


# A field still at one of these was not said; a person cannot unsay a fact by leaving it out.
_UNSAID: tuple[object, ...] = (None, "", [])


def _append_workouts(con: duckdb.DuckDBPyConnection, plan: Plan, revision: int, made_at: datetime) -> None:
    rows = [
        {
            "workout_id": workout.workout_id,
            "workout_date": workout.workout_date.isoformat(),
            "workout_type": workout.workout_type.value,
            "title": workout.title,
            "distance_m": workout.distance_m,
            "duration_s": workout.duration_s,
            "is_quality": workout.is_quality,
            "phase": week.phase.value,
            "week_number": week.week_number,
        }
        for week in plan.weeks
        for workout in week.workouts
    ]
    # One statement for all rows: a hundred single inserts would hold the ledger a hundred times longer.
    con.execute(
        """
        insert into coach.planned_workouts
        select
            ?, ?, ?, r.workout_id, r.workout_date, r.workout_type, r.title, r.distance_m, r.duration_s, r.is_quality,
            r.phase, r.week_number, ?
        from (
            select unnest(from_json(?, '[{"workout_id": "VARCHAR", "workout_date": "DATE", "workout_type": "VARCHAR",
                "title": "VARCHAR", "distance_m": "DOUBLE", "duration_s": "DOUBLE", "is_quality": "BOOLEAN",
                "phase": "VARCHAR", "week_number": "INTEGER"}]')) as r
        )
        """,
        [plan.athlete_id, plan.plan_id, revision, made_at, _dumps(rows)],
    )
    _append_segments(con, plan, revision, made_at)


def _append_segments(con: duckdb.DuckDBPyConnection, plan: Plan, revision: int, made_at: datetime) -> None:
    """The parts of every workout with their targets; one without parts is one part of kind "whole"."""
    rows = [
        {"workout_id": workout.workout_id, "segment_number": number, **part}
        for workout in plan.workouts
        if workout.workout_type is not WorkoutType.REST
        for number, part in enumerate(_parts(workout), start=1)
    ]
    con.execute(
        """
        insert into coach.planned_segments
        select
            ?, ?, ?, r.workout_id, r.segment_number, r.kind, r.intensity, r.distance_m, r.duration_s, r.repeats, r.recovery_s,
            r.recovery_distance_m, r.pace_fast_s_per_km, r.pace_slow_s_per_km, r.heart_rate_low_bpm, r.heart_rate_high_bpm, ?
        from (
            select unnest(from_json(?, '[{"workout_id": "VARCHAR", "segment_number": "INTEGER", "kind": "VARCHAR",
                "intensity": "VARCHAR", "distance_m": "DOUBLE", "duration_s": "DOUBLE", "repeats": "INTEGER",
                "recovery_s": "DOUBLE", "recovery_distance_m": "DOUBLE", "pace_fast_s_per_km": "DOUBLE",
                "pace_slow_s_per_km": "DOUBLE", "heart_rate_low_bpm": "DOUBLE", "heart_rate_high_bpm": "DOUBLE"}]')) as r
        )
        """,
        [plan.athlete_id, plan.plan_id, revision, made_at, _dumps(rows)],
    )


def _parts(workout: Workout) -> list[dict[str, Any]]:
    whole = {"kind": "whole", "intensity": None, "distance_m": workout.distance_m, "duration_s": workout.duration_s}
    parts = [
        {
            "kind": part.kind.value,
            "intensity": part.intensity.value,
            "distance_m": part.distance_m,
            "duration_s": part.duration_s,
            "repeats": part.repeats,
            "recovery_s": part.recovery_s,
            "recovery_distance_m": part.recovery_distance_m,
            **_aim(part.target),
        }
        for part in workout.segments
    ]
    return parts or [{**whole, "repeats": 1, "recovery_s": 0, "recovery_distance_m": 0, **_aim(workout.target)}]


def _aim(target: Target) -> dict[str, float | None]:
    return {
        "pace_fast_s_per_km": target.pace_fast_s_per_km,
        "pace_slow_s_per_km": target.pace_slow_s_per_km,
        "heart_rate_low_bpm": target.heart_rate_low_bpm,
        "heart_rate_high_bpm": target.heart_rate_high_bpm,
    }


def _activate(con: duckdb.DuckDBPyConnection, athlete_id: str, plan_id: str, *, said_at: datetime) -> None:
    con.execute(
        """
        insert into coach.plan_states
        select athlete_id, plan_id, 'archived', $said_at from coach.plan_states
        where athlete_id = $athlete_id and plan_id <> $plan_id
        qualify row_number() over (partition by plan_id order by said_at desc) = 1 and state = 'active'
        """,
        {"athlete_id": athlete_id, "plan_id": plan_id, "said_at": said_at},
    )
    con.execute("insert into coach.plan_states values (?, ?, ?, ?)", [athlete_id, plan_id, ACTIVE, said_at])


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing; inside the caller's transaction, part of that one."""
    try:
        con.begin()
    except duckdb.TransactionException:
        yield
        return
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _dumps(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
