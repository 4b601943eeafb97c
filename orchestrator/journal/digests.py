"""What a record's hash is of. docs/history.md says the same, for whoever checks it elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

FORM = 1
"""Of what follows; it stands in every record's hash."""

RUN_COLUMNS = (
    *("run_id", "started", "runbook", "plan_sha256", "region", "hosts", "asked", "options"),
    *("ended", "outcome", "exit_code", "whole", "account_role", "schedule"),
)
HOST_COLUMNS = ("instance_id", "invocation", "seconds", "outcome", "name", "cause", "report")
CHUNK_COLUMNS = ("number", "instance_ids", "command_id")


def digest(values: object) -> str:
    """SHA-256 of plain data as compact ASCII JSON with sorted keys, 64 hex digits."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


class HostDigest(NamedTuple):
    """Of one host: what SSM told of its end, and what came of it."""

    instance_id: str
    said: str
    judged: str


def host_digest(row: tuple[Any, ...]) -> HostDigest:
    """Of a row of `HOST_COLUMNS`."""
    instance_id, invocation, seconds, outcome, name, cause, report = row
    said = digest([instance_id, invocation, seconds])
    return HostDigest(instance_id, said, digest([instance_id, outcome, name, cause, report]))


class Summing:
    """The hosts' digests go through here one by one, and become one."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()

    def through(self, hosts: Iterable[HostDigest]) -> Iterator[HostDigest]:
        """The same, and each is taken into the sum. They come in the order of their ids."""
        for host in hosts:
            self.add(host)
            yield host

    def add(self, host: HostDigest) -> None:
        """One more."""
        self._sum.update(f"{host.instance_id} {host.said} {host.judged}\n".encode())

    def digest(self) -> str:
        """Of all that went through."""
        return self._sum.hexdigest()


def run_digests(
    run: tuple[Any, ...],
    plan: str,
    managed: str,
    closing: str | None,
    chunks: Iterable[tuple[Any, ...]],
) -> dict[str, str]:
    """Of all of a run but its hosts, by part. ``run`` is a row of `RUN_COLUMNS`."""
    row = dict(zip(RUN_COLUMNS, run, strict=True))
    row["options"] = _value(row["options"])
    sent = [[number, _value(ids), command_id] for number, ids, command_id in chunks]
    return {
        "run": digest(row),
        "plan": digest([plan]),
        "targets": digest([managed]),
        "closing": digest([closing]),
        "chunks": digest(sent),
    }


def parts_text(parts: Mapping[str, object]) -> str:
    """The parts as a link keeps them; its record's hash is of this text."""
    return json.dumps({"form": FORM, **parts}, sort_keys=True, separators=(",", ":"))


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _value(text: Any) -> object:
    """What the JSON says, however it is spaced; text that is none stands for itself."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return text
