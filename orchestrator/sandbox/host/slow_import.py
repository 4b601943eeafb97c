"""A host whose AWS modules load slowly."""

from __future__ import annotations

from pathlib import Path

_TEXT = """\
import sys
import time


class SlowModules:
    def find_spec(self, name, path=None, target=None):
        if name in ("boto3", "botocore"):
            sys.meta_path.remove(self)
            time.sleep({seconds!r})
        return None


sys.meta_path.insert(0, SlowModules())
"""


def slow_import(site: Path, seconds: float) -> None:
    """Let every Python that has this folder on its path wait so long for boto3 or botocore."""
    (site / "sitecustomize.py").write_text(_TEXT.format(seconds=float(seconds)), encoding="utf-8")
