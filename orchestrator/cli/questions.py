"""What a run has to be told: each thing with its option, its check and an example."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from orchestrator.kinds import KEY_PREFIX, KINDS, check, seconds
from orchestrator.model.enums import Mode, Shell
from orchestrator.model.runbook import Runbook, RunbookInput

OWN_OPTIONS = ("role_arn", "bucket", "profile_name")
"""Inputs with an option of their own; every other is given by ``--set``."""

OUTPUT_BUCKET = "--output-s3-bucket-name"
OUTPUT_PREFIX = "--output-s3-key-prefix"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that may have to be asked for.

    ``option`` is how the command line gives it: ``--bucket``, or ``--set key``. ``check`` gives the
    value back, and raises ValueError for one that is wrong.
    """

    option: str
    help: str
    example: str
    check: Callable[[str], str]
    needed: bool = False

    def written(self, value: str) -> str:
        """The option with that value, as one would type it."""
        if self.option.startswith("--set "):
            return f"--set {shlex.quote(f'{self.option[6:]}={value}')}"
        return f"{self.option} {shlex.quote(value)}"


def questions(runbook: Runbook, *, named: bool = True) -> Iterator[Question]:
    """Everything that a run of this runbook may be told, what is needed first.

    ``named``: the instances are named, not selected.
    """
    if named:
        yield Question(
            "--instance",
            "the instance to run on; several with commas",
            KINDS["instance-id"].example,
            _each("instance-id"),
            needed=True,
        )
    yield from (_of_input(item) for item in runbook.inputs)
    region = KINDS["region"].example
    yield Question(
        "--region", "the region that the instances are in", region, _each("region"), needed=True
    )
    yield Question("--profile", "your own AWS profile", "operator", _of_kind("text"))
    yield Question(
        "--target-profile", "your AWS profile in account B", "account-b", _of_kind("text")
    )
    yield Question("--shell", "what runs on the host", Shell.POWERSHELL, _shell)
    yield Question("--mode", "what happens to the profile on the host", Mode.EPHEMERAL, _mode)
    yield Question(
        "--host-user", "the host's user whose AWS files are meant", "Administrator", _of_user
    )
    yield Question("--timeout", "how long the script may run", "15m", _within(*EXECUTION_BOUNDS))
    yield Question(
        "--delivery-timeout", "how long SSM may take to start it", "60s", _within(*DELIVERY_BOUNDS)
    )
    bucket = KINDS["bucket"]
    yield Question(
        OUTPUT_BUCKET, "the bucket for the hosts' whole output", bucket.example, bucket.check
    )
    yield Question(
        OUTPUT_PREFIX, "how its keys in there begin", KEY_PREFIX.example, KEY_PREFIX.check
    )


def option_of(name: str) -> str:
    """How an input of that name is given."""
    return f"--{name.replace('_', '-')}" if name in OWN_OPTIONS else f"--set {name}"


DELIVERY_BOUNDS = (30, 2_592_000)
"""Seconds that SendCommand takes as TimeoutSeconds (SSM API Reference)."""

EXECUTION_BOUNDS = (5, 172_800)
"""Seconds that the agent takes as executionTimeout; beyond them it silently uses 3,600."""


def split_list(text: str) -> tuple[str, ...]:
    """The parts of a list with commas, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",")))


def _of_input(item: RunbookInput) -> Question:
    example = item.example or KINDS[item.kind].example
    needed = item.default is None
    return Question(option_of(item.name), item.help, example, _of_kind(item.kind), needed=needed)


def _of_kind(kind: str) -> Callable[[str], str]:
    return lambda value: check(kind, value)


def _each(kind: str) -> Callable[[str], str]:
    def test(text: str) -> str:
        for part in split_list(text):
            check(kind, part)
        return text

    return test


def _shell(value: str) -> str:
    if value not in list(Shell):
        raise ValueError(f"{value!a} is not a shell; expected one of: {', '.join(Shell)}")
    return value


def _mode(value: str) -> str:
    if value not in list(Mode):
        raise ValueError(f"{value!a} is not a mode; expected one of: {', '.join(Mode)}")
    return value


def _of_user(value: str) -> str:
    return check("host-user", value)


def _within(least: int, most: int) -> Callable[[str], str]:
    def test(value: str) -> str:
        check("duration", value)
        try:
            seconds(value, least, most)
        except ValueError as error:
            raise ValueError(f"{value} is {error}") from None
        return value

    return test
