"""A claim must be able to fail: with a planted defect it does not hold."""

from __future__ import annotations

import pytest

from tests.prove import archive, odd_files, silence

pytestmark = pytest.mark.slow


def test_the_claim_of_silence_notices_when_silence_is_taken_for_rest() -> None:
    figures = silence.run(1, 5, "silence-is-rest")

    assert figures["holds"] is False
    assert figures["fault_count"]


@pytest.mark.parametrize("sabotage", ["cuts-are-plans", "silence-is-rest"])
def test_the_claim_of_archives_notices(sabotage: str) -> None:
    figures = archive.run(1, 5, sabotage)

    assert figures["holds"] is False
    assert figures["fault_count"]


def test_the_claim_of_odd_files_notices_when_every_clock_is_believed() -> None:
    figures = odd_files.run(24, 7, "every-clock-is-right")

    assert figures["holds"] is False
    assert str(figures["faults"]).startswith("['the build with the odd recordings failed")
