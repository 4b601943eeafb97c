"""Where the templates and the runbooks lie: inside the wheel, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def templates_folder() -> Path:
    """The folder of the Jinja2 and CloudFormation templates."""
    return _folder("templates")


def runbooks_folder() -> Path:
    """The folder of the runbooks that come with `orch`."""
    return _folder("runbooks")


def _folder(name: str) -> Path:
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
