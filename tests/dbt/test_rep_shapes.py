"""What a coach could write down is a session of reps; what nobody could is none."""

from __future__ import annotations

import numpy as np
import pytest

from dbt_project.reps import detect_reps, has_shape


@pytest.mark.parametrize(
    "seconds",
    [
        (300,),
        (200, 210, 195, 205),
        (60, 62, 61, 30),  # a last one that is shorter
        (1200, 40, 41, 40, 39),  # a block before short ones
        (60, 61, 120, 118, 180, 183),  # three groups
        (60, 120, 180, 120, 60),
        (180, 120, 60, 180, 120, 60),
        (60, 120, 180, 240),
    ],
)
def test_groups_and_ladders_are_sessions(seconds: tuple[int, ...]) -> None:
    assert has_shape(np.array(seconds, float), 4.0 * np.array(seconds, float))


@pytest.mark.parametrize(
    "seconds",
    [
        (60, 120),
        (33, 698, 200),
        (53, 1323, 300, 200),
        (14, 30, 215, 100, 60, 20, 90),
        (60, 61, 120, 118, 180, 183, 240, 238),  # four groups
        (60, 120, 61, 300, 62),
        (30, 60, 120, 240),  # eight times as long as the first
    ],
)
def test_what_has_no_pattern_is_none(seconds: tuple[int, ...]) -> None:
    assert not has_shape(np.array(seconds, float), 4.0 * np.array(seconds, float))


def test_reps_that_are_equally_far_or_equally_long_are_alike() -> None:
    uphill_and_down = np.array([120.0, 90.0, 121.0, 91.0])

    assert has_shape(uphill_and_down, np.array([400.0, 402.0, 398.0, 401.0]))
    assert not has_shape(np.array([120.0, 40.0]), np.array([400.0, 150.0]))


def stopped_in_rests(metres: float, count: int, *, last_m: float | None = None) -> list[tuple[int, int]]:
    """What is found where the watch ran in `count` stretches alone, at 4 m/s."""
    elapsed, steps, at = [0.0], [0.0], 0.0
    for number in range(count):
        length = last_m if last_m is not None and number == count // 2 else metres
        for _ in range(round(length / 4)):
            at += 1
            elapsed.append(at)
            steps.append(4.0)
        at += 90
        elapsed.append(at)
        steps.append(0.0)
    return detect_reps(np.array(elapsed), np.array(steps), np.array(steps))


def test_a_watch_stopped_in_the_rests_tells_the_reps() -> None:
    assert [end - start for start, end in stopped_in_rests(1609, 4)] == pytest.approx([402] * 4, abs=2)


def test_stretches_between_pauses_that_are_no_round_distance_or_not_alike_are_no_reps() -> None:
    assert stopped_in_rests(1350, 4) == []
    assert stopped_in_rests(1609, 2) == []
    assert stopped_in_rests(1600, 5, last_m=1400) == []
