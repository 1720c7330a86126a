"""The shape of a week: days with room between the hard ones, distances that keep every limit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.limits import LONG_SHARE_MAX, floor_step
from coach.week import Role, share_out, skeleton
from tests.builders.coach import MONDAY

ALL_DAYS = tuple(range(7))


@pytest.mark.parametrize(
    ("runs", "run_days", "quality_days"),
    [
        (3, (1, 3, 6), (1, 3)),
        (4, (1, 2, 4, 6), (1, 4)),
        (5, (1, 2, 3, 5, 6), (1, 3)),
        (6, (0, 1, 2, 3, 5, 6), (1, 3)),
    ],
)
def test_a_free_week_with_a_sunday_long_run_looks_as_coaches_draw_it(
    runs: int, run_days: tuple[int, ...], quality_days: tuple[int, ...]
) -> None:
    found = skeleton(ALL_DAYS, 6, runs, 2)

    assert found.run_days == run_days
    assert found.quality_days == quality_days


@given(
    available=st.sets(st.integers(0, 6), min_size=3),
    data=st.data(),
    gap_days=st.sampled_from([2, 3]),
)
def test_hard_days_keep_their_distance_on_any_set_of_days(
    available: set[int], data: st.DataObject, gap_days: int
) -> None:
    days = tuple(sorted(available))
    long_day = data.draw(st.sampled_from(days))
    runs = data.draw(st.integers(1, len(days)))
    found = skeleton(days, long_day, runs, gap_days)
    hard = [long_day, *found.quality_days]

    assert len(found.run_days) == runs
    assert long_day in found.run_days
    assert set(found.run_days) <= available
    assert set(found.quality_days) <= set(found.run_days)
    assert all(min((a - b) % 7, (b - a) % 7) >= gap_days for a in hard for b in hard if a != b)


@given(
    total_m=st.integers(5000, 120000),
    runs=st.integers(3, 7),
    limits=st.lists(st.floats(2000, 40000), min_size=7, max_size=7),
)
def test_a_shared_out_week_keeps_its_total_every_limit_and_the_long_runs_share(
    total_m: int, runs: int, limits: list[float]
) -> None:
    days = [MONDAY + timedelta(days=i) for i in range(runs)]
    roles = {d: Role.LONG if d == days[-1] else Role.EASY for d in days}
    ceiling = dict(zip(days, limits, strict=False))

    found = share_out(total_m, roles, ceiling, share=LONG_SHARE_MAX)

    assert sum(found.values()) <= total_m
    assert all(found[d] <= ceiling[d] for d in days)
    assert all(m == floor_step(m) for m in found.values())
    assert found[days[-1]] <= LONG_SHARE_MAX * sum(found.values()) + 1e-6
    assert max(found.values()) == found[days[-1]]
