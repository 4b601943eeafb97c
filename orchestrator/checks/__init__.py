"""Level 1: what can be asked on a host. One small file a check, found by its place.

A check named ``x`` is this: ``checks/x.py`` with a `CHECK`, and the template pair
``templates/checks/x.ps1.j2`` and ``templates/checks/x.py.j2``. Nothing else names it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from orchestrator.model.procedure import Scalar

Response = Mapping[str, object]
"""The parsed answer of an API call, as botocore gives it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question, the API call that answers it, and the facts that the answer holds.

    ``params`` maps the parameters' names to the kind of value (a name of `runbook.kinds`);
    ``fields`` maps the facts to their meaning; ``service`` and ``operation`` name the API call as
    botocore does; ``cmdlet`` is the one that asks it in PowerShell, from the module
    ``AWS.Tools.<module>``; ``action`` is the IAM action that it needs, None where it needs none.
    ``read`` makes the facts of the API's answer, ``say`` puts facts in words for one line, and
    ``about`` says in a word or two what was asked for, where no facts came back.
    """

    name: str
    title: str
    service: str
    operation: str
    module: str
    cmdlet: str
    action: str | None
    fields: Mapping[str, str]
    read: Callable[[Response, Mapping[str, str]], Mapping[str, Scalar]]
    say: Callable[[Mapping[str, Scalar]], str]
    about: Callable[[Mapping[str, str]], str]
    params: Mapping[str, str] = field(default_factory=dict)


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check there is, by name."""
    found: dict[str, Check] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        found[info.name] = module.CHECK
    return found
