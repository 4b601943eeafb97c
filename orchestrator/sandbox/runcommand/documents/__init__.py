"""SSM documents: AWS's own, and those that an account makes.

model     what one version says            reading     its text, and the rules for it
own       AWS's                            given       parameters that suit it
kept      the documents of one place       operations  one function an operation
"""

from __future__ import annotations

from orchestrator.sandbox.runcommand.documents.kept import Documents
from orchestrator.sandbox.runcommand.documents.model import Document

__all__ = ["Document", "Documents"]
