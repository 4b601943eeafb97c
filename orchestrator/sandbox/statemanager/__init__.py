"""The sandbox's own State Manager: associations, and when they run.

schedule   cron, rate and at             terms      what an association says, and its rules
records    what is kept                  runs       one run: sent, and brought up to date
manager    one place's associations      timekeeper what makes runs come due, in every place
operations one function an operation     shapes     what clients are shown
filters    of the list calls
"""

from __future__ import annotations

from orchestrator.sandbox.statemanager.manager import StateManager

__all__ = ["StateManager"]
