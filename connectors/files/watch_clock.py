"""Which instants a recording's clock may say, and what to say when it says others.

A FIT watch that never learnt the date counts from its power-on or from 1989, and there is no other copy of such a run:
it is kept as it stands, dated where no day is counted. Other formats come out of programs that can be asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from connectors.errors import Ahead, Damaged

EARLIEST_UNIX_S = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
"""No watch that writes these formats is older; a clock before this was never set."""
_FIRST_UNIX_S = 0.0
"""Watches count from 1989 at the earliest; an instant before 1970 is a broken number, and may be one no calendar has."""
_AHEAD_S = 86_400.0
"""A clock may run ahead of ours by a day (time zones taken for UTC) before it is called wrong."""

Column = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The span of Unix seconds in which this recording's instants are believed, and what is wrong with it, if anything."""

    earliest_s: float
    latest_s: float
    fault: str | None = None

    def holds(self, unix_s: float | None) -> bool:
        """Whether one instant is known and believed."""
        return unix_s is not None and self.earliest_s <= unix_s <= self.latest_s

    def held(self, unix_s: Column) -> npt.NDArray[np.bool_]:
        """The same of many; unknown is NaN and not held."""
        with np.errstate(invalid="ignore"):
            return (unix_s >= self.earliest_s) & (unix_s <= self.latest_s)


def judged(
    times: Column, starts: Sequence[float | None], *, now: datetime | None, keeps_unset: bool, is_course: bool = False
) -> Judgement:
    """Judge a clock by the times of the samples and the starts of the sessions.

    Raises where no instant can be believed, except that a clock that was never set is believed when `keeps_unset`.
    """
    right = Judgement(earliest_s=EARLIEST_UNIX_S, latest_s=np.inf if now is None else now.timestamp() + _AHEAD_S)
    started = np.array([np.nan if start is None else start for start in starts], dtype=np.float64)
    timed, started = times[np.isfinite(times)], started[np.isfinite(started)]
    believed = timed if len(timed) else started
    if right.held(believed).any():
        without_times = len(times) and not len(timed)
        return _with_fault(right, _untimed(len(times), is_counted=not is_course) if without_times else None)
    if not len(believed):
        return _with_fault(right, _untimed(len(times), is_counted=False) if len(times) else None)
    unset = believed[(believed >= _FIRST_UNIX_S) & (believed < EARLIEST_UNIX_S)]
    if not keeps_unset or not len(unset):
        raise _wrong(float(believed[0]), right)
    if right.held(started).any():
        # The watch learnt the date before it wrote the summary.
        return right
    fault = (
        f"The watch's clock said {_day(float(unset[0]))}: the recording is kept, but counted on no day until it has its "
        "true date. Set the watch's clock, correct the date in the maker's app and import that file."
    )
    return Judgement(earliest_s=_FIRST_UNIX_S, latest_s=EARLIEST_UNIX_S - 1, fault=fault)


def _with_fault(right: Judgement, fault: str | None) -> Judgement:
    return Judgement(earliest_s=right.earliest_s, latest_s=right.latest_s, fault=fault)


def _untimed(count: int, *, is_counted: bool) -> str:
    if is_counted:
        return (
            f"None of the {count} samples has a time: the run counts by its summary alone, without its course over time. "
            "Export it from the maker's app if that shows more."
        )
    return (
        f"None of the {count} samples has a time: the recording is kept, but counted on no day. "
        "Give it its date in the maker's app and import the file from there."
    )


def _wrong(unix_s: float, right: Judgement) -> Damaged:
    said = f"The watch's clock said {_day(unix_s)} when this was recorded."
    if unix_s > right.latest_s:
        return Ahead(said, "Set the watch's clock, give the file its true date in the maker's app and export it again.")
    return Damaged(
        said,
        "Set the watch's clock (a position fix sets it), give this file its true date in the maker's app and export it again.",
    )


def _day(unix_s: float) -> str:
    said = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(max(unix_s, -6e10), 2e11))
    return said.date().isoformat()
