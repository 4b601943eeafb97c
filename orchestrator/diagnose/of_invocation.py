"""Causes in what SSM says of the command: it did not run, or not to its end."""

from __future__ import annotations

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Found, Rule, cause
from orchestrator.kinds import partition_of
from orchestrator.model.evidence import NO_EVIDENCE, NoEvidence, Stored
from orchestrator.wording import duration_words

SHOWN = 200
"""Characters that are shown of an output's end: what could not start a script says why there."""


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
        means="SSM sent the command, and heard no end of it within --delivery-timeout and "
        "--timeout together. The agent may be busy, or gone since the last look; or it took the "
        "command, and died or was cut off while the script ran.",
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
        "document. SendCommand is refused as a whole then; where a command goes to many by tag, "
        "SSM says so of each.",
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
    "script-ended-early",
    "the script's process ended before it could report",
    means="SSM says that the command is over, and its output holds no envelope: something ended "
    "the script's process from outside. What it left on the host is named.",
    mend="look for what ends PowerShell on this host (antivirus, AppLocker, memory, a reboot), "
    "then run again; its output: `aws ssm get-command-invocation`",
    narrower=("wrong-platform",),
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
    end = " ".join(invocation.output.split())[-SHOWN:]
    words = f"; it ends with: {end}" if end else ""
    return Found(f"SSM says {status}, exit code {code}, and {NO_EVIDENCE['missing']}{words}")


def _killed_early(case: Case) -> bool:
    """137 is reported as a time-out, whoever killed the process (run-command facts, section 10)."""
    seconds = case.invocation.seconds if case.invocation else None
    timed_out = case.status_details == "executiontimedout"
    return timed_out and seconds is not None and seconds < case.plan.execution_timeout


_NOISE = (
    "where something prints a lot on this host before the script does, look at its PowerShell "
    "profile scripts"
)


@cause(
    "evidence-truncated",
    NO_EVIDENCE["truncated"],
    means="The output was longer than SSM keeps (24,000 bytes of standard output), and its end, "
    "where the envelope is, was cut. With --output-s3-bucket-name the host's agent puts all of it "
    "into a bucket, and `orch` reads it there; it stays cut where the agent could not put it "
    "there, or you may not read it.",
    mend="have all of it put into a bucket with --output-s3-bucket-name NAME (`orch plan` lists "
    f"the permissions that this takes); {_NOISE}",
)
def truncated(case: Case) -> Found | None:
    """The end of the output is missing in SSM, and could not be read in S3."""
    evidence = case.evidence
    if not isinstance(evidence, NoEvidence) or evidence.reason != "truncated":
        return None
    if _killed_early(case) or case.status_details in _STATUSES:
        return None
    return Found(evidence.detail, _from_s3(case, evidence.stored))


def _from_s3(case: Case, stored: Stored) -> str:
    """What would let the whole output be read in S3; empty where it was not to go there."""
    where = case.plan.output_s3
    partition = partition_of(case.plan.procedure.region)
    objects = f"arn:{partition}:s3:::{where.bucket_name}/{where.keys}"
    put = (
        f"allow the instance's role s3:PutObject and s3:PutObjectAcl on {objects} (`orch setup "
        "deploy a` with --output-s3-bucket-name); the agent's log on the host says what kept it"
    )
    match stored:
        case Stored.ABSENT:
            return put
        case Stored.DENIED:
            return (
                f"allow your identity s3:GetObject on {objects} (`orch setup deploy operator` with "
                "--output-s3-bucket-name); if it has that, the object is not there, which S3 tells "
                f"only those who may s3:ListBucket: then {put}"
            )
        case Stored.UNREAD:
            return "mend the way to S3, and run again"
        case Stored.READ:
            return f"the script was ended while it wrote, or too much was written; {_NOISE}"
        case Stored.NOT_ASKED:
            return ""


def _unusable(reason: str, *, means: str, mend: str) -> Rule:
    """The rule of an envelope that is there and cannot be used: a word of `NO_EVIDENCE`."""

    @cause(f"evidence-{reason}", NO_EVIDENCE[reason], means=means, mend=mend)
    def output_unusable(case: Case) -> Found | None:
        evidence = case.evidence
        if not isinstance(evidence, NoEvidence) or evidence.reason != reason:
            return None
        return Found(evidence.detail)

    return output_unusable


_AGAIN = "run again; if it stays, somebody prints envelopes of their own"
_UNUSABLE = (
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
