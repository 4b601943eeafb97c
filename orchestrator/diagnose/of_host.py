"""Causes on the host itself: its tools, its metadata, its network, its clock."""

from __future__ import annotations

from orchestrator.diagnose.case import Case, told
from orchestrator.diagnose.catalogue import Found, cause
from orchestrator.model.enums import FailureKind
from orchestrator.model.evidence import Failure

_CONSTRAINED = ("orch.ConstrainedLanguage",)


@cause(
    "module-missing",
    "the host lacks the AWS tools that the checks need",
    means="The script found none of the modules that it can ask with, so nothing was asked. "
    "AWS.Tools.SecurityToken with AWS.Tools.S3, AWSPowerShell.NetCore and AWSPowerShell are tried, "
    "in this order; a Python script needs boto3.",
    mend="PowerShell: Install-Module AWS.Tools.SecurityToken, AWS.Tools.S3 -Scope AllUsers; "
    "Python: install Python 3.8 or later with boto3 for all users",
)
def module_missing(case: Case) -> Found | None:
    """The host lacks what the checks are asked with."""
    fatal = _fatal(case)
    if not (_is(fatal, FailureKind.MODULE_MISSING) or case.failure(FailureKind.MODULE_MISSING)):
        return None
    said = fatal.raw.message if fatal else ""
    return Found(said or "the script found none of the modules that it knows")


@cause(
    "constrained-language",
    "PowerShell runs in Constrained Language Mode here, so nothing can be proved",
    means="A policy of the host (WDAC or AppLocker) lets PowerShell run trusted scripts alone. "
    "What such a session answers about AWS's types cannot be relied on.",
    mend="allow the script in WDAC or AppLocker; --shell python is no way round, since what starts "
    "Python on the host is a PowerShell script too",
)
def constrained_language(case: Case) -> Found | None:
    """The script found itself in Constrained Language Mode."""
    fatal = _fatal(case)
    if fatal is None or fatal.raw.chain != _CONSTRAINED:
        return None
    return Found("the script ended before its first check")


@cause(
    "script-error",
    "the script ended by an error of its own",
    means="The script met an error outside of its checks, e.g. a folder that it may not make. What "
    "it had observed by then is shown; the rest is unknown.",
    mend="read the script with `orch render` and run it on the host by hand",
    narrower=("host-user-unknown", "run-folder-taken"),
)
def script_failed(case: Case) -> Found | None:
    """The script itself met an error that no check accounts for."""
    fatal = _fatal(case)
    if fatal is None or _is(fatal, FailureKind.MODULE_MISSING) or fatal.raw.chain == _CONSTRAINED:
        return None
    return Found(f"{' > '.join(fatal.raw.chain)}: {fatal.raw.message}")


@cause(
    "metadata-unreachable",
    "the host cannot reach its instance metadata",
    means="The switch begins with the credentials of the instance's own role, which come from "
    "169.254.169.254. That address takes no connection on this host: its route is gone or leads "
    "elsewhere (a second network card, a VPN, an image made on another subnet), or a firewall "
    "forbids it. Where the metadata are turned off it answers, and refuses.",
    mend="on the host: `Test-NetConnection 169.254.169.254 -Port 80` and `route print 169.254.*`; "
    "mend the route (EC2Launch's Add-Routes makes it again) or the firewall",
)
def metadata_unreachable(case: Case) -> Found | None:
    """There are no credentials, and the metadata's address takes no connection."""
    step = case.failure(FailureKind.IMDS, FailureKind.NO_CREDENTIALS)
    if step is None or case.found is None:
        return None
    probe = case.found.probes.get("imds", "")
    return Found(f"its address: {probe}; {told(step)}") if probe[:6] == "failed" else None


@cause(
    "no-instance-credentials",
    "the host got no credentials from its instance metadata",
    means="The switch begins with the credentials of the instance's own role, which come from "
    "169.254.169.254. There are none without an instance profile, with the metadata turned off, or "
    "where a proxy or a firewall stands between.",
    mend="attach an instance profile with a role: `aws ec2 associate-iam-instance-profile`; or "
    "turn the metadata on: `aws ec2 modify-instance-metadata-options --http-endpoint enabled "
    "--instance-id ID`. `orch doctor` tells which",
    narrower=("metadata-unreachable",),
)
def no_instance_credentials(case: Case) -> Found | None:
    """The instance metadata gives no credentials."""
    step = case.failure(FailureKind.IMDS, FailureKind.NO_CREDENTIALS)
    if step is None or case.found is None:
        return None
    probe = case.found.probes.get("imds", "not probed")
    return Found(f"{told(step)}; the metadata's address: {probe}")


@cause(
    "endpoint-unreachable",
    "the host cannot reach an AWS endpoint",
    means="The address of a service did not answer on this host: no route, a security group, a "
    "missing VPC endpoint, DNS, or a proxy. Nobody decided anything, so the result is unknown.",
    mend="check the route, the security group, the VPC endpoint and its DNS, and the proxy of the "
    "account that the SSM agent runs as",
)
def unreachable(case: Case) -> Found | None:
    """A service's address does not answer on this host."""
    step = case.failure(FailureKind.NETWORK)
    if step is None or case.found is None:
        return None
    dead = {name: said for name, said in case.found.probes.items() if said[:6] == "failed"}
    if not dead:
        return Found(told(step))
    urls = {item.service: item.url for item in case.plan.procedure.endpoints}
    names = [urls.get(name, name).rpartition("/")[2] for name in dead]
    tests = "; ".join(f"Test-NetConnection {name} -Port 443" for name in names)
    mend = (
        f"on the host: `{tests}`; then the route, the security group, the VPC endpoint and its "
        "DNS, and the proxy of the account that the SSM agent runs as"
    )
    return Found("; ".join(f"{name}: {said}" for name, said in dead.items()), mend)


@cause(
    "no-region",
    "the host's AWS tools know no region",
    means="A tool that is told no region and finds none asks nobody. With an ephemeral profile it "
    "cannot happen: the script names the region in every call, and sets AWS_REGION for what the "
    "tools ask by themselves. It is here for evidence that says so all the same.",
    mend="set AWS_REGION on the host, or name the region in the call",
)
def no_region(case: Case) -> Found | None:
    """A tool on the host found no region."""
    return _step(case, FailureKind.NO_REGION)


@cause(
    "clock-skew",
    "the host's clock is wrong",
    means="AWS refuses a request whose signature is more than a few minutes old or lies ahead (STS "
    "5 minutes, S3 15).",
    mend="set the host's clock: w32tm /resync",
)
def clock(case: Case) -> Found | None:
    """AWS refused the signature's time."""
    return _step(case, FailureKind.CLOCK)


@cause(
    "credentials-expired",
    "the credentials had expired",
    means="The credentials from the instance metadata were older than they may be. The metadata "
    "renews them in time, so either the clock is wrong or an old answer was kept.",
    mend="check the host's clock, and that a proxy does not cache the instance metadata",
)
def expired(case: Case) -> Found | None:
    """The instance's credentials are old."""
    return _step(case, FailureKind.EXPIRED)


@cause(
    "host-throttled",
    "AWS throttled the host's calls",
    means="Too many calls came from the account at once, and those of the host were put off more "
    "often than it tries again.",
    mend="run on fewer instances at once, or later",
    last=True,
)
def throttled(case: Case) -> Found | None:
    """AWS throttled the host; this often only comes with another cause."""
    return _step(case, FailureKind.THROTTLED)


def _step(case: Case, kind: FailureKind) -> Found | None:
    step = case.failure(kind)
    return None if step is None else Found(told(step))


def _fatal(case: Case) -> Failure | None:
    return case.found.fatal if case.found else None


def _is(failure: Failure | None, kind: FailureKind) -> bool:
    return failure is not None and failure.kind is kind
