"""What a run says of its failure where others read it, on Prefect's pages and in its logs: the fact, never a value.

A flow that raises leaves its exception pickled on disk and its text on the run's page. Ours end in a state instead: the
caller in this process still gets the exception itself, the server gets a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from pathlib import Path
from traceback import extract_tb, print_exception
from typing import Any, ParamSpec, TypeVar

from prefect import runtime
from prefect.states import Failed

from connectors.errors import ConnectorError
from flows.errors import BuildFailed, FlowError

P = ParamSpec("P")
R = TypeVar("R")

_CODE = Path(__file__).resolve().parents[1]


class Unexpected(FlowError):
    """A failure nobody foresaw, by its kind and place; `original` is for this process only."""

    def __init__(self, original: Exception) -> None:
        super().__init__(fact_of(original))
        self.original = original


def fact_of(error: Exception) -> str:
    """A sentence without anything of the athlete's: our own errors' texts, of all others the kind and the place."""
    if isinstance(error, BuildFailed):
        return "The warehouse could not be built; the report says why. Try `pacewright rebuild` on the machine itself."
    if isinstance(error, FlowError | ConnectorError):
        return str(error)
    places = [
        f"{Path(frame.filename).resolve().relative_to(_CODE)}:{frame.lineno}"
        for frame in extract_tb(error.__traceback__)
        if Path(frame.filename).resolve().is_relative_to(_CODE) and ".venv" not in frame.filename
    ]
    return f"{type(error).__name__} at {places[-1] if places else 'an unknown place'}."


def step(function: Callable[P, R]) -> Callable[P, R]:
    """A task's body that fails with a sentence fit for the run's page; what Prefect may retry stays what it is."""

    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (FlowError, ConnectorError) as error:
            if isinstance(error, BuildFailed):
                raise Unexpected(error) from None
            # Without its causes: a traceback in the run's log would quote what they hold.
            raise error from None
        except Exception as error:  # noqa: BLE001  it is raised again, without what the run's page must not show
            raise Unexpected(error) from None

    return told


def ending(function: Callable[P, Any]) -> Callable[P, dict[str, Any]]:
    """A flow's body that ends Failed with a sentence; a caller in the same process gets the exception itself."""

    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  the caller gets it, whatever it is
            original = error.original if isinstance(error, Unexpected) else error
            if not runtime.deployment.id:
                return Failed(message=fact_of(original), data=original)
            # Under a worker nobody is there to take it but the run's log; all of it is for the worker's own terminal.
            print_exception(original)
            return Failed(message=fact_of(original), data=FlowError(fact_of(original)))

    return _typed(told, function)


def _typed(told: Callable[P, Any], function: Callable[P, Any]) -> Callable[P, dict[str, Any]]:
    # Prefect reads the parameters' types in the namespace of what it is given, which knows nothing of the flow's imports.
    told.__signature__ = signature(function, eval_str=True)  # type: ignore[attr-defined]  # functions may carry one
    return told
