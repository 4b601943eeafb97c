"""The run's own folder on the host, as the rendered scripts make and remove it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path


class RunFolder:
    """``orch-<run id>`` with the rendered profile and an empty credentials file."""

    def __init__(self, run_id: str, environment: Mapping[str, str]) -> None:
        parent = environment.get("ProgramData") or environment.get("TMPDIR") or "/tmp"  # noqa: S108 - .NET's GetTempPath
        self.path = Path(parent) / f"orch-{run_id}"
        self.config = self.path / "config"
        self.credentials = self.path / "credentials"

    def make(self, profile: str) -> None:
        """Write the files."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.config.write_text(profile, encoding="utf-8", newline="\n")
        self.credentials.write_bytes(b"")

    def remove(
        self, changed: Sequence[str] = (), still: Sequence[str] = ()
    ) -> Mapping[str, object]:
        """Delete the folder; what changed and what is left, as the envelope says it.

        ``changed`` and ``still`` are what was changed outside it, and what is left of that.
        """
        shutil.rmtree(self.path, ignore_errors=True)
        left = [*([str(self.path)] if self.path.exists() else []), *still]
        return {
            "state": "failed" if left else "restored",
            "changed": [str(self.path), *changed],
            "left": left,
        }
