"""`make mutants WHAT=<package> N=<size> SEED=<any>`: plant N small defects, one at a time, and see which the tests notice.

Plants are drawn uniformly from all that can be planted in the package. What was tried already with the same code is not
tried again, so a run that was cut off goes on where it ended. The last line is JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import Queue

from tests.mutants.plants import PACKAGES, ROOT, Package, Plant, Spot, sources
from tests.mutants.python_plants import python_spots
from tests.mutants.running import Copy
from tests.mutants.sql_plants import constant_spots, sql_spots

_KEPT = ROOT / "build" / "mutants"
_PATIENCE, _GRACE_S = 3.0, 60.0  # a plant may slow the tests down; beyond this they hang


def all_spots(package: Package) -> list[Spot]:
    """Every place of the package for a plant, in a fixed order."""
    planters = {".py": python_spots, ".sql": sql_spots, ".csv": constant_spots}
    found: list[Spot] = []
    for path in sources(package):
        name, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        found += planters[path.suffix](name, text)
    return found


def drawn(package: Package, n: int, seed: int) -> list[Plant]:
    """`n` plants, drawn uniformly by the seed."""
    spots = all_spots(package)
    random.Random(seed).shuffle(spots)
    plants = (plant for spot in spots if (plant := spot.plant()) is not None)
    return list(islice(plants, n))


def main() -> int:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("what", choices=sorted(PACKAGES))
    parser.add_argument("--n", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="copies of the project tested at once")
    parser.add_argument("--least", type=float, default=0.0, help="the share that must be noticed, or exit 1")
    wanted = parser.parse_args()
    package = PACKAGES[wanted.what]
    plants = drawn(package, wanted.n, wanted.seed)
    noticed = dict(_tried(wanted.what, package, plants, wanted.workers))
    survivors = [plant.words() for plant in plants if not noticed[_key(plant)]]
    for words in survivors:
        print(f"not noticed: {words}")
    share = round(1 - len(survivors) / len(plants), 3)
    figures = {
        "what": wanted.what,
        "seed": wanted.seed,
        "planted": len(plants),
        "noticed": len(plants) - len(survivors),
    }
    print(json.dumps({**figures, "share": share, "survivors": survivors}))
    return 0 if share >= wanted.least else 1


def _tried(what: str, package: Package, plants: list[Plant], workers: int) -> Iterator[tuple[str, bool]]:
    """Each plant's key and whether it was noticed: remembered, or found out now and remembered."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    memory = _KEPT / f"{what}-{_fingerprint()}.jsonl"
    known = {}
    if memory.exists():
        known = {row["key"]: row["noticed"] for row in map(json.loads, memory.read_text().splitlines())}
    yield from known.items()
    open_plants = [plant for plant in plants if _key(plant) not in known]
    if not open_plants:
        return
    copies: Queue[Copy] = Queue()
    for number in range(workers):
        copies.put(Copy.made(_KEPT / str(number)))
    first = copies.get()
    limits = tuple(_PATIENCE * s + _GRACE_S for s in first.baseline_s(package))
    copies.put(first)

    def judge(plant: Plant) -> tuple[Plant, bool]:
        copy = copies.get()
        try:
            return plant, copy.notices(plant, package, (limits[0], limits[1]))
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(workers) as pool:
        for plant, noticed in pool.map(judge, open_plants):
            with memory.open("a") as kept:
                kept.write(json.dumps({"key": _key(plant), "noticed": noticed, "plant": plant.words()}) + "\n")
            print(f"{'noticed' if noticed else 'NOT NOTICED'}: {plant.words()}", flush=True)
            yield _key(plant), noticed


def _key(plant: Plant) -> str:
    return hashlib.sha256(f"{plant.path}\0{plant.text}".encode()).hexdigest()[:16]


def _fingerprint() -> str:
    """Of everything that a test may depend on."""
    digest = hashlib.sha256()
    for folder in ("coach", "connectors", "dbt_project", "flows", "reports", "tests"):
        for path in sorted(Path(ROOT / folder).rglob("*")):
            if path.is_file() and not {"__pycache__", "logs", "target"} & set(path.parts):
                digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(main())
