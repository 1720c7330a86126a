"""What Prefect shows of runs."""

from __future__ import annotations

import re


def ends_of_the_last_run() -> dict[str, str]:
    """What Prefect shows of the newest run: the flow's and each task's state."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        run = client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)[0]
        tasks = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id])))
    ends = {re.sub("-[0-9a-f]{3}$", "", task.name): str(task.state_name) for task in tasks}
    return {**ends, "flow": str(run.state_name)}
