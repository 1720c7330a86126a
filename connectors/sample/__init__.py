"""A seeded sample athlete: three years of running, written as the take-out files that vendors send."""

from connectors.sample.model import PlannedDay, Takeouts, WorkBlock
from connectors.sample.takeouts import write_takeouts

__all__ = ["PlannedDay", "Takeouts", "WorkBlock", "write_takeouts"]
