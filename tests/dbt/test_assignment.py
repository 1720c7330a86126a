"""Promises about the choice of pairs, against every choice there is."""

from __future__ import annotations

from itertools import product
from unittest.mock import patch

import duckdb
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from dbt_project import assignment
from dbt_project.assignment import assign
from dbt_project.functions import register

Pairs = dict[tuple[int, int], int]
_pairs = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(1, 12), max_size=14)


def _assigned(pairs: Pairs) -> Pairs:
    ordered = sorted(pairs)
    workouts, activities = (np.array([pair[end] for pair in ordered], dtype=np.int64) for end in (0, 1))
    chosen = assign(workouts, activities, np.array([pairs[pair] for pair in ordered], dtype=np.int64))
    return {pair: pairs[pair] for pair, is_chosen in zip(ordered, chosen, strict=True) if is_chosen}


def _best_gain(pairs: Pairs) -> int:
    """The gain of the best choice, by trying all."""
    best = 0
    for taken in product((False, True), repeat=len(pairs)):
        chosen = [pair for pair, is_taken in zip(pairs, taken, strict=True) if is_taken]
        if len({w for w, _ in chosen}) == len({a for _, a in chosen}) == len(chosen):
            best = max(best, sum(pairs[pair] for pair in chosen))
    return best


@settings(deadline=None)
@given(pairs=_pairs.filter(lambda pairs: len(pairs) <= 10))
def test_no_other_choice_gains_more(pairs: Pairs) -> None:
    chosen = _assigned(pairs)

    assert sum(chosen.values()) == _best_gain(pairs)


@settings(deadline=None)
@given(pairs=_pairs)
def test_each_workout_and_each_activity_stands_once_and_nothing_acceptable_is_left(pairs: Pairs) -> None:
    chosen = _assigned(pairs)
    workouts, activities = [w for w, _ in chosen], [a for _, a in chosen]

    assert len(set(workouts)) == len(set(activities)) == len(chosen)
    assert all(w in workouts or a in activities for w, a in pairs)


@settings(deadline=None)
@given(pairs=_pairs)
def test_however_few_are_looked_at_together_nobody_is_split_over_two_lots(pairs: Pairs) -> None:
    with patch.object(assignment, "_PAIRS_AT_ONCE", 1):
        chosen = _assigned(pairs)

    assert len({w for w, _ in chosen}) == len({a for _, a in chosen}) == len(chosen)
    assert sum(chosen.values()) == sum(_assigned(pairs).values())


@settings(deadline=None, max_examples=12)
@given(mine=_pairs, yours=_pairs)
def test_athletes_do_not_touch_each_other(mine: Pairs, yours: Pairs) -> None:
    """Nor does it matter whether they are asked of together, in one statement of SQL."""
    with duckdb.connect() as con:
        register(con)
        con.execute("create table pairs (athlete_id text, w bigint, a bigint, gain bigint)")
        rows = [(name, *pair, gain) for name, pairs in (("me", mine), ("you", yours)) for pair, gain in pairs.items()]
        if rows:
            con.executemany("insert into pairs values (?, ?, ?, ?)", rows)
        answers = con.execute(
            "select athlete_id, unnest(list(w order by w, a)), unnest(list(a order by w, a)), "
            "unnest(chosen_pairs(list(w order by w, a), list(a order by w, a), list(gain order by w, a))) "
            "from pairs group by athlete_id"
        ).fetchall()

    for name, pairs in (("me", mine), ("you", yours)):
        chosen = [pairs[w, a] for who, w, a, is_chosen in answers if who == name and is_chosen]
        assert sum(chosen) == sum(_assigned(pairs).values())


def test_a_long_contest_gains_what_a_search_without_shortcuts_gains() -> None:
    random = np.random.default_rng(7)
    gains = np.zeros((300, 302), dtype=np.int64)
    for workout, shift in product(range(300), (0, 1, 2)):
        if random.random() < 0.7:
            gains[workout, workout + shift] = random.integers(1, 1000)
    rows, columns = linear_sum_assignment(gains, maximize=True)

    chosen = _assigned({(int(w), int(a)): int(gains[w, a]) for w, a in np.argwhere(gains)})

    assert sum(chosen.values()) == gains[rows, columns].sum()
