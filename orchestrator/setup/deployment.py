"""One stack as it is wanted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.setup.table import Setup

_SECTION = re.compile(r"^\w", re.MULTILINE)
_SLOT = re.compile(r"^  (\w+):$", re.MULTILINE)

CAPABILITY = "CAPABILITY_NAMED_IAM"
"""Whoever makes roles with names has to say that they know: here by their yes to the change set."""


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter's value, and who gave it."""

    parameter: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stack with what it is told. ``region`` may be empty where it is only to be shown."""

    setup: Setup
    stack_name: str
    values: tuple[Value, ...]
    region: str
    profile: str | None

    @property
    def template(self) -> str:
        """The template's text."""
        return self.setup.template()

    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters that the template has."""
        section = self.template.partition("\nParameters:\n")[2]
        return tuple(_SLOT.findall(_SECTION.split(section)[0]))

    def missing(self) -> Iterator[str]:
        """The parameters that have no value, and need one where the stack is new."""
        given = {item.parameter for item in self.values}
        for slot in self.setup.slots:
            if slot.needed and slot.parameter not in given:
                yield slot.parameter

    def header(self) -> Iterator[str]:
        """Comments to stand above the template: what for, with which values, and how to deploy."""
        yield f"# orch setup show {self.setup.name}: for {self.setup.account}"
        yield "# Parameters, where they are not the defaults below:"
        for item in self.values:
            yield f"#   {item.parameter}={item.value}   ({item.origin})"
        for name in self.missing():
            yield f"#   {name} is needed"
        if not self.values and not list(self.missing()):
            yield "#   none"
        yield f"# `orch setup deploy {self.setup.name}` does the same as, with this text in a file:"
        yield from (f"#   {line}" for line in self.aws_command())

    def aws_command(self) -> Iterator[str]:
        """The AWS CLI's command that deploys the same stack, in lines."""
        yield f"aws cloudformation deploy --template-file {self.setup.file_name} \\"
        given = [f"{item.parameter}={item.value}" for item in self.values]
        given += [f"{name}=..." for name in self.missing()]
        if given:
            yield f"  --parameter-overrides {' '.join(map(shlex.quote, given))} \\"
        access = f" --profile {shlex.quote(self.profile)}" if self.profile else ""
        access += f" --region {self.region}" if self.region else ""
        yield f"  --stack-name {self.stack_name} --capabilities {CAPABILITY}{access}"
