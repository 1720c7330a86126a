"""`make prove WHAT=<name> N=<size> SEED=<any>`: run one large claim on worlds drawn from that seed.

Each claim is a module here with `run(n, seed)`; its figures are printed as one JSON line, last, and the exit code is 0
only if the claim holds.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from inspect import signature
from pathlib import Path


def main() -> int:
    names = sorted(path.stem.replace("_", "-") for path in Path(__file__).parent.glob("[!_]*.py"))
    parser = argparse.ArgumentParser(prog="prove", description=__doc__)
    parser.add_argument("what", choices=names, help="the claim to prove")
    parser.add_argument("--n", type=int, default=3, help="how many worlds, kills or athletes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sabotage", default="", help="a planted defect under which the claim must not hold")
    wanted = parser.parse_args()
    claim = importlib.import_module(f"tests.prove.{wanted.what.replace('-', '_')}")
    planted = {"sabotage": wanted.sabotage} if wanted.sabotage else {}
    if planted and "sabotage" not in signature(claim.run).parameters:
        parser.error(f"no defect is planted in {wanted.what} by this command")
    figures = {"what": wanted.what, "n": wanted.n, "seed": wanted.seed, **claim.run(wanted.n, wanted.seed, **planted)}
    print(json.dumps(figures))
    return 0 if figures["holds"] is True else 1


if __name__ == "__main__":
    sys.exit(main())
