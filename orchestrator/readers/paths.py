"""Which files each reader looks into.

.NET (SharedCredentialsFile.cs): a variable counts only if it names a file that exists; HOME wins
over USERPROFILE; without AWS_CONFIG_FILE the config file is the one beside the credentials file.
botocore (configprovider.py, configloader.py): the variables always count, ``~`` and variables in
them are expanded, and on Windows the home folder is USERPROFILE.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from orchestrator.readers.model import Question, System

CONFIG = "AWS_CONFIG_FILE"
CREDENTIALS = "AWS_SHARED_CREDENTIALS_FILE"
_USUAL = ("~/.aws/config", "~/.aws/credentials")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{([^}]*)\})")
_WINDOWS_VARIABLE = re.compile(r"%([^%]+)%")


@dataclass(frozen=True, slots=True)
class Paths:
    """The two files. ``config`` is empty where the reader looks at none."""

    config: str
    credentials: str

    @property
    def all(self) -> tuple[str, ...]:
        """Both, in the order in which a person reads them."""
        return tuple(path for path in (self.config, self.credentials) if path)


def candidates(environment: Mapping[str, str], system: System) -> tuple[str, ...]:
    """Every path that some reader may look at in that environment.

    Whoever reads the files for `Question.files` reads those of them that exist.
    """
    flavour = _flavour(system)
    named = [environment.get(variable, "") for variable in (CONFIG, CREDENTIALS)]
    beside = [flavour.join(flavour.dirname(named[1]), "config")] if named[1] else []
    home = _dotnet_home(environment)
    usual = [flavour.join(home, ".aws", name) for name in ("config", "credentials")]
    expanded = [_expanded(path, environment, system) for path in (*named, *_USUAL)]
    found = [*named, *expanded, *beside, *usual]
    return tuple(dict.fromkeys(path for path in found if path))


def dotnet_paths(question: Question) -> Paths:
    """The files of the SDK for .NET."""
    flavour = _flavour(question.system)
    folder = flavour.join(_dotnet_home(question.environment), ".aws")
    credentials = _existing(question, CREDENTIALS) or flavour.join(folder, "credentials")
    if question.environment.get(CONFIG):
        return Paths(_existing(question, CONFIG) or flavour.join(folder, "config"), credentials)
    return Paths(flavour.join(flavour.dirname(credentials), "config"), credentials)


def botocore_paths(question: Question) -> Paths:
    """The files of botocore, and so of the AWS CLI."""
    environment = question.environment
    named = (environment.get(CONFIG, _USUAL[0]), environment.get(CREDENTIALS, _USUAL[1]))
    return Paths(*(_expanded(path, environment, question.system) for path in named))


def _flavour(system: System) -> ModuleType:
    return ntpath if system is System.WINDOWS else posixpath


def _existing(question: Question, variable: str) -> str:
    path = question.environment.get(variable, "")
    return path if path in question.files else ""


def _dotnet_home(environment: Mapping[str, str]) -> str:
    return environment.get("HOME") or environment.get("USERPROFILE") or "."


def _home(environment: Mapping[str, str], system: System) -> str:
    """The home folder as Python's ``expanduser`` finds it."""
    if system is System.POSIX:
        return environment.get("HOME", "~")
    drive = environment.get("HOMEDRIVE", "") + environment.get("HOMEPATH", "")
    return environment.get("USERPROFILE") or drive or "~"


def _expanded(path: str, environment: Mapping[str, str], system: System) -> str:
    def value(match: re.Match[str]) -> str:
        name = next(filter(None, match.groups()), "")
        return environment.get(name, match[0])

    path = _VARIABLE.sub(value, path)
    if system is System.WINDOWS:
        path = _WINDOWS_VARIABLE.sub(value, path)
    head, rest = path[:1], path[1:]
    if head != "~" or rest[:1] not in {"", "/", "\\"}:
        return path
    home = _home(environment, system)
    flavour = _flavour(system)
    return (
        str(flavour.normpath(home + rest)) if system is System.WINDOWS else home.rstrip("/") + rest
    )
