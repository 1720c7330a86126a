"""The command line with a planted fault: a signal in a build counts as a build that failed, for reasons of the machine.

A build that fails for any other reason is tried once more, and would hide it.

Started in the place of `flows.cli`; only `signals` does so.
"""

from __future__ import annotations

import runpy
import sys

from flows import culprits, signals, transform

if __name__ == "__main__":
    signals.heed = lambda: None
    signals.obey = lambda: None
    culprits.is_of_the_machine = lambda error: True
    transform._heeding = lambda runner, words: runner.invoke(words)
    sys.argv = [sys.argv[1], *sys.argv[2:]]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
