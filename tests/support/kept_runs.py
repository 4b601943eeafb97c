"""Runs as a journal keeps them: hosts that answered, and those that did not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from orchestrator.model.enums import Outcome
from orchestrator.model.fleet import Invocation, ManagedInstance
from orchestrator.model.journal import Closing
from orchestrator.run import run
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROW = ManagedInstance(samples.INSTANCE, "Online", "Windows", "3.3.1", "HOST", NOW)
CLOSING = Closing(
    ended=NOW + timedelta(seconds=20),
    outcome=Outcome.FAIL,
    exit_code=1,
    api_calls={"SendCommand": 1},
    timings={"wait": 1.5},
    interrupted=False,
    notes=("a note",),
)
ENDED = Invocation(samples.INSTANCE, "Success", "Success", 0, "ORCH1:...:END", seconds=12.5)


def reported(output, exit_code=0):
    """A host's report as a run makes it."""
    fleet = FakeFleet(FakeClock(), [FakeHost(samples.INSTANCE, output=output, exit_code=exit_code)])
    (host,) = run(samples.plan(), fleet, fleet.clock, Listener()).hosts
    return host


def envelope(found=True, **changes):
    """What a host says that sees the bucket after the switch, or does not."""
    seen = {"found": found, "name": samples.BUCKET, "created": "2022-09-23T12:18:53Z"}
    own = {item.id: "PASS" for item in samples.procedure().expectations}
    if not found:
        own["after.s3_bucket.found.equals"] = "FAIL"
    step = {"after.s3_bucket": samples.ok("after.s3_bucket", seen)} | changes.pop("step", {})
    verdict = "PASS" if found else "FAIL"
    return samples.envelope(step=step, own=own, verdict=verdict, **changes)


PASSED = reported(envelope())
FAILED = reported(envelope(found=False), exit_code=10)
SILENT = reported("nothing of ours")


def plan(run_id=samples.RUN_ID, **changes):
    """The walk-through's plan under that run id."""
    return replace(samples.plan(), run_id=run_id, **changes)


def keep(journal, run_id, *hosts, at=NOW, ended=True, **changes):
    """A run of these hosts' reports, from its beginning to its end."""
    ids = tuple(host.instance_id for host in hosts)
    what = plan(run_id, targets=ids, **changes)
    journal.begin(what, at, {}, asked=True)
    if ids:
        journal.sending(run_id, 0, ids)
        journal.sent(run_id, 0, f"c-{run_id}")
    journal.took(run_id, [replace(ENDED, instance_id=instance_id) for instance_id in ids])
    journal.judged(run_id, hosts)
    if ended:
        journal.end(run_id, CLOSING)
    return what
