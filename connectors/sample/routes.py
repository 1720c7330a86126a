"""Where the sample athlete runs: a few out-and-back courses, each a smooth line over ground with its own hills."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from connectors.sample.life import HOME_ZONE
from connectors.sample.model import Numbers

# Public parks, one per zone the athlete visits.
_STARTS = {
    HOME_ZONE: (52.4735, 13.4020, 45.0),
    "America/New_York": (40.7712, -73.9742, 28.0),
    "Atlantic/Reykjavik": (64.1391, -21.9140, 14.0),
}
_ROUTES: Final = 6
_LENGTH_M = 62000.0  # a ride's turning point lies inside
_STEP_M = 20.0
_METRES_PER_DEGREE = 111320.0

FLAT_ROUTE: Final = 0
HILLY_ROUTE: Final = _ROUTES - 1
EVERYDAY_ROUTES: Final = tuple(range(_ROUTES - 1))


@dataclass(frozen=True, slots=True)
class Route:
    """A line by distance from its start."""

    along_m: Numbers
    latitude_deg: Numbers
    longitude_deg: Numbers
    altitude_m: Numbers


@cache
def route(zone: str, number: int) -> Route:
    """The same line for every athlete: routes are scenery, not history."""
    rng = np.random.default_rng([number, len(zone), 77])
    along = np.arange(0.0, _LENGTH_M, _STEP_M)
    heading = rng.uniform(0, 2 * np.pi) + _waves(rng, along, lengths_m=(700.0, 2300.0, 5200.0), heights=(0.5, 0.6, 0.5))
    latitude, longitude, altitude = _STARTS[zone]
    north = np.cumsum(np.cos(heading)) * _STEP_M
    east = np.cumsum(np.sin(heading)) * _STEP_M
    relief = {FLAT_ROUTE: 0.8, HILLY_ROUTE: 16.0}.get(number, 2.0 + number)
    hills = _waves(rng, along, lengths_m=(450.0, 1300.0, 3100.0), heights=(0.25 * relief, 0.6 * relief, relief))
    return Route(
        along,
        latitude + north / _METRES_PER_DEGREE,
        longitude + east / (_METRES_PER_DEGREE * np.cos(np.radians(latitude))),
        altitude + hills - hills[0],
    )


def _waves(
    rng: np.random.Generator, along: Numbers, *, lengths_m: tuple[float, ...], heights: tuple[float, ...]
) -> Numbers:
    total = np.zeros_like(along)
    for length, height in zip(lengths_m, heights, strict=True):
        stretched = length * rng.uniform(0.8, 1.25)
        total += height * np.sin(2 * np.pi * along / stretched + rng.uniform(0, 2 * np.pi))
    return total
