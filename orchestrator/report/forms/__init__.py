"""The forms that a report can be written in. One module a form, found by its name.

A form named ``x`` is ``forms/x.py`` with ``pieces``: the text of one `Report`, a piece at a time,
since there may be more hosts than memory holds. Nothing else names it. Where it tells of earlier
runs, ``LOOKS_BACK`` says of how many.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import cast

from orchestrator.model.history import Past
from orchestrator.model.report import Report

Pieces = Callable[[Report, Past], Iterator[str]]
"""The text in UTF-8's terms, ended by a line break; the past is of the report's hosts."""


def names() -> Sequence[str]:
    """Every form there is; none is imported for that."""
    return sorted(info.name for info in pkgutil.iter_modules(__path__))


def form(name: str) -> Pieces:
    """The form of that name, which must be one of `names`."""
    return cast(Pieces, _module(name).pieces)


def looks_back(name: str) -> int:
    """Of how many earlier runs the form of that name tells."""
    return int(getattr(_module(name), "LOOKS_BACK", 0))


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")
