"""Causes on the host itself: its tools, its metadata, its network, its clock."""

from __future__ import annotations

from orchestrator.diagnose.case import Case, Rule, told
from orchestrator.model.enums import FailureKind
from orchestrator.model.evidence import Failure
from orchestrator.model.report import Cause


def module_missing(case: Case) -> Cause | None:
    """The host lacks what the checks are asked with."""
    found = case.found
    fatal = found.fatal if found else None
    if not (_is(fatal, FailureKind.MODULE_MISSING) or case.failure(FailureKind.MODULE_MISSING)):
        return None
    return Cause(
        "module-missing",
        "the host lacks the AWS tools that the checks need",
        (fatal and fatal.raw.message) or "the script found none of the modules that it knows",
        "PowerShell: Install-Module AWS.Tools.SecurityToken, AWS.Tools.S3 -Scope AllUsers; Python: "
        "install Python 3.8 or later with boto3 for all users",
    )


def script_failed(case: Case) -> Cause | None:
    """The script itself met an error that no check accounts for."""
    fatal = case.found.fatal if case.found else None
    if fatal is None or fatal.kind is FailureKind.MODULE_MISSING:
        return None
    if fatal.raw.chain == ("orch.ConstrainedLanguage",):
        return Cause(
            "constrained-language",
            "PowerShell runs in Constrained Language Mode here, so nothing can be proved",
            "the script ended before its first check",
            "allow the script in WDAC or AppLocker, or use --shell python",
        )
    told = f"{' > '.join(fatal.raw.chain)}: {fatal.raw.message}"
    mend = "read the script with `orch render` and run it on the host by hand"
    return Cause("script-error", "the script ended by an error of its own", told, mend)


def no_instance_credentials(case: Case) -> Cause | None:
    """The instance metadata gives no credentials."""
    step = case.failure(FailureKind.IMDS, FailureKind.NO_CREDENTIALS)
    if step is None or case.found is None:
        return None
    probe = case.found.probes.get("imds", "not probed")
    return Cause(
        "no-instance-credentials",
        "the host got no credentials from its instance metadata",
        f"{told(step)}; the metadata's address: {probe}",
        "attach an instance profile: `aws ec2 describe-iam-instance-profile-associations`; "
        "turn the metadata on: `aws ec2 modify-instance-metadata-options --http-endpoint enabled`",
    )


def unreachable(case: Case) -> Cause | None:
    """A service's address does not answer on this host."""
    step = case.failure(FailureKind.NETWORK)
    if step is None or case.found is None:
        return None
    dead = [f"{name}: {said}" for name, said in case.found.probes.items() if said[:6] == "failed"]
    return Cause(
        "endpoint-unreachable",
        "the host cannot reach an AWS endpoint",
        "; ".join(dead) or told(step),
        "check the route, the security group, the VPC endpoint and its DNS, and the proxy of the "
        "account that the SSM agent runs as",
    )


def clock(case: Case) -> Cause | None:
    """AWS refused the signature's time."""
    step = case.failure(FailureKind.CLOCK)
    if step is None:
        return None
    mend = "set the host's clock: w32tm /resync"
    return Cause("clock-skew", "the host's clock is wrong", told(step), mend)


def expired(case: Case) -> Cause | None:
    """The instance's credentials are old."""
    step = case.failure(FailureKind.EXPIRED)
    if step is None:
        return None
    mend = "check the host's clock, and that a proxy does not cache the instance metadata"
    return Cause("credentials-expired", "the credentials had expired", told(step), mend)


def throttled(case: Case) -> Cause | None:
    """AWS throttled the host."""
    step = case.failure(FailureKind.THROTTLED)
    if step is None:
        return None
    mend = "run on fewer instances at once, or later"
    return Cause("host-throttled", "AWS throttled the host's calls", told(step), mend)


def _is(failure: Failure | None, kind: FailureKind) -> bool:
    return failure is not None and failure.kind is kind


CAUSES: tuple[Rule, ...] = (
    module_missing,
    script_failed,
    no_instance_credentials,
    unreachable,
    clock,
    expired,
)

LATE_CAUSES: tuple[Rule, ...] = (throttled,)
"""Looked for after everything else: throttling often only comes with another cause."""
