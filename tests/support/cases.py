"""The case of the walk-through's host, with its envelope or its invocation changed."""

from dataclasses import replace

from orchestrator.diagnose import Case
from orchestrator.judge import agree, judge, total
from orchestrator.model.enums import EXIT_CODES
from orchestrator.model.fleet import Invocation, ManagedInstance
from orchestrator.observe import read
from support import samples

ASKED = samples.procedure()
ONLINE = ManagedInstance(samples.INSTANCE, "Online", "Windows", "3.3.1", "HOST")
ENDED = Invocation(samples.INSTANCE, "Failed", "Failed", 10, seconds=2.0)


def case_of(**changes):
    """The case of a host whose envelope has these changes, its own judgement being right."""
    evidence = read(samples.envelope(ASKED, **changes), ASKED, samples.RUN_ID)
    verdicts = judge(ASKED, evidence, samples.INSTANCE)
    own = {v.expectation: v.outcome for v in verdicts}
    evidence = replace(evidence, own=own, own_verdict=total(verdicts))
    return Case(
        plan=samples.plan(ASKED),
        instance_id=samples.INSTANCE,
        outcome=total(verdicts),
        managed=ONLINE,
        asked=True,
        invocation=replace(ENDED, response_code=EXIT_CODES[evidence.own_verdict]),
        evidence=evidence,
        verdicts=verdicts,
        agreed=agree(verdicts, evidence),
    )


def after(error):
    steps = ("after.identity", "after.s3_bucket")
    return {"step": {step: samples.failed(step, error) for step in steps}}
