"""The stand-in's process: ``{"script": path, "environment": {...}}`` comes on standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from orchestrator.render.header import Header, read_header
from orchestrator.render.profile import profile_text
from orchestrator.render.wrapped import inner_source
from orchestrator.sandbox.host.standin.envelope import host_facts, sealed
from orchestrator.sandbox.host.standin.folder import RunFolder
from orchestrator.sandbox.host.standin.session import Session


def main() -> int:
    """Run the script that standard input names, and print its envelope."""
    order = json.load(sys.stdin)
    try:
        text = Path(order["script"]).read_text(encoding="utf-8-sig")
        header = read_header(text)
    except ValueError as error:
        sys.stderr.write(
            f"this host has no PowerShell, and its stand-in runs rendered scripts alone: {error}\n"
        )
        return 1
    line, code = run(header, order["environment"], inner_source(text) or "")
    sys.stdout.write(line + "\n")
    return code


def run(header: Header, environment: Mapping[str, str], inner: str = "") -> tuple[str, int]:
    """Do what the script of that header does: the envelope's line and the exit code.

    ``inner`` is the Python source in it, with which it asks boto3.
    """
    session = Session(header.procedure, environment, header.run_id, inner)
    folder = RunFolder(header.run_id, environment)
    evidence = session.run(folder, profile_text(header.procedure.profile))
    loaded = evidence.facts.pop("stood_in_for", None)
    evidence.facts.update(host_facts(header.procedure, environment, loaded))
    instance_id = environment.get("AWS_SSM_INSTANCE_ID", "")
    return sealed(header.procedure, header.run_id, evidence, instance_id)


if __name__ == "__main__":
    sys.exit(main())
