"""Level 2: from a host's output to evidence, or to the reason why there is none."""

from orchestrator.observe.reading import read

__all__ = ["read"]
