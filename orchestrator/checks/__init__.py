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

from orchestrator.model.enums import Shell, Way
from orchestrator.model.procedure import Scalar, Step

Response = Mapping[str, object]
"""The parsed answer of an API call, as botocore gives it."""


def _no_request(_params: Mapping[str, str]) -> Mapping[str, object]:
    return {}


def _no_facts(_response: Response, _params: Mapping[str, str]) -> Mapping[str, Scalar]:
    """What a check makes of an API's answer that asks none."""
    return {}


def _asked_anywhere(_params: Mapping[str, str], _shell: Shell) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Check:
    """One question, what answers it, and the facts that the answer holds.

    ``params`` maps the parameters' names to the kind of value (a name of `kinds.KINDS`), and
    ``defaults`` those that may be left out to their values; ``fields`` maps the facts to their
    meaning, and where ``open_fields``, there may be others. ``say`` puts facts in words for one
    line, and ``about`` says in a word or two what was asked for, where no facts came back.

    Of a check that asks AWS, ``service`` and ``operation`` name the API call as botocore does, and
    ``request`` makes its arguments of the parameters; ``cmdlet`` is the one that asks it in
    PowerShell, from the module ``AWS.Tools.<module>``; ``action`` is the IAM action that it needs,
    None where it needs none, on the ARN ``resource``, in which ``{partition}`` and the parameters
    are filled in. ``read`` makes the facts of the API's answer.

    A check without a ``service`` makes no call. ``asked_by`` shows for each language what it asks,
    with the parameters filled in; the sandbox's stand-in answers it in ``standin/local.py``.

    ``ways`` are those in which it can be asked. Where it is ``of_host``, no way to switch changes
    the answer: it is asked once in each phase, and nothing that keeps a way from being gone keeps
    it from being asked. Of a way that is Python, a script in PowerShell lets Python ask it, unless
    ``by_shell``. ``refuses`` says why it cannot be asked with these parameters by a script in that
    language; empty where it can.
    """

    name: str
    title: str
    fields: Mapping[str, str]
    say: Callable[[Mapping[str, Scalar]], str]
    about: Callable[[Mapping[str, str]], str]
    params: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    open_fields: bool = False
    service: str = ""
    operation: str = ""
    module: str = ""
    cmdlet: str = ""
    action: str | None = None
    resource: str = "*"
    request: Callable[[Mapping[str, str]], Mapping[str, object]] = _no_request
    read: Callable[[Response, Mapping[str, str]], Mapping[str, Scalar]] = _no_facts
    asked_by: Mapping[Shell, str] = field(default_factory=dict)
    ways: frozenset[Way] = frozenset(Way)
    of_host: bool = False
    by_shell: bool = False
    refuses: Callable[[Mapping[str, str], Shell], str] = _asked_anywhere

    @property
    def asks_aws(self) -> bool:
        """Whether it makes an API call, which can be refused."""
        return bool(self.service)


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check there is, by name."""
    found: dict[str, Check] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        found[info.name] = module.CHECK
    return found


def asked_inside(step: Step) -> bool:
    """Whether a script in PowerShell leaves this step to the Python that it starts."""
    return step.way is Way.PYTHON and not all_checks()[step.check].by_shell
