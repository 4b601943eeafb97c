"""The head of a script: comments that say what it is, and carry the procedure itself."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestrator.model.codec import as_data, canonical_json
from orchestrator.model.enums import Task
from orchestrator.model.plan import Script
from orchestrator.model.procedure import Procedure, procedure_from_data
from orchestrator.render.literals import Literal, comment

LARGEST = 3_000
"""Bytes of a plan that stand as they are. What gzip makes of a larger one depends on its version:
two machines may then render scripts with different hashes."""

_PLAN = re.compile(r"^# orch-plan: (\S+)\s*$", re.MULTILINE)
_READY = re.compile(r"ORCH1:[0-9a-f]{8}:[A-Za-z0-9+/=]+")
_PACKED = re.compile(r"(?<=')H4sI[A-Za-z0-9+/=]+(?=')")
_PACKED_NOTE = re.compile(r"^# packed, to be read in .*$", re.MULTILINE)
_SHA256 = re.compile(r"^# plan sha256: ([0-9a-f]{64})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Header:
    """What a script says of itself. ``sha256`` is the plan's: of the procedure, 64 hex digits."""

    run_id: str
    procedure: Procedure
    sha256: str


def write_header(procedure: Procedure, run_id: str) -> Literal:
    """The header's lines, without a newline at the end. `read_header` is its inverse."""
    data = {"run_id": run_id, "procedure": as_data(procedure)}
    written = canonical_json(data).encode()
    if len(written) > LARGEST:
        written = gzip.compress(written, mtime=0)
    plan = base64.b64encode(written).decode()
    lines = [*title(procedure, run_id), f"# orch-plan: {plan}"]
    return Literal("\n".join(lines))


def packed(text: str) -> str:
    """The script with its plan compressed, whatever its size."""
    found = _PLAN.search(text)
    if found is None:
        return text
    written = base64.b64decode(found[1])
    if written.startswith(b"{"):
        plan = base64.b64encode(gzip.compress(written, mtime=0)).decode()
        return f"{text[: found.start(1)]}{plan}{text[found.end(1) :]}"
    return text


def _proving(procedure: Procedure) -> tuple[str, str]:
    role = comment(procedure.profile.role_arn)
    return (
        f"# orch: shows whether this host can switch to {role}.",
        "# It asks before and after the switch, restores what it changed, and prints one envelope.",
    )


def _restoring(procedure: Procedure) -> tuple[str, str]:
    which = f"the run {procedure.of_run}" if procedure.of_run else "runs that are no more"
    return (
        f"# orch: puts back what {comment(which)} left on this host.",
        "# A run that still goes on is left alone. It prints one envelope.",
    )


def _uninstalling(procedure: Procedure) -> tuple[str, str]:
    name = comment(procedure.profile.name)
    return (
        f"# orch: takes the profile {name} out of the AWS config file that it was installed in.",
        "# Nothing else of the file is changed. It prints one envelope.",
    )


_PURPOSE: Mapping[Task, Callable[[Procedure], tuple[str, str]]] = {
    Task.PROVE: _proving,
    Task.RESTORE: _restoring,
    Task.UNINSTALL: _uninstalling,
}


def title(procedure: Procedure, run_id: str) -> tuple[str, ...]:
    """The comment lines that tell a person what this script is."""
    return (
        *_PURPOSE[procedure.task](procedure),
        f"# runbook: {comment(procedure.runbook)}",
        f"# run: {comment(run_id)}",
        f"# plan sha256: {procedure.sha256()}",
    )


def sha256_without_run(script: Script, run_id: str) -> str:
    """SHA-256 of a script without all that names its run: equal for what differs in nothing else.

    What holds the run's id packed is left out as a whole: the plan in the header, and the envelopes
    that lie ready. Of a part that travels packed the text counts, which lies beside the script.
    """
    rest = script.text
    for pattern in (_PLAN, _READY, _PACKED, _PACKED_NOTE):
        rest = pattern.sub("", rest)
    whole = "\n".join([rest, *(text for name, text in script.parts if name == script.packed)])
    # Not wherever these letters stand: a run may be called as a word that a comment has.
    written = rf"(orch-|run[\"']?(?:: | = )[\"']?){re.escape(run_id)}(?![A-Za-z0-9])"
    return hashlib.sha256(re.sub(written, r"\1RUN", whole).encode()).hexdigest()


def read_header(text: str) -> Header:
    """What the script's header says; ValueError without one, or if its hash does not match."""
    plan, sha256 = _PLAN.search(text), _SHA256.search(text)
    if plan is None or sha256 is None:
        raise ValueError("the script has no header of orch's")
    try:
        written = base64.b64decode(plan[1], validate=True)
        data = json.loads(gzip.decompress(written) if written[:2] == b"\x1f\x8b" else written)
        run_id, procedure = str(data["run_id"]), procedure_from_data(data["procedure"])
    except (
        binascii.Error,
        OSError,
        EOFError,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
    ) as error:
        raise ValueError(f"the script's header cannot be read: {error}") from error
    if procedure.sha256() != sha256[1]:
        raise ValueError("the header's hash is not the hash of the plan that it carries")
    return Header(run_id, procedure, sha256[1])
