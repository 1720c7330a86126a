"""Garmin's Personal API: daily values, activities, their details and their recordings, landed as they come."""

from __future__ import annotations

from connectors.garmin import api_activities, api_days, api_details, api_files
from connectors.garmin.api_auth import NAME
from connectors.garmin.api_calls import Garmin
from connectors.garmin.api_config import GarminConfig
from connectors.garmin.api_round import SOURCE, Round
from connectors.syncing import Desk, Tally

__all__ = ["NAME", "SOURCE", "sync"]


def sync(desk: Desk, tally: Tally, config: GarminConfig) -> None:
    """Fetch what is new or changed at Garmin; with `Reach.EVERYTHING` look at all of it again. Raises `SyncEnded`.

    This morning's needs come first: recent days and runs with their recordings, then the way back into the past.
    """
    with Garmin(desk, tally, config) as garmin:
        work = Round(desk=desk, tally=tally, config=config, garmin=garmin)
        details_done: set[str] = set()
        _sync_settings(work)
        for entity in api_days.ENTITIES:
            api_days.sync_recent(work, entity)
        api_activities.sync_recent(work)
        api_details.clear_gone(work)
        api_details.sync_details(work, config.details_per_sync, details_done)
        files_asked = api_files.sync_files(work, config.files_per_sync)

        for entity in api_days.ENTITIES:
            api_days.sync_back(work, entity)
        if api_activities.sync_back(work):
            details_left = None if work.is_everything else config.details_per_sync - len(details_done)
            files_left = None if work.is_everything else config.files_per_sync - files_asked
            api_details.clear_gone(work)
            api_details.sync_details(work, details_left, details_done)
            api_files.sync_files(work, files_left)
        if work.setbacks:
            raise next(iter(work.setbacks.values()))


def _sync_settings(work: Round) -> None:
    """Time zone and heart rate zones, once a day: Garmin only knows today's, so their past is what was landed."""
    if not work.is_due(work.cursor("settings"), "asked", 1):
        return
    settings = work.garmin.settings()
    work.land("profile", {} if settings is None else {"me": settings})
    zones = work.garmin.zones()
    # The list comes in one piece: a sport it no longer names has no zones any more. No list at all says nothing.
    held = work.ask(["zones"], "select source_key from latest") if zones else []
    gone = dict.fromkeys(key for (key,) in held)
    work.land("zones", {**gone, **zones}, cursor=("settings", {"asked": work.today.isoformat()}))
