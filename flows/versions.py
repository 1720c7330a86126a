"""What a report says it was made with."""

from __future__ import annotations

from importlib.metadata import version

# Raise when a metric's formula changes: past reports keep the number they were made with.
METRICS_VERSION = "2"
VERSIONS: tuple[tuple[str, str], ...] = (("pacewright", version("pacewright")), ("metrics", METRICS_VERSION))
