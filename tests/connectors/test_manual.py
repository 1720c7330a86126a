"""What may be said by hand: kept as it was said, and refused with the remedy where it cannot be meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Skipped
from connectors.landing import land
from connectors.manual import Correction, Run, check_text, land_correction, land_run, run_key, said_before, take_back
from tests.builders.ledger import new_store, query

AT = datetime(2026, 5, 20, 5, 30, tzinfo=UTC)


def landed(run: Run) -> dict[str, object]:
    payload = land_run("me", "run-1", run, started_at=AT, utc_offset_s=7200).payload
    assert payload is not None
    return dict(payload)


def test_a_run_lands_with_what_was_said_and_nothing_else() -> None:
    assert landed(Run(distance_m=8200.0, moving_s=2710.0, is_treadmill=True)) == {
        "started_at": "2026-05-20T05:30:00Z",
        "utc_offset_s": 7200,
        "sport": "run",
        "distance_m": 8200.0,
        "moving_s": 2710.0,
        "is_treadmill": True,
    }


def test_a_run_needs_a_distance_or_a_time() -> None:
    assert landed(Run(moving_s=1800.0))["moving_s"] == 1800.0
    assert landed(Run(distance_m=5000.0))["distance_m"] == 5000.0
    with pytest.raises(Skipped, match="Neither a distance nor a time"):
        landed(Run(title="A run"))


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ({"distance_m": 8.2}, "A distance of 8.2 m cannot be meant"),
        ({"distance_m": float("nan")}, "cannot be meant"),
        ({"distance_m": float("inf")}, "cannot be meant"),
        ({"distance_m": -5000.0}, "cannot be meant"),
        ({"distance_m": 8_200_000.0}, "cannot be meant"),
        ({"moving_s": 0.0}, "A time of 0 s cannot be meant"),
        ({"moving_s": 700_000.0}, "cannot be meant"),
        ({"distance_m": 21_100.0, "moving_s": 105.0}, r"21.10 km in 0:01:45 is faster than anybody runs"),
        ({"distance_m": 8200.0, "moving_s": 162_600.0, "sport": "run"}, "slower than walking"),
        ({"sport": "ride", "distance_m": 90_000.0, "moving_s": 1000.0}, "faster than anybody moves"),
        ({"sport": "chess"}, "'chess' is no sport known here"),
        ({"heart_rate_avg_bpm": 260.0}, "A heart rate of 260 bpm"),
        ({"perceived_exertion": 11}, r"An exertion \(RPE\) of 11"),
        ({"elevation_gain_m": 30_000.0}, "A climb of 30,000 m"),
        ({"title": "x" * 201}, "The title has 201 characters"),
        ({"title": "two\nlines"}, "control character"),
        ({"note": "bell\x07"}, "control character"),
        ({"note": "\udcff"}, "control character"),
        ({"note": "turned \u202e round"}, "control character"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_remedy(said: dict[str, object], fact: str) -> None:
    known: dict[str, object] = {"moving_s": 2710.0, **said}
    with pytest.raises(Skipped, match=fact) as refused:
        landed(Run(**known))  # type: ignore[arg-type]  # fields by name

    assert refused.value.remedy


def test_a_note_may_have_lines_and_any_script() -> None:
    said = "Erste Zeile\nzweite 🏃🏽‍♀️ שלום"

    assert landed(Run(moving_s=600.0, note=said))["note"] == said
    assert check_text("note", f"  {said}\r\n") == said


def test_the_same_run_has_the_same_key_in_any_time_zone() -> None:
    there = AT.astimezone(timezone(timedelta(hours=9)))

    assert run_key(AT, "2026-05-20") == run_key(there, "2026-05-20")
    assert run_key(AT, "2026-05-20") != run_key(AT + timedelta(minutes=1), "2026-05-20")


def test_a_correction_says_only_what_was_wrong() -> None:
    correction = land_correction("me", "file:abc:1", Correction(is_race=False, perceived_exertion=7))

    assert (correction.source, correction.entity, correction.source_key) == ("manual", "correction", "file:abc:1")
    assert correction.payload == {"is_race": False, "perceived_exertion": 7}


def test_an_empty_correction_is_refused() -> None:
    with pytest.raises(Skipped, match="Nothing to correct"):
        land_correction("me", "file:abc:1", Correction())


def test_a_later_correction_keeps_what_it_does_not_name() -> None:
    merged = said_before(
        {"distance_m": 8000.0, "is_race": True, "unknown": 1}, Correction(is_race=False, is_ignored=True)
    )

    assert merged == {"distance_m": 8000.0, "is_race": False, "is_ignored": True}


def test_taking_back_is_a_tombstone_and_the_run_said_again_stands_again(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    run = land_run("me", "run-1", Run(moving_s=600.0), started_at=AT, utc_offset_s=0)
    with store.open_ledger() as con:
        results = [land(con, [each], now=AT) for each in (run, run, take_back("me", "run", "run-1"), run)]

    assert [(r.new, r.changed, r.gone, r.unchanged) for r in results] == [
        (1, 0, 0, 0),
        (0, 0, 0, 1),
        (0, 0, 1, 0),
        (0, 1, 0, 0),
    ]
    assert len(query(store, "from raw.payloads")) == 3
    assert query(store, "select is_deleted, payload ->> 'moving_s' from raw.manual") == [(False, "600.0")]


@given(text=st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    try:
        kept = check_text("note", text)
    except Skipped:
        return

    assert not any(ord(sign) < 32 and sign not in "\n\t" for sign in kept)
    kept.encode()
