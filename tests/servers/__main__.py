"""`make vendors`: all fake vendors at once on this machine, to try signing in and syncing without an account.

They know one made-up athlete who has lived half a year until this morning. Ctrl-C ends them.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from datetime import UTC, datetime

from flows.clock import WallClock
from tests.servers.clouds import CLOUDS
from tests.servers.faults import PASSING, Faults
from tests.servers.world import copy_of, new_life

_PORTS = {"garmin": 8901, "strava": 8902, "whoop": 8903}


def main() -> None:
    """Start them, say how to reach them, and wait."""
    parser = argparse.ArgumentParser(prog="vendors", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--faults", type=float, default=0.0, help="share of requests that something befalls")
    wanted = parser.parse_args()
    life = new_life(wanted.seed, today=datetime.now(UTC).date(), days=wanted.days)
    with ExitStack() as stack:
        print("# Put this into the environment of a home of its own:")
        print('export PACEWRIGHT_HOME="$PWD/trial-home"')
        for cloud in CLOUDS:
            faults = Faults(rate=wanted.faults, kinds=PASSING)
            vendor = stack.enter_context(cloud.start(copy_of(life), WallClock(), faults, _PORTS[cloud.name]))
            config, grant = vendor.config(), vendor.grant()
            prefix = f"export PACEWRIGHT_{cloud.name.upper()}__"
            print(f"{prefix}BASE_URL={config.base_url}")
            if grant.client_id:
                print(f"{prefix}OAUTH_URL={config.oauth_url}")
                print(f"{prefix}CLIENT_ID={grant.client_id}")
                print(f"{prefix}CLIENT_SECRET={grant.client_secret}")
            if grant.key:
                print(f"{prefix}KEY={grant.key}")
        print(
            "# Then: pacewright init; pacewright connect strava; pacewright sync. Ctrl-C here ends the vendors.",
            flush=True,
        )
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
