"""Causes that SSM itself gives evidence for: the command did not run, or not to its end."""

from __future__ import annotations

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Found, Rule, cause
from orchestrator.model.evidence import NO_EVIDENCE, NoEvidence
from orchestrator.wording import duration_words


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
    "SSM says that the instance runs another. Nothing was sent to it.",
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
    update = f"aws ssm send-command --document-name AWS-UpdateSSMAgent --instance-ids {case.instance_id}"
    return Found(
        f"its version is {managed.agent_version}, older than {OLDEST_AGENT}",
        f"update the agent: `{update}`, or install it anew on the host",
    )


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


def _status(
    details: str, name: str, title: str, *, means: str, mend: str, narrower: tuple[str, ...] = ()
) -> Rule:
    """The rule of one of SSM's StatusDetails, which is given in lower case without spaces."""

    @cause(name, title, means=means, mend=mend, narrower=narrower)
    def by_status(case: Case) -> Found | None:
        if case.unsent_cause == name:
            return Found(case.unsent)
        invocation = case.invocation
        if invocation is None or case.status_details != details or _killed_early(case):
            return None
        spent = invocation.seconds
        seconds = f" after {duration_words(spent)}" if spent else ""
        return Found(f"StatusDetails is {invocation.status_details}{seconds}")

    return by_status


_STATUSES = {
    "undeliverable": _status(
        "undeliverable",
        "undeliverable",
        "SSM could not deliver the command",
        means="The instance does not exist any more, or it does not answer.",
        mend="check that the instance exists and that its agent runs",
    ),
    "deliverytimedout": _status(
        "deliverytimedout",
        "delivery-timed-out",
        "no reply came from the agent in time",
        means="SSM sent the command, and heard no end of it within --delivery-timeout and --timeout "
        "together. The agent may be busy, or gone since the last look; or it took the command, and "
        "died or was cut off while the script ran.",
        mend="check the agent on the host; a script that ran although nobody heard of it leaves "
        "its folder behind",
        narrower=("agent-too-old",),
    ),
    "executiontimedout": _status(
        "executiontimedout",
        "execution-timed-out",
        "the script ran longer than it may",
        means="The agent killed the script after --timeout. Loading the monolithic AWSPowerShell "
        "module cold takes minutes on a small instance.",
        mend="give it more with --timeout; AWS.Tools.SecurityToken and AWS.Tools.S3 load in "
        "seconds where AWSPowerShell takes minutes",
    ),
    "invalidplatform": _status(
        "invalidplatform",
        "invalid-platform",
        "the document does not fit the host's platform",
        means="SSM found out at the delivery that the command is not for this host. It says so of "
        "targets that are chosen by tag; an instance that is named is refused at once.",
        mend="leave this instance out",
    ),
    "accessdenied": _status(
        "accessdenied",
        "ssm-access-denied",
        "you may not run commands on this instance",
        means="Your identity may not send commands, or not to this instance, or not with this "
        "document. SendCommand is refused as a whole then; where a command goes to many by tag, SSM "
        "says so of each.",
        mend="allow your identity ssm:SendCommand on the document and on the instance "
        "(templates/cloudformation/operator-policy.yaml)",
    ),
    "terminated": _status(
        "terminated",
        "terminated",
        "the command was ended because too many other hosts failed",
        means="The command's error budget was used up by other hosts, so this one was not asked. "
        "`orch` sends with a budget of 100%, so that another sent this command, or changed it.",
        mend="mend the hosts that failed, then run this one again",
    ),
    "rateexceeded": _status(
        "rateexceeded",
        "rate-exceeded",
        "more targets than the account may have pending",
        means="The account has a limit on invocations that wait at once, and it was passed: SSM "
        "cancelled the command before it ran anywhere.",
        mend="run on fewer instances at once",
    ),
    "cancelled": _status(
        "cancelled",
        "cancelled",
        "the command was cancelled",
        means="Somebody cancelled it: Ctrl-C in `orch run`, the console, or the API.",
        mend="run it again",
    ),
}
_BY_STATUS = tuple(_STATUSES.values())


@cause(
    "api-throttled",
    "AWS throttled the calls of `orch` itself",
    means="Calls to one API are counted over the account and region, whoever makes them. `orch` puts "
    "a throttled call off up to seven times, longer each time; then it gives up.",
    mend="find what else calls SSM there (CloudTrail tells), and run again later or on fewer "
    "instances",
)
def api_throttled(case: Case) -> Found | None:
    """The send, or every look, was throttled to the end."""
    return Found(case.unsent) if case.unsent_cause == "api-throttled" else None


@cause(
    "not-sent",
    "the command was not sent to this host",
    means="More than 50 instances are sent to in several calls. One of them failed, or the run was "
    "stopped, when others had gone out; what was sent was watched to its end.",
    mend="mend what kept it from being sent, then run this host again",
)
def not_sent(case: Case) -> Found | None:
    """A later part of the run was not sent, and nothing closer says why."""
    named = {"not-managed", "ssm-access-denied", "api-throttled"}
    return Found(case.unsent) if case.unsent and case.unsent_cause not in named else None


@cause(
    "script-ended-early",
    "the script's process ended before it could report",
    means="SSM says that the command is over, and its output holds no envelope: something ended "
    "the script's process from outside. What it left on the host is named.",
    mend="look for what ends PowerShell on this host (antivirus, AppLocker, memory, a reboot), "
    "then run again; its output: `aws ssm get-command-invocation`",
)
def script_killed(case: Case) -> Found | None:
    """The script ended without an envelope and not by the time-out."""
    reason = case.evidence.reason if isinstance(case.evidence, NoEvidence) else None
    invocation = case.invocation
    if invocation is None or not invocation.final:
        return None
    # What a killed script had printed may be cut too; that is not why there is no envelope.
    if reason != "missing" and not (reason == "truncated" and _killed_early(case)):
        return None
    if case.status_details in _STATUSES and not _killed_early(case):
        return None
    status, code = invocation.status_details, invocation.response_code
    return Found(f"SSM says {status}, exit code {code}, and {NO_EVIDENCE['missing']}")


def _killed_early(case: Case) -> bool:
    """137 is reported as a time-out, whoever killed the process (run-command facts, section 10)."""
    seconds = case.invocation.seconds if case.invocation else None
    timed_out = case.status_details == "executiontimedout"
    return timed_out and seconds is not None and seconds < case.plan.execution_timeout


def _unusable(reason: str, *, means: str, mend: str) -> Rule:
    """The rule of an envelope that is there and cannot be used: a word of `NO_EVIDENCE`."""

    @cause(f"evidence-{reason}", NO_EVIDENCE[reason], means=means, mend=mend)
    def output_unusable(case: Case) -> Found | None:
        evidence = case.evidence
        if not isinstance(evidence, NoEvidence) or evidence.reason != reason:
            return None
        if reason == "truncated" and (_killed_early(case) or case.status_details in _STATUSES):
            return None
        return Found(evidence.detail)

    return output_unusable


_AGAIN = "run again; if it stays, somebody prints envelopes of their own"
_UNUSABLE = (
    _unusable(
        "truncated",
        means="The output was longer than SSM keeps (24,000 bytes of standard output), and its end, "
        "where the envelope is, was cut.",
        mend="something prints a lot on this host before the script does: look at the output with "
        "`aws ssm get-command-invocation`, and at its PowerShell profile scripts",
    ),
    _unusable(
        "malformed",
        means="There is an envelope, and it is not one that a script of `orch` writes.",
        mend=_AGAIN,
    ),
    _unusable(
        "foreign",
        means="The envelope is of another run or of another plan, so it proves nothing about this.",
        mend=_AGAIN,
    ),
    _unusable(
        "ambiguous",
        means="There are two envelopes that say different things. Which is the script's own cannot "
        "be told, so neither is believed.",
        mend=_AGAIN,
    ),
)


@cause(
    "not-watched",
    "the end of the command could not be seen",
    means="The command was sent, and then SSM would not say how it goes on: the operator may not "
    "list invocations, or the API was out of reach. On the host it runs to its end all the same.",
    mend="allow ssm:ListCommandInvocations to your own identity, or mend the way to the API; "
    "`aws ssm list-command-invocations --details` shows the end then",
)
def not_watched(case: Case) -> Found | None:
    """Looking at the command was refused, or failed to the end."""
    return Found(case.unwatched) if case.late and case.unwatched else None


@cause(
    "not-ended",
    "the command had not ended when the time was up",
    means="The time-outs of delivery and execution have passed, and SSM still shows no end. It may "
    "end yet; nobody waits longer.",
    mend="it may still end: `aws ssm list-command-invocations --details` shows it; else cancel it "
    "with `aws ssm cancel-command`",
)
def not_ended(case: Case) -> Found | None:
    """The deadline passed and the command still runs, as far as SSM knows."""
    if not case.late or case.unwatched:
        return None
    status = case.invocation.status if case.invocation else "unknown: there is no row for it"
    return Found(f"its status is {status}")
