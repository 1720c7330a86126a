"""Prefect as the README says it is run: a real server, our deployments, a real worker, and those who should not get in."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.home import Home
from tests.builders.homes import HomeAt, morning_of

pytestmark = pytest.mark.slow

TODAY = date(2026, 5, 20)
ZONE = ZoneInfo("Europe/Berlin")
LATE_RUNS = 3


@dataclass
class Running:
    """A home with a server, its deployments, runs that came due while no worker was there, and then a worker."""

    home: Home
    port: int
    folder: Path
    late: list[str]

    def ask(
        self,
        path: str,
        body: object | None = None,
        *,
        headers: dict[str, str] | None = None,
        key: str | None = "",
        method: str | None = None,
    ) -> tuple[int, Message, Any]:
        """Status, headers and answer; with the home's key unless another one (or none) is named.

        A server that is writing elsewhere just then answers 503 and asks to be asked again, which is done.
        """
        sent = {"Content-Type": "application/json", **(headers or {})}
        secret = (self.home.root / "prefect" / "server.key").read_text() if key == "" else key
        if secret is not None:
            sent["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api{path}", data=data, headers=sent, method=method
        )
        for is_last in (False,) * 10 + (True,):
            try:
                with urllib.request.urlopen(request, timeout=90) as answer:
                    return answer.status, answer.headers, _read(answer.read())
            except urllib.error.HTTPError as error:
                if error.code != 503 or is_last:
                    return error.code, error.headers, _read(error.read())
                time.sleep(2)
        raise AssertionError("unreachable")

    def deployments(self) -> dict[str, Any]:
        return {one["name"]: one for one in self.ask("/deployments/filter", {})[2]}

    def runs(self, name: str) -> list[dict[str, Any]]:
        """The runs of a deployment, as they came due."""
        wanted = {
            "deployments": {"id": {"any_": [self.deployments()[name]["id"]]}},
            "sort": "EXPECTED_START_TIME_ASC",
            "limit": 200,
        }
        answer: list[dict[str, Any]] = self.ask("/flow_runs/filter", wanted)[2]
        return answer

    def run(self, identity: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.ask(f"/flow_runs/{identity}")[2]
        return answer

    def logs(self, identity: str) -> str:
        wanted = {"logs": {"flow_run_id": {"any_": [identity]}}, "sort": "TIMESTAMP_ASC"}
        return "\n".join(one["message"] for one in self.ask("/logs/filter", wanted)[2])

    def ended(self, identity: str, *, within_s: float = 600.0) -> dict[str, Any]:
        final = {"COMPLETED", "FAILED", "CANCELLED", "CRASHED"}
        wait_until(lambda: self.run(identity)["state_type"] in final, within_s=within_s)
        return self.run(identity)


def _read(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode()


def wait_until(is_so: Callable[[], bool], *, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"it was not so within {within_s:.0f} s"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, home_at: HomeAt) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("operate")
    home = home_at(folder / "home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"PACEWRIGHT_HOME": str(home.root), "PACEWRIGHT_NOW": morning_of(TODAY).isoformat()}
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *words: str) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            command = [sys.executable, "-m", "flows.cli", name, *words]
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    try:
        start("server", "--port", str(port))
        wait_until((home.root / "prefect" / "server.port").exists, within_s=60)
        this = Running(home=home, port=port, folder=folder, late=[])
        wait_until(lambda: _answers(this), within_s=120)
        subprocess.run([sys.executable, "-m", "flows.cli", "deploy"], env=environment, check=True, capture_output=True)
        _fall_due(this)
        start("worker")
        _let_one_fire(this)
        yield this
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=60)


def _answers(this: Running) -> bool:
    try:
        return this.ask("/health")[0] == 200
    except OSError:
        return False


def _fall_due(this: Running) -> None:
    """Three runs of the morning that came due while no worker was there; the schedule that made them goes again."""
    daily = this.deployments()["daily"]["id"]
    anchor = datetime.now(UTC) - timedelta(seconds=5)
    interval = {"interval": 15, "anchor_date": anchor.isoformat(), "timezone": "UTC"}
    soon = [{"schedule": interval, "active": True, "slug": "soon"}]
    assert this.ask(f"/deployments/{daily}/schedules", soon)[0] == 201

    def late() -> list[str]:
        now = datetime.now(UTC).isoformat()
        return [one["id"] for one in this.runs("daily") if one["expected_start_time"] <= now]

    wait_until(lambda: len(late()) >= LATE_RUNS, within_s=180)
    this.late = late()


def _let_one_fire(this: Running) -> None:
    """A run that fired by itself has done the day; the schedule that made it goes, and every 15 seconds nothing more begins."""
    wait_until(lambda: any(one["state_type"] == "COMPLETED" for one in this.runs("daily")), within_s=300)
    daily = this.deployments()["daily"]
    soon = next(one["id"] for one in daily["schedules"] if one["slug"] == "soon")
    this.ask(f"/deployments/{daily['id']}/schedules/{soon}", method="DELETE")
    busy = {"RUNNING", "PENDING"}
    wait_until(lambda: not any(one["state_type"] in busy for one in this.runs("daily")), within_s=120)


def test_a_run_fires_by_itself_and_what_fell_due_while_nobody_worked_comes_down_to_one(running: Running) -> None:
    assert len(running.late) >= LATE_RUNS
    ends = [running.ended(one) for one in running.late]

    assert [one["state_type"] for one in ends[:-1]] == ["CANCELLED"] * (len(ends) - 1)
    assert all("newer run" in one["state"]["message"] for one in ends[:-1])
    done = [one for one in running.runs("daily") if one["state_type"] == "COMPLETED"]
    assert done[0]["auto_scheduled"]


def test_a_runs_page_holds_its_log_and_nothing_of_the_athletes(running: Running) -> None:
    done = next(one for one in running.runs("daily") if one["state_type"] == "COMPLETED")
    wait_until(lambda: "Mail: " in running.logs(done["id"]), within_s=30)

    said = running.logs(done["id"])

    assert "Warehouse: published." in said
    brief = (running.home.outbox / "me" / f"{TODAY}-brief.eml").read_text(encoding="utf-8")
    subject = next(line for line in brief.splitlines() if line.startswith("Subject: "))
    assert subject.removeprefix("Subject: ") not in said
    assert not re.search(r"Alex|\d+ (bpm|ms|km)|recovery score", said)


def test_schedules_follow_the_athletes_clock_across_its_changes(running: Running) -> None:

    from prefect.server.schemas.schedules import CronSchedule

    hours: dict[str, set[tuple[int, int]]] = {}
    for name in ("daily", "weekly-report"):
        told = next(one for one in running.deployments()[name]["schedules"] if one["slug"] != "soon")["schedule"]
        schedule = CronSchedule(**told)
        assert schedule.timezone == "Europe/Berlin"
        dates = [
            at
            for start in (datetime(2026, 10, 18, tzinfo=UTC), datetime(2027, 3, 21, tzinfo=UTC))
            for at in asyncio.run(schedule.get_dates(n=600, start=start, end=start + timedelta(days=15)))
        ]
        hours[name] = {(at.astimezone(ZONE).hour, at.astimezone(ZONE).minute) for at in dates}
        assert len({at.astimezone(ZONE).utcoffset() for at in dates}) == 2

    assert hours["weekly-report"] == {(7, 0)}
    assert hours["daily"] == {(hour, minute) for hour in range(5, 22) for minute in (0, 30)}


def test_the_scheduler_plans_every_schedule_without_an_error(running: Running) -> None:
    def planned(name: str) -> int:
        return sum(one["auto_scheduled"] for one in running.runs(name))

    wait_until(lambda: planned("daily") > LATE_RUNS and planned("weekly-report") >= 3, within_s=120)

    assert planned("sync") == 0
    said = (running.folder / "server.log").read_text(encoding="utf-8").splitlines()
    # A worker's heartbeat that finds the database being written is sent again half a minute later, and nothing is lost.
    assert [line for line in said if "ERROR" in line and "heartbeat" not in line] == []
    where = {json.dumps(one["pull_steps"]) for one in running.deployments().values()}
    assert len(where) == 1
    assert json.dumps(str(Path(__file__).resolve().parents[2])) in where.pop()


def test_another_sites_page_gets_nothing_from_the_server(running: Running) -> None:
    evil = {"Origin": "http://evil.example"}
    daily = running.deployments()["daily"]["id"]

    status, headers, _ = running.ask(f"/deployments/{daily}/create_flow_run", {}, headers=evil, key=None)
    guessed, _, _ = running.ask("/flow_runs/filter", {}, key="pacewright:guess")
    _, told, _ = running.ask("/flow_runs/filter", {}, headers=evil)
    foreign, _, _ = running.ask("/health", headers={"Host": "evil.example"})

    assert (status, guessed, foreign) == (401, 401, 400)
    assert headers["Access-Control-Allow-Origin"] is None
    assert told["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize("wanted", ["command", "env", "working_dir", "env.PYTHONSTARTUP"])
def test_a_run_chooses_nothing_of_how_it_is_started(running: Running, wanted: str) -> None:
    daily = running.deployments()["daily"]["id"]
    values = {"command": f"touch {running.folder / 'taken'}", "env": {"PYTHONPATH": "/"}, "working_dir": "/"}

    body = {"job_variables": {wanted: values.get(wanted, "/x")}, "parameters": {"day": "2020-01-01"}}
    status, _, answer = running.ask(f"/deployments/{daily}/create_flow_run", body)

    assert status in {409, 422}, answer
    # A pool that another tool made lax again would let it through to the worker; the template there does not use it.
    pool = running.ask("/work_pools/pacewright")[2]["base_job_template"]
    assert pool["job_configuration"] == {"stream_output": True}
    assert not (running.folder / "taken").exists()


def test_a_run_that_fails_says_so_on_its_page_and_leaves_no_exception_on_disk(running: Running) -> None:
    daily = running.deployments()["daily"]["id"]
    made = running.ask(f"/deployments/{daily}/create_flow_run", {"parameters": {"day": "2020-01-01"}})[2]

    ended = running.ended(made["id"])

    assert (ended["state_type"], ended["state_name"]) == ("FAILED", "Failed")
    assert ended["state"]["message"].startswith("Nothing was known on 2020-01-01")
    wait_until(lambda: "Nothing was known on 2020-01-01" in running.logs(made["id"]), within_s=30)
    assert not (running.home.root / "prefect" / "storage").exists()


def test_nobody_else_reads_anything_in_a_home_after_a_morning(running: Running) -> None:
    others = [
        f"{path.relative_to(running.home.root)} {stat.filemode(path.stat().st_mode)}"
        for path in [running.home.root, *running.home.root.rglob("*")]
        # What was dropped into the inbox belongs to whoever put it there; its folder is closed.
        if running.home.inbox not in path.parents and path.exists() and path.stat().st_mode & 0o077
    ]

    assert (running.home.site / "index.html").exists()
    assert others == []


def test_a_retry_of_a_failed_run_runs_what_failed(running: Running) -> None:
    daily = running.deployments()["daily"]
    home = running.home
    home.warehouse.unlink()
    (home.work / "dbt").rename(home.work / "aside")
    (home.work / "dbt").touch()  # a file where dbt needs a folder: nothing can be built
    made = running.ask(f"/deployments/{daily['id']}/create_flow_run", {})[2]
    failed = running.ended(made["id"])
    (home.work / "dbt").unlink()
    (home.work / "aside").rename(home.work / "dbt")
    ends = _task_ends(running, made["id"])

    retry = {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}, "force": True}
    running.ask(f"/flow_runs/{made['id']}/set_state", retry)

    assert running.ended(made["id"])["state_type"] == "COMPLETED"
    assert failed["state_type"] == "FAILED"
    assert ends["refresh_warehouse"] == ["FAILED"]
    assert _task_ends(running, made["id"])["refresh_warehouse"][-1] == "COMPLETED"
    assert home.warehouse.exists()


def _task_ends(running: Running, identity: str) -> dict[str, list[str]]:
    """Task → how its runs in this flow run ended, in their order."""
    wanted = {"task_runs": {"flow_run_id": {"any_": [identity]}}}
    found: dict[str, list[str]] = {}
    for one in sorted(running.ask("/task_runs/filter", wanted)[2], key=lambda each: each["end_time"] or ""):
        found.setdefault(one["name"].rsplit("-", 1)[0], []).append(one["state_type"])
    return found
