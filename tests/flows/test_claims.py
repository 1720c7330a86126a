"""A claim must be able to fail: with a planted defect it does not hold."""

from __future__ import annotations

import pytest

from tests.prove import (
    archive,
    decoder_fuzz,
    merge,
    odd_files,
    plans,
    readiness,
    reps,
    silence,
    sync_faults,
    token_safety,
)

pytestmark = pytest.mark.slow


def test_the_claim_of_silence_notices_when_silence_is_taken_for_rest() -> None:
    figures = silence.run(1, 5, "silence-is-rest")

    assert figures["holds"] is False
    assert figures["fault_count"]


def test_the_claim_of_archives_notices_when_what_mornings_cut_is_taken_for_the_plan() -> None:
    figures = archive.run(1, 5, "cuts-are-plans")

    assert figures["holds"] is False
    assert figures["fault_count"]


def test_the_claim_of_odd_files_notices_when_every_clock_is_believed() -> None:
    figures = odd_files.run(12, 7, "every-clock-is-right")

    assert figures["holds"] is False
    assert str(figures["faults"]).startswith("['the build with the odd recordings failed")


def test_the_claim_of_readiness_notices_when_an_average_night_is_amber() -> None:
    figures = readiness.run(8, 5, "an-average-night-is-amber")

    assert figures["holds"] is False
    assert figures["fault_count"]


def test_the_claim_of_merging_notices_when_two_runs_are_made_one() -> None:
    figures = merge.run(2, 5, "neighbours-are-one")

    assert figures["holds"] is False
    assert figures["different_runs_merged"]


def test_the_claim_of_merging_notices_when_copies_stay_apart() -> None:
    figures = merge.run(1, 5, "copies-stay-apart")

    assert figures["holds"] is False
    assert float(str(figures["recall"])) < 0.9


def test_the_claim_of_reps_notices_when_every_faster_stretch_is_one() -> None:
    figures = reps.run(1, 5, "all-is-meant")

    assert figures["holds"] is False
    assert figures["none_invented"] < 0.9


def test_the_claim_of_tokens_notices_when_nobody_waits_for_anybody() -> None:
    figures = token_safety.run(3, 5, "nobody-waits")

    assert figures["holds"] is False
    assert figures["problems"]


@pytest.mark.parametrize("sabotage", ["races-are-refused", "weeks-grow-by-a-third"])
def test_the_claim_of_plans_notices_a_planner_that_refuses_and_one_that_rushes(sabotage: str) -> None:
    assert plans.run(60, 5)["holds"] is True
    figures = plans.run(60, 5, sabotage)

    assert figures["holds"] is False
    assert bool(figures["violations"]) == (sabotage == "weeks-grow-by-a-third")


def test_the_claim_of_the_decoder_notices_one_that_refuses_whatever_is_broken() -> None:
    assert decoder_fuzz.run(40, 5)["holds"] is True
    assert decoder_fuzz.run(40, 5, "broken-is-refused")["holds"] is False


def test_the_claim_of_syncs_notices_when_what_is_gone_stays() -> None:
    figures = sync_faults.run(1, 5, "what-is-gone-stays")

    assert figures["holds"] is False
    assert figures["problems"]
