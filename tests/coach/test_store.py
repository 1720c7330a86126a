"""The ledger keeps every word: plans, goals, facts and decisions are appended and read back unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach import store
from coach.codec import decode, encode
from coach.errors import UnreadablePlan
from coach.model import Adjustment, Athlete, Evidence, GoalKind, Intensity, Segment, SegmentKind, Target, Workout
from tests.builders import coach as build

MIGRATIONS = sorted((Path(__file__).resolve().parents[2] / "flows" / "migrations").glob("*.sql"))
MORNING = datetime(2026, 3, 2, 6, tzinfo=UTC)
LATER = MORNING + timedelta(days=3)


@pytest.fixture
def ledger() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as con:
        for migration in MIGRATIONS:
            con.execute(migration.read_text(encoding="utf-8"))
        yield con


@pytest.mark.parametrize("kind", list(GoalKind))
def test_a_plan_survives_the_trip_through_json_exactly(kind: GoalKind) -> None:
    plan = build.plan(kind)
    written = orjson.dumps(store.encode_plan(plan))

    read = store.decode_plan(orjson.loads(written))

    assert read == plan
    assert orjson.dumps(store.encode_plan(read)) == written


numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8"), max_size=20)
optional_numbers = st.none() | numbers
athletes = st.builds(
    Athlete,
    athlete_id=texts,
    name=texts,
    birth_year=st.none() | st.integers(1900, 2100),
    sex=st.none() | texts,
    weight_kg=optional_numbers,
    max_heart_rate_bpm=optional_numbers,
    run_days=st.lists(st.integers(0, 6)).map(tuple),
    injury_flags=st.lists(texts, max_size=3).map(tuple),
)
evidence = st.builds(Evidence, metric=texts, text=texts, value=st.none() | numbers | texts, unit=texts)
targets = st.builds(Target, pace_fast_s_per_km=optional_numbers, rpe=st.none() | st.integers(1, 10), effort=texts)
segments = st.builds(
    Segment,
    kind=st.sampled_from(SegmentKind),
    intensity=st.sampled_from(Intensity),
    distance_m=numbers | st.integers(0, 10**6),
    duration_s=numbers,
    repeats=st.integers(1, 60),
    target=targets,
)


@given(athletes | evidence | segments)
def test_whatever_a_value_holds_is_read_as_written(value: Athlete | Evidence | Segment) -> None:
    assert decode(type(value), orjson.loads(orjson.dumps(encode(value)))) == value


def test_a_damaged_plan_is_named_not_guessed() -> None:
    written = store.encode_plan(build.plan())
    del written["weeks"]

    with pytest.raises(UnreadablePlan, match="weeks"):
        store.decode_plan(written)


def test_the_first_revision_activates_a_plan_and_archives_the_one_before(ledger: duckdb.DuckDBPyConnection) -> None:
    first, second = build.plan(), replace(build.plan(GoalKind.TEN_K), plan_id="other")
    store.append_revision(ledger, first, author="athlete", reason="new goal", made_at=MORNING)
    store.append_revision(ledger, second, author="athlete", reason="new goal", made_at=LATER)

    now, then = store.active_plan(ledger, "me"), store.active_plan(ledger, "me", as_of=MORNING)
    before = store.active_plan(ledger, "me", as_of=MORNING - timedelta(seconds=1))

    assert now is not None
    assert then is not None
    assert (now.plan, then.plan, before) == (second, first, None)


def test_a_change_is_a_new_revision_with_its_reasons(ledger: duckdb.DuckDBPyConnection) -> None:
    plan = build.plan()
    workout = next(iter(plan.workouts))
    eased = replace(workout, note="eased")
    change = Adjustment(
        before=workout, after=eased, rule_id="H18", because=(Evidence(metric="m", text="t", value=20.0),)
    )
    store.append_revision(ledger, plan, author="athlete", reason="new goal", made_at=MORNING)

    revision = store.append_revision(
        ledger, plan, author="coach", reason="red morning", adjustments=[change], made_at=LATER
    )
    stored = store.active_plan(ledger, "me")
    replayed = store.active_plan(ledger, "me", as_of=MORNING)

    assert revision == 2
    assert stored is not None
    assert replayed is not None
    assert (stored.revision, stored.author, stored.adjustments, stored.made_at) == (2, "coach", (change,), LATER)
    assert (replayed.revision, replayed.adjustments) == (1, ())


def test_every_workout_of_every_revision_is_a_row_for_the_adherence_models(ledger: duckdb.DuckDBPyConnection) -> None:
    plan = build.plan()
    store.append_revision(ledger, plan, author="athlete", reason="new goal", made_at=MORNING)
    rows = ledger.execute(
        "select workout_id, workout_date, workout_type, distance_m, duration_s from coach.planned_workouts order by 2"
    ).fetchall()

    def row(w: Workout) -> tuple[str, date, str, float, float]:
        return (w.workout_id, w.workout_date, w.workout_type.value, w.distance_m, w.duration_s)

    assert rows == [row(w) for w in plan.workouts]


def test_every_part_of_every_workout_is_a_row_with_its_target(ledger: duckdb.DuckDBPyConnection) -> None:
    plan = build.plan()
    store.append_revision(ledger, plan, author="athlete", reason="new goal", made_at=MORNING)
    rows = ledger.execute(
        "select workout_id, kind, repeats, distance_m, pace_fast_s_per_km from coach.planned_segments "
        "order by workout_id, segment_number"
    ).fetchall()

    def parts(w: Workout) -> list[tuple[str, str, int, float, float | None]]:
        whole = (w.workout_id, "whole", 1, w.distance_m, w.target.pace_fast_s_per_km)
        told = [(w.workout_id, s.kind.value, s.repeats, s.distance_m, s.target.pace_fast_s_per_km) for s in w.segments]
        return told or [whole]

    runs = sorted((w for w in plan.workouts if w.workout_type.value != "rest"), key=lambda w: w.workout_id)
    assert rows == [part for w in runs for part in parts(w)]
    assert {"whole", "work"} <= {row[1] for row in rows}


def test_plans_from_before_the_parts_were_written_down_have_them_too(ledger: duckdb.DuckDBPyConnection) -> None:
    """The migration takes from the plan itself what is written beside it since."""
    store.append_revision(ledger, build.plan(), author="athlete", reason="new goal", made_at=MORNING)
    written = ledger.execute("from coach.planned_segments order by all").fetchall()
    ledger.execute("drop table coach.planned_segments")

    ledger.execute(next(step for step in MIGRATIONS if "planned_segments" in step.name).read_text(encoding="utf-8"))

    assert ledger.execute("from coach.planned_segments order by all").fetchall() == written


def test_nothing_is_written_when_a_part_fails(ledger: duckdb.DuckDBPyConnection) -> None:
    plan = build.plan()
    ledger.execute("drop table coach.planned_workouts")

    with pytest.raises(duckdb.CatalogException):
        store.append_revision(ledger, plan, author="athlete", reason="new goal", made_at=MORNING)

    assert ledger.execute("select count(*) from coach.plan_revisions").fetchone() == (0,)


def test_what_is_not_said_again_stays_known(ledger: duckdb.DuckDBPyConnection) -> None:
    store.save_athlete(
        ledger, Athlete(athlete_id="me", birth_year=1980, injury_flags=("knee-sensitive",)), said_at=MORNING
    )
    store.save_athlete(ledger, Athlete(athlete_id="me", weight_kg=70.0), said_at=LATER)

    known = store.read_athlete(ledger, "me")

    assert known == Athlete(athlete_id="me", birth_year=1980, weight_kg=70.0, injury_flags=("knee-sensitive",))
    assert store.read_athlete(ledger, "somebody") is None
    assert ledger.execute("select count(*) from coach.athletes").fetchone() == (2,)


def test_the_goal_said_last_counts(ledger: duckdb.DuckDBPyConnection) -> None:
    half, ten_k = build.goal(GoalKind.HALF, goal_id="a"), build.goal(GoalKind.TEN_K, goal_id="b")
    store.save_goal(ledger, "me", half, said_at=MORNING)
    store.save_goal(ledger, "me", ten_k, said_at=LATER)

    assert store.active_goal(ledger, "me") == ten_k

    store.save_goal(ledger, "me", ten_k, said_at=LATER + timedelta(hours=1), state="archived")

    assert store.active_goal(ledger, "me") == half


def test_a_decision_is_appended_only_when_it_rests_on_something_new(ledger: duckdb.DuckDBPyConnection) -> None:
    day = build.MONDAY

    def decide(fingerprint: str) -> int | None:
        return store.append_decision(
            ledger,
            athlete_id="me",
            kind="morning",
            day=day,
            fingerprint=fingerprint,
            snapshot={"call": "go"},
            decided_at=MORNING,
        )

    assert [decide("a"), decide("a"), decide("b"), decide("a")] == [1, None, 2, 3]
    latest = store.read_decision(ledger, "me", "morning", day)
    assert latest is not None
    assert (latest.revision, latest.fingerprint, latest.snapshot) == (3, "a", {"call": "go"})
    assert store.read_decision(ledger, "me", "evening", day) is None
