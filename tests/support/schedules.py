"""A schedule of the walk-through's question, as it is wanted."""

from dataclasses import replace
from typing import Any

from orchestrator.model.enums import Mode
from orchestrator.model.procedure import Procedure
from orchestrator.model.schedule import Association, Wanted
from orchestrator.render import render
from orchestrator.schedules import document, script_run_id
from support.samples import procedure

NAME = "orch-switch-role"


def asked(**changes: Any) -> Procedure:
    return replace(procedure(), mode=Mode.EXISTING, **changes)


def wanted(question: Procedure | None = None, timeout: int = 900, **changes: Any) -> Wanted:
    question = question or asked()
    sha256 = question.sha256()
    run_id = script_run_id(NAME, sha256)
    spec = Association(NAME, "", (("tag:env", ("prod",)),), "rate(1 day)")
    return Wanted(
        name=NAME,
        procedure=question,
        plan_sha256=sha256,
        run_id=run_id,
        timeout=timeout,
        document=document(NAME, question, render(question, run_id), timeout),
        association=replace(spec, **changes),
    )
