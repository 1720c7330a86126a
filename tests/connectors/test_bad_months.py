"""Whatever goes wrong for weeks, a calm look at everything makes the ledger say what the vendor says."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from connectors.syncing import Reach
from tests.builders.syncs import in_peace, runner_at, unfinished
from tests.servers.clouds import CLOUDS, Cloud
from tests.servers.faults import EVERY, Faults
from tests.servers.ledger_view import differences
from tests.servers.strava import Quota

_DAYS = 12
_ENDINGS = {"complete", "try_later", "paused", "sign_in_again"}
# The real patience of the tests is what makes these slow, and `lost` and `reset` ask the same of a client.
_KINDS = tuple(kind for kind in EVERY if kind != "slow")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_after_any_bad_weeks_a_calm_look_at_everything_gives_the_truth(tmp_path: Path, cloud: Cloud, seed: int) -> None:
    random = Random(seed)
    faults = Faults(random, rate=random.choice((0.02, 0.1, 0.3)), kinds=_KINDS)
    days = random.choice((10, 60))
    with runner_at(cloud, tmp_path, days=days, seed=seed, faults=faults, **_narrowness(cloud, random)) as one:
        ends: set[str] = set()
        for _ in range(_DAYS):
            one.live()
            with one.server.lock:
                for _ in range(random.randint(0, 2)):
                    one.server.life.edit_something(random, one.clock.now(), reach_days=random.choice((14, 90, 400)))
            reach = random.choice([Reach.DUE] * 9 + [Reach.EVERYTHING])
            synced = one.sync(reach, **_portions(cloud, random))
            ends.add(synced.state)
            if synced.state == "sign_in_again":
                one.sign_in()
        faults.calm()
        one.sign_in()
        last = in_peace(one.sync, one.clock)

        assert unfinished(last) == []
        assert differences(one.store, cloud.source, one.server.truth(), one.server.secrets) == []
        assert ends <= _ENDINGS


def _narrowness(cloud: Cloud, random: Random) -> dict[str, Any]:
    """What makes more work of the same life at this vendor: short pages and small quotas."""
    if cloud.name != "strava":
        return {}
    reads = Quota(10**6, 10**6) if random.random() < 0.5 else Quota(40, 10**6)
    return {"page_size": random.choice((3, 7, 200)), "reads": reads}


def _portions(cloud: Cloud, random: Random) -> dict[str, Any]:
    """How much of the slow things one sync may fetch, where that can be said."""
    if cloud.name != "garmin":
        return {}
    return {"details_per_sync": random.choice((5, 400)), "files_per_sync": random.choice((5, 400))}
