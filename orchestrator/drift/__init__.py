"""Level 2: what changed from run to run. Only what was observed both times is called a change."""

from orchestrator.drift.comparing import compare
from orchestrator.drift.course import courses
from orchestrator.drift.facts import facts_of

__all__ = ["compare", "courses", "facts_of"]
