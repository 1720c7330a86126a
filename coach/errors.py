"""What can go wrong when the coach thinks.

CoachError
├── GoalRefused      the goal cannot be prepared safely; carries the binding number and the nearest alternatives
├── UnknownAthlete   nobody of that id has told us anything; save the athlete first
└── UnreadablePlan   a stored plan does not decode; the ledger is damaged or newer than this program
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coach.feasibility import Refused


class CoachError(Exception):
    """Anything the coach cannot or will not do."""


class GoalRefused(CoachError):
    """The goal is unrealistic; `refused` says by which number and what is possible instead."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.text)
        self.refused = refused


class UnknownAthlete(CoachError):
    """The ledger holds no facts about this athlete."""


class UnreadablePlan(CoachError):
    """A stored plan is not what this program writes."""
