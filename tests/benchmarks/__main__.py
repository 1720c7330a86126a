"""`make bench WHAT=<name>`: measure one thing and print its figures as one JSON line, last.

Figures are for reading and comparing as ratios within one run; nothing asserts seconds, because machines differ. Where a
measurement makes a claim of its own (`holds`), the exit code is 0 only if that is so.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path


def main() -> int:
    names = sorted(path.stem.rstrip("_").replace("_", "-") for path in Path(__file__).parent.glob("[!_]*.py"))
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("what", choices=names, help="what to measure")
    wanted = parser.parse_args()
    # `import` is a keyword, so its module carries a trailing underscore.
    module = "import_" if wanted.what == "import" else wanted.what.replace("-", "_")
    figures = importlib.import_module(f"tests.benchmarks.{module}").run()
    print(json.dumps({"what": wanted.what, **figures}))
    return 0 if figures.get("holds", True) is True else 1


if __name__ == "__main__":
    sys.exit(main())
