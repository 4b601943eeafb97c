"""The sandbox's own SSM Compliance: what clients put there, and what associations lead to.

kept        items by resource and type        rules       what may be put
operations  one function an operation         summaries   counts
"""

from __future__ import annotations

from orchestrator.sandbox.compliance.kept import Compliance

__all__ = ["Compliance"]
