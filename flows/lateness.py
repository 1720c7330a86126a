"""Scheduled runs that a sleeping machine left behind: the newest one runs, the others end without doing anything."""

from __future__ import annotations

from prefect import runtime
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled
from prefect.types._datetime import now

SUPERSEDED = "A newer run of this deployment was due when this one could start; that one does the work of both."


def is_superseded() -> bool:
    """True for a scheduled run whose deployment has a newer run due; whatever else is due and older is cancelled too.

    Runs that a person started are never superseded: what they were given may differ.
    """
    if not runtime.flow_run.id or not runtime.deployment.id:
        return False
    with get_client(sync_client=True) as client:
        mine = client.read_flow_run(runtime.flow_run.id)
        if not mine.auto_scheduled or mine.expected_start_time is None:
            return False
        others = [run for run in _due(client) if run.auto_scheduled and run.id != mine.id and run.expected_start_time]
        newest = max((run.expected_start_time for run in others if run.expected_start_time), default=None)
        for run in others:
            is_newest = run.expected_start_time == newest and newest is not None and newest > mine.expected_start_time
            if not is_newest:
                # Not forced: only a state that Prefect agreed to gives back the run's place in the deployment's limit.
                client.set_flow_run_state(run.id, Cancelled(message=SUPERSEDED))
    return newest is not None and newest > mine.expected_start_time


def _due(client: SyncPrefectClient) -> list[FlowRun]:
    return client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[runtime.deployment.id])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED, StateType.PENDING])),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=now("UTC")),
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=200,
    )
