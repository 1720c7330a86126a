"""Whatever goes wrong for weeks, a calm look at everything makes the ledger say what Strava says."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from connectors.syncing import Reach
from tests.builders.ledger import query
from tests.builders.strava_api import Runner, runner
from tests.servers.strava import Quota


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_after_any_bad_weeks_a_calm_look_at_everything_gives_the_truth(tmp_path: Path, seed: int) -> None:
    bad_days(tmp_path, seed, days=20)


@pytest.mark.parametrize("seed", [100, 101])
def test_after_any_bad_week_a_calm_look_at_everything_gives_the_truth(tmp_path: Path, seed: int) -> None:
    bad_days(tmp_path, seed, days=7)


def bad_days(root: Path, seed: int, *, days: int) -> None:
    random = Random(seed)
    reads = Quota(10**6, 10**6) if random.random() < 0.5 else Quota(40, 10**6)
    with runner(
        root, days=random.choice((10, 60)), seed=seed, page_size=random.choice((3, 7, 200)), reads=reads
    ) as one:
        one.server.faults.random = random
        one.server.faults.rate = random.choice((0.02, 0.1, 0.3))
        ends: set[str] = set()
        for _ in range(days):
            one.live()
            with one.server.lock:
                for _ in range(random.randint(0, 2)):
                    one.server.life.edit_something(random, one.clock.now(), reach_days=random.choice((14, 90, 400)))
            synced = one.sync(random.choice([Reach.DUE] * 9 + [Reach.EVERYTHING]))
            ends.add(synced.state)
            if synced.state == "sign_in_again":
                one.sign_in()
        one.server.faults.calm()
        one.server.reads = Quota(10**6, 10**6)
        one.clock.at = one.clock.at.replace(minute=59)
        one.sign_in()
        synced = one.sync(Reach.EVERYTHING)

        assert synced.state in {"complete", "paused"}
        if synced.state == "paused":  # the quota as it was counted last
            one.clock.at += one.clock.at.resolution * 10**6 * 120
            synced = one.sync(Reach.EVERYTHING)
        assert (synced.state, synced.held_back) == ("complete", {})
        assert one.view() == one.server.truth()
        assert_recordings_stand_with_their_links(one)
        assert ends <= {"complete", "try_later", "paused", "sign_in_again"}


def assert_recordings_stand_with_their_links(one: Runner) -> None:
    """Every recording that stands is some activity's, and its samples are there."""
    linked = {each["file_sha256"] for (entity, _), each in one.view().items() if entity == "streams"} - {None}
    rows = query(one.store, "select file_sha256, stream_file from raw.streams")
    sampled = {sha256 for sha256, stream_file in rows if (one.store.streams_dir / stream_file).exists()}

    assert set(one.recordings()) == linked
    assert linked <= sampled
