"""Causes that SSM itself gives evidence for: the command did not run, or not to its end."""

from __future__ import annotations

from orchestrator.diagnose.case import Case, Rule
from orchestrator.model.evidence import NO_EVIDENCE, NoEvidence
from orchestrator.model.report import Cause


def not_managed(case: Case) -> Cause | None:
    """SSM has no row for the instance."""
    if case.managed is not None or not case.asked:
        return None
    region = case.plan.procedure.region
    return Cause(
        "not-managed",
        "SSM does not manage this instance here",
        f"DescribeInstanceInformation in {region} has no row for {case.instance_id}",
        "check the region and the account; the SSM agent must run and the instance profile hold "
        "AmazonSSMManagedInstanceCore",
    )


def wrong_platform(case: Case) -> Cause | None:
    """The document is for Windows, the instance is not."""
    managed = case.managed
    if managed is None or managed.platform in {"", "Windows"}:
        return None
    return Cause(
        "wrong-platform",
        "this instance does not run Windows",
        f"SSM says its platform is {managed.platform}",
        f"leave it out: {case.plan.document} runs on Windows only",
    )


def agent_offline(case: Case) -> Cause | None:
    """The agent has lost its connection."""
    managed = case.managed
    if managed is None or managed.ping_status in {"", "Online"}:
        return None
    since = f", last seen {managed.last_ping:%Y-%m-%d %H:%M:%S} UTC" if managed.last_ping else ""
    return Cause(
        "agent-offline",
        "the SSM agent on this host cannot be reached",
        f"PingStatus is {managed.ping_status}{since}, agent {managed.agent_version or 'unknown'}",
        "start the instance, or the AmazonSSMAgent service on it (Restart-Service AmazonSSMAgent), "
        "and check its way to the ssm and ec2messages endpoints",
    )


_STATUS = {
    "undeliverable": (
        "undeliverable",
        "SSM could not deliver the command",
        "check that the instance exists and that its agent runs",
    ),
    "deliverytimedout": (
        "delivery-timed-out",
        "no reply came from the agent in time",
        "check the agent on the host; a script that ran although nobody heard of it leaves its "
        "folder behind",
    ),
    "executiontimedout": (
        "execution-timed-out",
        "the script ran longer than it may",
        "give it more with --timeout; loading the monolithic AWSPowerShell module cold takes "
        "minutes, AWS.Tools.SecurityToken and AWS.Tools.S3 load in seconds",
    ),
    "invalidplatform": (
        "invalid-platform",
        "the document does not fit the host's platform",
        "leave this instance out",
    ),
    "accessdenied": (
        "ssm-access-denied",
        "you may not run commands on this instance",
        "allow your identity ssm:SendCommand on it",
    ),
    "terminated": (
        "terminated",
        "the command was ended because too many other hosts failed",
        "mend the hosts that failed, then run this one again",
    ),
    "rateexceeded": (
        "rate-exceeded",
        "more targets than the account may have pending",
        "run on fewer instances at once",
    ),
    "cancelled": ("cancelled", "the command was cancelled", "run it again"),
}


def by_status(case: Case) -> Cause | None:
    """SSM's StatusDetails says it."""
    if case.status_details not in _STATUS or case.invocation is None:
        return None
    if _killed_early(case):
        return None
    name, title, mend = _STATUS[case.status_details]
    seconds = f" after {case.invocation.seconds:.0f} s" if case.invocation.seconds else ""
    return Cause(name, title, f"StatusDetails is {case.invocation.status_details}{seconds}", mend)


def script_killed(case: Case) -> Cause | None:
    """The script ended without an envelope and not by the time-out."""
    reason = case.evidence.reason if isinstance(case.evidence, NoEvidence) else None
    invocation = case.invocation
    if invocation is None or not invocation.final or reason != "missing":
        return None
    if case.status_details in _STATUS and not _killed_early(case):
        return None
    code = invocation.response_code
    return Cause(
        "script-ended-early",
        "the script's process ended before it could report",
        f"SSM says {invocation.status_details}, exit code {code}, and {NO_EVIDENCE[reason]}",
        "look for what ends PowerShell on this host (antivirus, AppLocker, memory, a reboot), then "
        "run again; its output: `aws ssm get-command-invocation`",
    )


def _killed_early(case: Case) -> bool:
    """137 is reported as a time-out, whoever killed the process (run-command facts, section 10)."""
    seconds = case.invocation.seconds if case.invocation else None
    timed_out = case.status_details == "executiontimedout"
    return timed_out and seconds is not None and seconds < case.plan.execution_timeout


def output_unusable(case: Case) -> Cause | None:
    """There is an envelope, and it cannot be used."""
    evidence = case.evidence
    if not isinstance(evidence, NoEvidence) or evidence.reason == "missing":
        return None
    mends = {
        "truncated": "something prints a lot on this host before the script does: look at the "
        "output with `aws ssm get-command-invocation`, and at its PowerShell profile scripts",
    }
    return Cause(
        f"evidence-{evidence.reason}",
        NO_EVIDENCE[evidence.reason],
        evidence.detail,
        mends.get(
            evidence.reason, "run again; if it stays, somebody prints envelopes of their own"
        ),
    )


def not_ended(case: Case) -> Cause | None:
    """The deadline passed and the command still runs, as far as SSM knows."""
    if not case.late:
        return None
    status = case.invocation.status if case.invocation else "unknown: there is no row for it"
    return Cause(
        "not-ended",
        "the command had not ended when the time was up",
        f"its status is {status}",
        "it may still end: `aws ssm list-command-invocations --details` shows it; else cancel it "
        "with `aws ssm cancel-command`",
    )


CAUSES: tuple[Rule, ...] = (
    not_managed,
    wrong_platform,
    agent_offline,
    by_status,
    script_killed,
    output_unusable,
    not_ended,
)
