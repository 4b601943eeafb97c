"""Files that are made by the code and kept: compared, or with ORCH_UPDATE_GOLDEN=1 made again."""

import difflib
import os
from pathlib import Path

UPDATE = "ORCH_UPDATE_GOLDEN"


def assert_same_as_file(file: Path, text: str) -> None:
    """Fail with the difference, and with how to accept it, where the file holds another text."""
    if os.environ.get(UPDATE):
        file.write_text(text, encoding="utf-8")
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    changes = difflib.unified_diff(
        kept.splitlines(), text.splitlines(), file.name, "made now", lineterm=""
    )
    assert kept == text, "\n".join([f"{UPDATE}=1 accepts this:", *changes])
