"""What `orch run` must say first in each scenario of the sandbox, and how it must end."""

import re

from orchestrator.sandbox.scenarios import find_scenario

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
    "trust-unread": "assume-role-refused",
    "bucket-unread": "bucket-list-refused",
    "organization-denies": "assume-refused-elsewhere",
    "list-empty": "not-ended",
    "config-linked": "profile-file-link",
    "config-not-text": "profile-file-not-text",
    "config-busy": "profile-file-busy",
    "aws-folder-is-a-file": "profile-file-unwritable",
    "block-damaged": "profile-block-damaged",
    "run-id-used": "run-folder-taken",
    "profile-nowhere": "profile-missing",
    "profile-misspelt": "profile-invalid",
    "default-is-a-role": "not-the-instance-role",
    "cli-missing": "cli-missing",
    "python-missing": "python-missing",
    "ways-differ": "ways-differ",
    "module-not-installed": "module-not-installed",
    "profile-not-listed": "profile-not-listed",
    "inventory-missing": "script-failed",
    "inventory-broken": "script-not-json",
    "inventory-endless": "script-flooded",
    "inventory-held": "script-timed-out",
    "inventory-unread": "script-not-run",
    "inventory-not-ready": "unexplained",
    "output-replayed": "evidence-foreign",
    "output-doubled": "evidence-ambiguous",
    "output-scrubbed": "evidence-malformed",
    "verdict-rewritten": "judges-differ",
    "exit-code-lost": "exit-code-differs",
    "program-data-missing": "script-error",
    "constrained-language": "constrained-language",
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
    *("module-old", "trust-unread", "bucket-unread", "organization-denies", "profile-nowhere"),
    *("profile-misspelt", "default-is-a-role", "ways-differ", "module-not-installed"),
    *("profile-not-listed", "inventory-not-ready"),
)
IN_PYTHON = {
    "config-bom": (1, "profile-file-bom"),
    "config-utf16": (1, "profile-file-utf16"),
    "config-not-text": (1, "profile-file-not-text"),
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
    *("install-killed", "list-empty", "output-replayed", "output-doubled", "output-scrubbed"),
}
"""Where nothing that a script found comes back."""


IN_POWERSHELL = NO_SCRIPT | {
    # What is odd there is PowerShell's own affair, or the way back from the host.
    *("module-old", "module-not-installed", "python-missing", "ways-differ", "inventory-unread"),
    *("list-empty", "output-replayed", "output-doubled", "output-scrubbed", "exit-code-lost"),
}
SAYS_ONE_THING = {"constrained-language"}
"""Where the script can say no more than that, in words that were made beforehand."""


def shells_of(scenario):
    """The shells in which a scenario may end differently."""
    return ("powershell",) if scenario in IN_POWERSHELL else ("powershell", "python")


def expected(scenario, shell):
    """The exit code and the first cause in that shell."""
    usual = EXIT_CODE[scenario], FIRST_CAUSE[scenario]
    return IN_PYTHON.get(scenario, usual) if shell == "python" else usual


def options_of(scenario):
    """What `orch run` is given there beside the instance."""
    return find_scenario(scenario).options


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
