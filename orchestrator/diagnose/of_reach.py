"""Causes in the way to the host: SSM does not reach its agent, or did not take the command."""

from __future__ import annotations

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Found, cause


@cause(
    "not-managed",
    "SSM does not manage this instance here",
    means="DescribeInstanceInformation has no row for the instance in this account and region, so "
    "no command can reach it.",
    mend="check the region and the account; the SSM agent must run and the instance profile hold "
    "AmazonSSMManagedInstanceCore",
)
def not_managed(case: Case) -> Found | None:
    """SSM has no row for the instance, or takes its id for none."""
    if case.unsent_cause == "not-managed":
        return Found(case.unsent)
    if case.managed is not None or not case.asked:
        return None
    region = case.plan.procedure.region
    return Found(f"DescribeInstanceInformation in {region} has no row for {case.instance_id}")


@cause(
    "wrong-platform",
    "this instance runs another platform",
    means="The command's document is for one platform, Windows where nothing else was said, and "
    "SSM says that the instance runs another. The script did not run there: it was not sent, or a "
    "schedule's document left its step out.",
    mend="leave it out, or run it by itself with --platform-type Linux, where the checks are made "
    "in Python",
)
def wrong_platform(case: Case) -> Found | None:
    """The document is for another platform than the instance's."""
    managed = case.managed
    wanted = case.plan.procedure.platform
    if managed is None or managed.platform in {"", wanted}:
        return None
    said = f"SSM says its platform is {managed.platform}, and {case.plan.document} is for {wanted}"
    return Found(said)


OLDEST_AGENT = "3.1.338.0"
"""With this version the agent stopped delaying commands "for up to 15 minutes" (RELEASENOTES.md of
amazon-ssm-agent); since 2.3.814.0 it can do with IMDSv2 alone."""

_UNHEARD = {"deliverytimedout", "undeliverable"}


def agent_is_old(version: str) -> bool | None:
    """Whether it is older than `OLDEST_AGENT`; None for what is no version."""
    try:
        return _numbers(version) < _numbers(OLDEST_AGENT)
    except ValueError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@cause(
    "agent-too-old",
    "the SSM agent on this host is of an old version",
    means=f"Before {OLDEST_AGENT} the SSM agent may leave a command lying for up to 15 minutes, "
    "which is longer than --delivery-timeout, and before 2.3.814.0 it does not get on with IMDSv2. "
    "That this is why nothing was heard of it is not proved, so it is called possible.",
    mend="update the agent: `aws ssm send-command --document-name AWS-UpdateSSMAgent "
    "--instance-ids ID`, or install it anew on the host",
    certain=False,
)
def agent_too_old(case: Case) -> Found | None:
    """Nothing was heard of an agent of an old version."""
    managed = case.managed
    if managed is None or not agent_is_old(managed.agent_version):
        return None
    if case.sent and case.status_details not in _UNHEARD and not case.late:
        return None
    seen = f"its version is {managed.agent_version}, older than {OLDEST_AGENT}"
    return Found(seen, update_mend(case.instance_id))


def update_mend(instance_id: str) -> str:
    """How to bring the agent up to date."""
    update = "aws ssm send-command --document-name AWS-UpdateSSMAgent --instance-ids"
    return f"update the agent: `{update} {instance_id}`, or install it anew on the host"


@cause(
    "agent-offline",
    "the SSM agent on this host cannot be reached",
    means="The agent has not been heard of for some minutes: the instance is stopped or hangs, the "
    "agent does not run, or its way to SSM is cut. Nothing was sent to it, since it would not come "
    "through.",
    mend="start the instance, or the AmazonSSMAgent service on it (Restart-Service "
    "AmazonSSMAgent), and check its way to the ssm and ssmmessages endpoints; `orch doctor` tells "
    "whether the instance runs and its role lets the agent be",
    narrower=("agent-too-old",),
)
def agent_offline(case: Case) -> Found | None:
    """The agent has lost its connection."""
    managed = case.managed
    if managed is None or managed.ping_status in {"", "Online"}:
        return None
    since = f", last seen {managed.last_ping:%Y-%m-%d %H:%M:%S} UTC" if managed.last_ping else ""
    agent = managed.agent_version or "unknown"
    return Found(f"PingStatus is {managed.ping_status}{since}, agent {agent}")


@cause(
    "api-throttled",
    "AWS throttled the calls of `orch` itself",
    means="Calls to one API are counted over the account and region, whoever makes them. `orch` "
    "puts a throttled call off up to seven times, longer each time; then it gives up.",
    mend="find what else calls SSM there (CloudTrail tells), and run again later or on fewer "
    "instances",
)
def api_throttled(case: Case) -> Found | None:
    """The send, or every look, was throttled to the end."""
    return Found(case.unsent) if case.unsent_cause == "api-throttled" else None


@cause(
    "perhaps-sent",
    "nobody knows whether the command was sent to this host",
    means="SendCommand got no answer, and SSM listed no such command when it was asked for it "
    "afterwards. SSM may show it later, so it was not sent again.",
    mend="`orch runs resume RUN` looks for it once more, and sends only what SSM has not",
)
def perhaps_sent(case: Case) -> Found | None:
    """The answer to the send was lost, to the end."""
    if case.unsent_cause != "perhaps-sent":
        return None
    how = "looks for it once more, and sends only what SSM has not"
    return Found(case.unsent, f"`orch runs resume {case.plan.run_id}` {how}")


@cause(
    "held-back",
    "the run stopped before this host, since others had not passed",
    means="With `--canary` the rest is sent to only when the first hosts have passed, and "
    "`--max-errors` says after how many that do not pass nothing more is sent.",
    mend="mend what the others say, then run this again; or allow for more with --max-errors",
)
def held_back(case: Case) -> Found | None:
    """The run's own budget was used up."""
    return Found(case.unsent) if case.unsent_cause == "held-back" else None


@cause(
    "not-sent",
    "the command was not sent to this host",
    means="More than 50 instances are sent to in several calls. One of them failed, or the run was "
    "stopped, when others had gone out; what was sent was watched to its end.",
    mend="mend what kept it from being sent, then run this host again",
)
def not_sent(case: Case) -> Found | None:
    """A later part of the run was not sent, and nothing closer says why."""
    named = {"not-managed", "ssm-access-denied", "api-throttled", "perhaps-sent", "held-back"}
    return Found(case.unsent) if case.unsent and case.unsent_cause not in named else None
