"""The sandbox's own State Manager: associations, and when they run.

schedule   cron, rate and at             terms      what an association says, and its rules
records    what is kept                  manager    one place's associations, and their runs
operations one function an operation     shapes     what clients are shown
filters    of the list calls             timekeeper what makes runs come due, in every place
"""

from __future__ import annotations

from orchestrator.sandbox.statemanager.manager import StateManager

__all__ = ["StateManager"]
