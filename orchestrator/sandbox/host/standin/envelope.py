"""The stand-in's envelope: its evidence, judged by the rules that `orch` judges by."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from orchestrator.envelope import pack
from orchestrator.judge import judge, total
from orchestrator.model.enums import EXIT_CODES, Outcome
from orchestrator.model.evidence import NoEvidence
from orchestrator.model.procedure import Procedure
from orchestrator.observe import read
from orchestrator.sandbox.host.standin.session import Evidence


def host_facts(
    procedure: Procedure, environment: Mapping[str, str], stood_in_for: object
) -> Mapping[str, object]:
    """What the stand-in can say of its host. Its own program and module are named.

    ``stood_in_for`` is the module that the script would have loaded, with its version.
    """
    import botocore

    instead = f"{botocore.__version__} in place of {stood_in_for}"
    return {
        "shell": "Python",
        "shell_version": platform.python_version(),
        "module": "botocore" if stood_in_for else None,
        "module_version": instead if stood_in_for else None,
        "user": environment.get("USERNAME", ""),
        "computer": environment.get("COMPUTERNAME", ""),
        "region": procedure.region,
        "region_source": "plan",
        "instance_id": environment.get("AWS_SSM_INSTANCE_ID", ""),
    }


def sealed(
    procedure: Procedure, run_id: str, evidence: Evidence, instance_id: str
) -> tuple[str, int]:
    """The envelope's line and the exit code that goes with it."""
    draft = _data(procedure, run_id, evidence, {}, Outcome.UNKNOWN)
    own, verdict = _judged(procedure, run_id, draft, instance_id)
    data = _data(procedure, run_id, evidence, own, verdict)
    return pack(procedure.sha256(), data), EXIT_CODES[verdict]


def _judged(
    procedure: Procedure, run_id: str, draft: Mapping[str, object], instance_id: str
) -> tuple[Mapping[str, Outcome], Outcome]:
    evidence = read(pack(procedure.sha256(), draft), procedure, run_id)
    assert not isinstance(evidence, NoEvidence), evidence
    verdicts = judge(procedure, evidence, instance_id)
    verdict = total(verdicts)
    if verdict is Outcome.PASS and evidence.fatal is not None:
        verdict = Outcome.UNKNOWN
    return {item.expectation: item.outcome for item in verdicts}, verdict


def _data(
    procedure: Procedure,
    run_id: str,
    evidence: Evidence,
    own: Mapping[str, Outcome],
    verdict: Outcome,
) -> Mapping[str, object]:
    return {
        "v": 1,
        "verdict": verdict,
        "run": run_id,
        "plan": procedure.sha256(),
        "engine": "stand-in",
        "facts": evidence.facts,
        "settings": evidence.settings,
        "probes": evidence.probes,
        "steps": evidence.steps,
        "own": own,
        "restored": evidence.restored,
        "ms": evidence.ms,
        "fatal": evidence.fatal,
    }
