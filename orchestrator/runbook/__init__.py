"""Level 2: runbooks. YAML goes in, a `Runbook` that is valid in itself comes out.

`document` makes plain data of the YAML and remembers the lines; `shape` says which keys and types
there are, `fitting` what does not fit them; `meaning` says whether the checks, fields, kinds and
inputs that are named exist. `load` reports what all of them find in one error.
"""

from __future__ import annotations

from orchestrator.runbook.library import checked_text, find, names, source_text
from orchestrator.runbook.loading import load
from orchestrator.runbook.schema import schema

__all__ = ["checked_text", "find", "load", "names", "schema", "source_text"]
