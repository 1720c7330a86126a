"""Which planned workout and which activity belong together: the pairs whose gains add up to the most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Sparse shortest paths look at a whole matrix for each row: many small matrices are faster than one large one.
_PAIRS_AT_ONCE = 1_000
# Doubt spreads from couple to couple; where it does not come to rest soon, nothing is called obvious.
_ROUNDS = 50


def register(con: DuckDBPyConnection) -> None:
    """Make `chosen_pairs(workouts, activities, gains)` callable in SQL: lists of one athlete's pairs, answered by booleans."""
    from duckdb.func import PythonUDFType

    numbers: list[Any] = ["bigint[]"] * 3
    con.create_function("chosen_pairs", _chosen_pairs, numbers, "boolean[]", type=PythonUDFType.ARROW)


def assign(workouts: NDArray[np.int64], activities: NDArray[np.int64], gains: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For every acceptable pair whether it is chosen: each workout and each activity at most once, the highest total gain.

    Pairs are given sorted by workout and then by activity, both numbered in order of time; gains are positive whole
    numbers below 2**31, so that their sums are exact. What stays alone gains nothing.
    """
    if not len(gains):
        return np.zeros(0, dtype=np.bool_)
    chosen, is_open = _obvious(workouts, activities, gains)
    contested = np.flatnonzero(is_open)
    for begin, end in _batches(workouts[contested], activities[contested]):
        part = contested[begin:end]
        chosen[part] = _best(workouts[part], activities[part], gains[part])
    return chosen


def _obvious(
    workouts: NDArray[np.int64], activities: NDArray[np.int64], gains: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pairs that belong to a best choice for certain, and the pairs of those whom that leaves open.

    Two that prefer each other share their gain in halves. Where no pair that touches such a couple gains more than the
    shares of its two ends (nothing for one outside), no choice can gain more from them: duality of linear programmes.
    """
    rows, columns = (np.unique(numbers, return_inverse=True)[1] for numbers in (workouts, activities))
    couples = _is_only_best(rows, gains) & _is_only_best(columns, gains)
    for _ in range(_ROUNDS):
        row_shares, column_shares = _spread(rows, couples, gains), _spread(columns, couples, gains)
        touches = (row_shares[rows] > 0) | (column_shares[columns] > 0)
        broken = touches & (2 * gains > row_shares[rows] + column_shares[columns])
        if not broken.any():
            return couples, ~touches
        couples = couples & (_spread(rows, broken, gains)[rows] == 0) & (_spread(columns, broken, gains)[columns] == 0)
    return np.zeros(len(gains), dtype=np.bool_), np.ones(len(gains), dtype=np.bool_)


def _is_only_best(ends: NDArray[np.int64], gains: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each pair whether it gains more than every other pair of this end."""
    best = np.zeros(int(ends.max()) + 1, dtype=np.int64)
    np.maximum.at(best, ends, gains)
    is_best = gains == best[ends]
    only: NDArray[np.bool_] = is_best & (np.bincount(ends[is_best], minlength=len(best))[ends] == 1)
    return only


def _spread(ends: NDArray[np.int64], of: NDArray[np.bool_], gains: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each end the gain of its pair among those asked for; 0 without one."""
    spread = np.zeros(int(ends.max()) + 1, dtype=np.int64)
    spread[ends[of]] = gains[of]
    return spread


def _batches(workouts: NDArray[np.int64], activities: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of pairs such that no workout and no activity has pairs in two of them."""
    count = len(workouts)
    if not count:
        return
    latest_before = np.maximum.accumulate(activities)[:-1]
    earliest_after = np.minimum.accumulate(activities[::-1])[::-1][1:]
    apart = np.flatnonzero((latest_before < earliest_after) & (workouts[:-1] != workouts[1:])) + 1
    cuts = np.append(apart, count)
    begin = 0
    while begin < count:
        end = int(cuts[np.searchsorted(cuts, min(begin + _PAIRS_AT_ONCE, count))])
        yield begin, end
        begin = end


def _best(workouts: NDArray[np.int64], activities: NDArray[np.int64], gains: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The best choice among contested pairs, as a full matching in which every workout may also stay alone."""
    # Loaded only where something is contested: a quarter of a second of every morning.
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    rows = np.unique(workouts, return_inverse=True)[1]
    names, columns = np.unique(activities, return_inverse=True)
    count, width = int(rows[-1]) + 1, len(names)
    alone = float(2**32)  # any cost that leaves every pair's cost above zero, since a zero would be no entry at all
    everyone = np.arange(count)
    costs = csr_matrix(
        (
            np.concatenate([alone - gains, np.full(count, alone)]),
            (np.concatenate([rows, everyone]), np.concatenate([columns, width + everyone])),
        ),
        shape=(count, width + count),
    )
    taken = np.empty(count, dtype=np.int64)
    matched_rows, matched_columns = min_weight_full_bipartite_matching(costs)
    taken[matched_rows] = matched_columns
    best: NDArray[np.bool_] = taken[rows] == columns
    return best


def _chosen_pairs(workouts: Any, activities: Any, gains: Any) -> Any:
    """`assign` for a chunk of athletes at once; numbers of different athletes are kept apart."""
    import pyarrow

    lists = [column.combine_chunks() for column in (workouts, activities, gains)]
    lengths = lists[0].value_lengths().to_numpy(zero_copy_only=False)
    of_athlete = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths) << 32
    numbers = [column.flatten().to_numpy(zero_copy_only=False).astype(np.int64) for column in lists]
    chosen = assign(of_athlete + numbers[0], of_athlete + numbers[1], numbers[2])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return pyarrow.ListArray.from_arrays(pyarrow.array(offsets, pyarrow.int32()), pyarrow.array(chosen))
