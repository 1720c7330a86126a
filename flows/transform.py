"""dbt, run inside this process with its manifest kept, from the ledger's snapshot into the next warehouse."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from dbt_project import COACH_MODULES
from flows import signals
from flows.culprits import leave_out
from flows.errors import BuildFailed
from flows.home import Home
from flows.snapshot import Snapshot

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A finished build that nobody reads yet: what ran and what failed."""

    warehouse: Path
    models: int
    tests: int
    seconds: float


BUILD: tuple[str, ...] = ("build", "--exclude-resource-type", "unit_test")
PARSE: tuple[str, ...] = ("parse", "--no-partial-parse")
# The project as it was parsed, by the name of its file and whatever home is built: parsing costs more than building.
_manifests: dict[str, Manifest] = {}


def project_folder() -> Path:
    """Where the dbt project lies, installed or in a checkout."""
    return Path(str(resources.files("dbt_project")))


def code_fingerprint() -> str:
    """Changes when any model, macro, seed or setting of the project changes, and then the warehouse is built from nothing."""
    digest = hashlib.sha256()
    for path in sorted(project_folder().rglob("*")):
        if path.suffix in {".sql", ".yml", ".csv", ".py"} and not {"target", "logs"} & set(path.parts):
            digest.update(path.relative_to(project_folder()).as_posix().encode())
            digest.update(path.read_bytes())
    # The models call the coach's equations through DuckDB.
    for module in COACH_MODULES:
        digest.update((resources.files("coach") / f"{module}.py").read_bytes())
    return digest.hexdigest()


def build(home: Home, snapshot: Snapshot, *, target: Path, start_from: Path | None) -> Built:
    """Build and test every model into `target`; raise BuildFailed with the failing nodes' own words.

    `start_from` is the published warehouse to build upon incrementally, made by the same code, or None for a build from
    nothing. Its views stand already; what they show is tested all the same. The snapshot forgets what this code set aside.
    """
    discard(target)
    leave_out(snapshot.path, code_fingerprint=code_fingerprint())
    words = [*BUILD]
    if start_from is not None:
        shutil.copyfile(start_from, target)
        words += ["--exclude", "config.materialized:view", "--indirect-selection", "empty"]
    result = invoke(home.work / "dbt", words, warehouse=target, snapshot=snapshot.path)
    nodes = list(result.result or [])
    failed = [f"{node.node.name}: {node.message}" for node in nodes if str(node.status) in {"error", "fail"}]
    if failed or not result.success:
        detail = "; ".join(failed) or str(result.exception)
        raise BuildFailed(f"The warehouse could not be built ({detail}). The one before is still in place.")
    kinds = [str(node.node.resource_type) for node in nodes]
    return Built(
        warehouse=target,
        models=kinds.count("model"),
        tests=kinds.count("test"),
        seconds=sum(node.execution_time for node in nodes),
    )


def test(home: Home, snapshot: Path, *, warehouse: Path) -> None:
    """Run the data tests on a warehouse as it stands; raise BuildFailed when one fails."""
    words = ["test", "--exclude-resource-type", "unit_test"]
    result = invoke(home.work / "dbt", words, warehouse=warehouse, snapshot=snapshot)
    if not result.success:
        failed = [node.node.name for node in (result.result or []) if str(node.status) in {"error", "fail"}]
        raise BuildFailed(f"The warehouse fails its tests: {', '.join(failed) or result.exception}.")


def document(home: Home, snapshot: Snapshot, *, warehouse: Path) -> Path:
    """Write dbt's documentation of a built warehouse as one page that holds all it shows, and return it."""
    folder = home.work / "dbt"
    words = ["docs", "generate", "--static", "--write-json"]
    result = invoke(folder, words, warehouse=warehouse, snapshot=snapshot.path)
    if not result.success:
        raise BuildFailed(f"The documentation could not be written: {result.exception}.")
    return folder / "target" / "static_index.html"


def discard(target: Path) -> None:
    """Remove a half-built warehouse and its write-ahead log."""
    for leftover in (target, Path(f"{target}.wal")):
        leftover.unlink(missing_ok=True)


def invoke(folder: Path, words: list[str], *, warehouse: Path, snapshot: Path) -> Any:
    """Run one dbt command in this process and let go of the database. What dbt writes, and the parsed project, go to `folder`."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    with environment(warehouse, snapshot):
        try:
            return _heeding(dbtRunner(manifest=parsed(folder)), [*words, *_options(folder)])
        finally:
            # dbt-duckdb keeps the file open after an in-process run; until it is closed the tables are still in the
            # write-ahead log and the file must not be renamed.
            DuckDBConnectionManager.close_all_connections()
            if Path(f"{warehouse}.wal").exists():
                duckdb.connect(str(warehouse)).execute("checkpoint").close()


def _options(folder: Path) -> list[str]:
    project = ["--project-dir", str(project_folder()), "--profiles-dir", str(project_folder())]
    places = ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    return [*project, *places, "--quiet", "--no-print", "--log-level", "none", "--log-level-file", "none"]


def parsed_name() -> str:
    """The name of the file that keeps the project parsed: it changes with all that the parsing rests on."""
    # The adapter's macros are part of it, and seeds are read from where the project lay.
    made_by = (version("dbt-core"), version("dbt-adapters"), version("dbt-duckdb"), sys.version, str(project_folder()))
    key = hashlib.sha256(" ".join((code_fingerprint(), *made_by)).encode()).hexdigest()
    return f"parsed-{key}.msgpack"


def parsed(folder: Path) -> Manifest:
    """The project parsed: by this process, by one before it that kept it in this folder, or now.

    dbt alone would parse all of it again wherever another warehouse is built.
    """
    from dbt.cli.main import dbtRunner
    from dbt.constants import PARTIAL_PARSE_FILE_NAME
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    name = parsed_name()
    if name in _manifests:
        return _manifests[name]
    kept = folder / name
    packed = _sealed(kept)
    if packed is not None:
        manifest = Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)
        manifest.build_flat_graph()
    else:
        folder.mkdir(parents=True, exist_ok=True)
        answer = _heeding(dbtRunner(), [*PARSE, *_options(folder)])
        if not answer.success:
            raise BuildFailed(f"The dbt project cannot be parsed: {answer.exception}.")
        manifest = answer.result
        for older in folder.glob("parsed-*.msgpack"):
            older.unlink(missing_ok=True)
        _seal((folder / "target" / PARTIAL_PARSE_FILE_NAME).read_bytes(), kept)
    _manifests[name] = manifest
    return manifest


def _seal(packed: bytes, kept: Path) -> None:
    half = kept.with_suffix(".half")
    half.write_bytes(hashlib.sha256(packed).digest() + packed)
    half.replace(kept)


def _sealed(kept: Path) -> bytes | None:
    """What was kept; None where nothing was or any bit of it changed, for a changed query would give wrong numbers."""
    try:
        whole = kept.read_bytes()
    except OSError:
        return None
    seal, packed = whole[:32], whole[32:]
    return packed if hashlib.sha256(packed).digest() == seal else None


def _heeding(runner: Any, words: list[str]) -> Any:
    """What dbt answers. Its runner makes a failed build of everything that is raised, also of a wish to end."""
    with signals.as_interrupts():
        answer = runner.invoke(words)
    signals.obey()
    if answer.exception is not None and not isinstance(answer.exception, Exception):
        raise answer.exception
    return answer


def _memory_mb() -> int:
    """What a build may hold at once: six gigabytes, less on a machine that has less than eight."""
    machine_mb = (
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000 if hasattr(os, "sysconf") else 8_000
    )
    return min(6_000, machine_mb * 3 // 4)


@contextmanager
def environment(warehouse: Path, snapshot: Path) -> Iterator[None]:
    """What dbt reads of the environment, until the block ends."""
    wanted = {
        "PACEWRIGHT_WAREHOUSE_NEXT": str(warehouse),
        "PACEWRIGHT_SNAPSHOT": str(snapshot),
        "PACEWRIGHT_BUILD_MEMORY": f"{_memory_mb()}MB",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        # Nobody reads what dbt would write of each run, and writing it takes a tenth of a small build.
        "DBT_WRITE_JSON": os.environ.get("DBT_WRITE_JSON", "false"),
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
