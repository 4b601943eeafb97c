"""The stand-in's envelope: its evidence, judged by the rules that `orch` judges by."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import replace

from orchestrator.envelope import pack
from orchestrator.judge import judge, total
from orchestrator.model.enums import EXIT_CODES, Outcome, Phase
from orchestrator.model.evidence import NoEvidence
from orchestrator.model.procedure import Procedure
from orchestrator.model.report import Verdict
from orchestrator.observe import read
from orchestrator.sandbox.host.standin.evidence import Evidence


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
    procedure: Procedure,
    run_id: str,
    evidence: Evidence,
    instance_id: str,
    outcome: Outcome | None = None,
) -> tuple[str, int]:
    """The envelope's line and the exit code that goes with it.

    ``outcome`` is the verdict of a task that proves nothing.
    """
    verdicts, verdict = _judged(procedure, run_id, evidence, instance_id)
    verdict = outcome or verdict
    own = {item.expectation: item.outcome for item in verdicts}
    data = _data(procedure, run_id, evidence, own, verdict)
    return pack(procedure.sha256(), data), EXIT_CODES[verdict]


def proves(procedure: Procedure, run_id: str, instance_id: str, evidence: Evidence) -> bool:
    """Whether all that is expected after the switch holds."""
    after = {step.id for step in procedure.in_phase(Phase.AFTER)}
    of_profile = {item.id for item in procedure.expectations if item.step in after}
    verdicts, _ = _judged(procedure, run_id, evidence, instance_id)
    return total(item for item in verdicts if item.expectation in of_profile) is Outcome.PASS


def _judged(
    procedure: Procedure, run_id: str, draft: Evidence, instance_id: str
) -> tuple[tuple[Verdict, ...], Outcome]:
    restored = draft.restored or {"state": "restored", "changed": [], "left": []}
    data = _data(procedure, run_id, replace(draft, restored=restored), {}, Outcome.UNKNOWN)
    evidence = read(pack(procedure.sha256(), data), procedure, run_id)
    assert not isinstance(evidence, NoEvidence), evidence
    verdicts = judge(procedure, evidence, instance_id)
    verdict = total(verdicts)
    if verdict is Outcome.PASS and evidence.fatal is not None:
        verdict = Outcome.UNKNOWN
    return verdicts, verdict


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
