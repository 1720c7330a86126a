"""The claim that `make prove WHAT=import-kill` proves at length, for a few kills."""

from __future__ import annotations

import pytest

from tests.prove.import_kill import run


@pytest.mark.slow
def test_an_import_killed_and_run_again_is_as_one_left_in_peace() -> None:
    figures = run(3, 1)

    assert figures["holds"], figures["problems"]
