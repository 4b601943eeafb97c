"""What `orch run` must say first in each scenario of the sandbox, and how it must end."""

import re

FIRST_CAUSE = {
    "healthy": None,
    "slow-start": None,
    "throttled": None,
    "output-noise": None,
    "output-truncated": None,
    "proxied": None,
    "trust-missing": "trust-names-others",
    "assume-not-allowed": "assume-not-allowed",
    "bucket-denied": "call-not-allowed",
    "trust-external-id": "trust-condition",
    "trust-tag": "trust-condition",
    "trust-organization": "trust-condition",
    "assume-denied": "assume-denied",
    "assume-bounded": "assume-outside-boundary",
    "role-missing": "role-not-found",
    "role-path": "role-arn-differs",
    "no-instance-role": "no-instance-credentials",
    "metadata-off": "no-instance-credentials",
    "instance-stopped": "agent-offline",
    "bucket-forbidden": "call-denied",
    "bucket-bounded": "call-outside-boundary",
    "bucket-absent": "bucket-not-listed",
    "wrong-account": "unexpected-identity",
    "agent-offline": "agent-offline",
    "script-killed": "script-ended-early",
    "not-managed": "not-managed",
    "agent-not-allowed": "agent-offline",
    "wrong-platform": "wrong-platform",
    "agent-old": "agent-too-old",
    "agent-gone": "delivery-timed-out",
    "agent-silent": "delivery-timed-out",
    "instance-terminated": "undeliverable",
    "too-slow": "execution-timed-out",
    "cancelled": "cancelled",
    "send-denied": "ssm-access-denied",
    "look-denied": "not-watched",
    "send-throttled": "api-throttled",
    "output-cut": "evidence-truncated",
    "bucket-seen-before": "bucket-seen-before",
    "sts-unreachable": "endpoint-unreachable",
    "s3-unreachable": "endpoint-unreachable",
    "metadata-unreachable": "metadata-unreachable",
    "clock-behind": "clock-skew",
    "clock-ahead": "clock-skew",
    "credentials-expired": "credentials-expired",
    "host-throttled": "host-throttled",
    "config-bom": "profile-file-bom",
    "config-utf16": "profile-file-utf16",
    "config-read-only": "profile-file-read-only",
    "profile-by-hand": "profile-section-exists",
    "leftover-key": "leftover-credentials",
    "unfinished-run": "unfinished-run",
    "install-killed": "script-ended-early",
    "host-user-missing": "host-user-unknown",
    "profile-of-another-user": "profile-of-another-user",
    "profile-external-id": "profile-key-not-accepted",
    "profile-key-twice": "profile-key-twice",
    "module-missing": "module-missing",
    "module-old": "module-old",
}
"""A scenario to the name of the first cause; None where there must be none."""

_FAILS = (
    *("trust-missing", "assume-not-allowed", "bucket-denied", "trust-external-id", "trust-tag"),
    *("trust-organization", "assume-denied", "assume-bounded", "role-missing", "role-path"),
    *("bucket-forbidden", "bucket-bounded", "bucket-absent", "wrong-account"),
    *("bucket-seen-before", "profile-of-another-user", "profile-external-id", "profile-key-twice"),
    "module-old",
)
IN_PYTHON = {
    "config-bom": (1, "profile-file-bom"),
    "config-utf16": (1, "profile-file-utf16"),
    "profile-external-id": (0, None),
}
"""Code and cause where Python ends otherwise: boto3 refuses a whole file for what the cmdlets read
over, and takes an external id that makes the profile invalid for them."""

NOT_SENT = frozenset({"not-managed", "send-denied", "send-throttled"})
"""What ends without a report, since nothing was sent; the error names the cause."""

EXIT_CODE = {
    name: 0 if first is None else 1 if name in _FAILS else 3 if name in NOT_SENT else 4
    for name, first in FIRST_CAUSE.items()
}
OUTCOME = {0: "PASS", 1: "FAIL", 4: "UNKNOWN"}

NO_SCRIPT = NOT_SENT | {
    *("agent-offline", "instance-stopped", "agent-not-allowed", "wrong-platform"),
    *("agent-old", "agent-gone", "instance-terminated"),
}
"""Where no script is begun, so that no shell can make a difference."""

NO_EVIDENCE = NO_SCRIPT | {
    *("agent-silent", "look-denied", "too-slow", "cancelled", "script-killed", "output-cut"),
    "install-killed",
}
"""Where nothing that a script found comes back."""


def shells_of(scenario):
    """The shells in which a scenario may end differently."""
    return ("powershell",) if scenario in {*NO_SCRIPT, "module-old"} else ("powershell", "python")


def first_cause(ended):
    """The first cause that a finished `orch run --output json` names, in its report or its error.

    With a ``?`` behind it where it is only possible.
    """
    if ended.out:
        (host,) = ended.report["hosts"]
        causes = host["causes"]
        return causes[0]["id"] + ("" if causes[0]["certain"] else "?") if causes else None
    named = re.findall(r"^orch: .* \[([a-z-]+)\]$", ended.err, re.MULTILINE)
    return named[-1] if named else None
