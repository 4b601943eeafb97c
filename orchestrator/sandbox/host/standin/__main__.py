"""The stand-in's process: ``{"script": path, "environment": {...}}`` comes on standard input."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from orchestrator.model.enums import Task
from orchestrator.render.header import Header, read_header
from orchestrator.render.wrapped import inner_source
from orchestrator.sandbox.host.commands import is_locked_down
from orchestrator.sandbox.host.standin.envelope import host_facts, proves, sealed
from orchestrator.sandbox.host.standin.evidence import Evidence
from orchestrator.sandbox.host.standin.files import HostFiles
from orchestrator.sandbox.host.standin.session import Session
from orchestrator.sandbox.host.standin.tasks import carry_out


def main() -> int:
    """Run the script that standard input names, and print its envelope."""
    order = json.load(sys.stdin)
    try:
        text = Path(order["script"]).read_text(encoding="utf-8-sig")
        header = read_header(text)
        if is_locked_down(order["environment"]):
            return constrained(text)
    except ValueError as error:
        sys.stderr.write(
            f"this host has no PowerShell, and its stand-in runs rendered scripts alone: {error}\n"
        )
        return 1
    line, code = run(header, order["environment"], inner_source(text) or "")
    sys.stdout.write(line + "\n")
    return code


def constrained(text: str) -> int:
    """What the script says by itself in Constrained Language Mode, where its first lines end it.

    Windows PowerShell breaks what goes through its formatter at 80 columns. ValueError for a script
    without such lines.
    """
    said = re.search(r"^    Write-Output '(ORCH1:[^']+)'$", text, re.MULTILINE)
    if said is None:
        raise ValueError("nothing in it speaks of Constrained Language Mode")
    sys.stdout.write("".join(f"{piece}\n" for piece in re.findall(".{1,80}", said[1])))
    return 20


def run(header: Header, environment: Mapping[str, str], inner: str = "") -> tuple[str, int]:
    """Do what the script of that header does: the envelope's line and the exit code.

    ``inner`` is the Python source in it, with which it asks boto3.
    """
    instance_id = environment.get("AWS_SSM_INSTANCE_ID", "")
    outcome = None
    if header.procedure.task is Task.PROVE:
        files = HostFiles(header.procedure, header.run_id, environment)
        keep = partial(proves, header.procedure, header.run_id, instance_id)
        evidence = _session(header, environment, inner).run(files, keep)
    else:
        evidence = Evidence()
        outcome = carry_out(header, environment, evidence)
    loaded = evidence.facts.pop("stood_in_for", None)
    evidence.facts.update(host_facts(header.procedure, environment, loaded))
    return sealed(header.procedure, header.run_id, evidence, instance_id, outcome)


def _session(header: Header, environment: Mapping[str, str], inner: str) -> Session:
    return Session(header.procedure, environment, header.run_id, inner)


if __name__ == "__main__":
    sys.exit(main())
