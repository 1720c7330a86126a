"""A claim must be able to fail: with a planted defect it does not hold."""

from __future__ import annotations

import pytest

from tests.prove import archive, odd_files, readiness, silence

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
    figures = odd_files.run(24, 7, "every-clock-is-right")

    assert figures["holds"] is False
    assert str(figures["faults"]).startswith("['the build with the odd recordings failed")


def test_the_claim_of_readiness_notices_when_an_average_night_is_amber() -> None:
    figures = readiness.run(8, 5, "an-average-night-is-amber")

    assert figures["holds"] is False
    assert figures["fault_count"]
