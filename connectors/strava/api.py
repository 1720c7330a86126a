"""One sync with Strava's API: who, which activities, which gear, then details and recordings as far as the quota goes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from connectors.errors import SignInAgain, SyncEnded
from connectors.http import Api, sign_in
from connectors.strava import api_auth
from connectors.strava.api_config import StravaConfig
from connectors.strava.api_rules import CONNECTS_AS, NAME, SOURCE, explain, read_quota
from connectors.syncing import Desk, Reach, Tally
from connectors.tokens import Keeper

__all__ = ["NAME", "SOURCE", "sync"]


def sync(desk: Desk, tally: Tally, config: StravaConfig) -> None:
    """Land what Strava has. Everything read is kept when this ends early, and the next sync goes on from there."""
    # stravalib takes half a second to import; only a sync needs it.
    from connectors.strava.api_activities import land_activities
    from connectors.strava.api_anew import begin_anew
    from connectors.strava.api_client import Strava
    from connectors.strava.api_details import land_details
    from connectors.strava.api_due import tidy
    from connectors.strava.api_profile import land_gear, land_profile

    grant = desk.tokens.read(CONNECTS_AS)
    if grant is None:
        raise SignInAgain(f"{NAME} is not connected.", sign_in(CONNECTS_AS))
    api_auth.check_granted(grant)
    keep_since = None
    if config.retention_days is not None:
        keep_since = desk.clock.now() - timedelta(days=config.retention_days)
    refresh = partial(api_auth.refresh, config, clock=desk.clock)
    with Api(
        name=NAME,
        source=CONNECTS_AS,
        base_url=config.base_url,
        clock=desk.clock,
        bearer=Keeper(desk.tokens, CONNECTS_AS, name=NAME, clock=desk.clock, refresh=refresh),
        budget=tally.budget,
        explain=explain,
        read_quota=read_quota,
        patience=config.patience,
    ) as api:
        strava = Strava(api, config)
        ended = None
        if desk.reach == Reach.EVERYTHING:
            begin_anew(desk)
        try:
            land_profile(desk, tally, strava, grant)
            land_activities(desk, tally, strava, keep_since=keep_since)
            land_gear(desk, tally, strava)
            land_details(desk, tally, strava, config, keep_since=keep_since)
        except SyncEnded as error:
            ended = error
        tidy(desk, tally)
        if strava.drifted:
            tally.counts["drifted"] += len(strava.drifted)
            tally.held_back["shape"] = (
                f"{len(strava.drifted):,} answers have a shape that is new to us; they are kept as they came"
            )
        if ended is not None:
            raise ended
