"""All fake vendors in one list, each with the real client that talks to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.garmin import api as garmin
from connectors.http import Clock
from connectors.strava import api as strava
from connectors.syncing import Desk, Tally
from connectors.whoop import api as whoop
from tests.servers.faults import Faults
from tests.servers.garmin import GarminServer
from tests.servers.strava import StravaServer
from tests.servers.whoop import WhoopServer
from tests.servers.world import Life


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One vendor: what people and the ledger call it, its server and its client."""

    name: str
    source: str
    server: type[Any]
    sync: Callable[[Desk, Tally, Any], None]
    prefix: str = ""  # what every path of its data begins with

    def start(self, life: Life, clock: Clock, faults: Faults | None = None, port: int = 0, **changes: Any) -> Any:
        """The server, to be used in a `with` block."""
        return self.server(life, now=clock.now, faults=faults, port=port, **changes)


GARMIN = Cloud(name="garmin", source=garmin.SOURCE, server=GarminServer, sync=garmin.sync)
STRAVA = Cloud(name="strava", source=strava.SOURCE, server=StravaServer, sync=strava.sync, prefix="/api/v3")
WHOOP = Cloud(name="whoop", source=whoop.SOURCE, server=WhoopServer, sync=whoop.sync, prefix="/developer")
CLOUDS = (GARMIN, STRAVA, WHOOP)
