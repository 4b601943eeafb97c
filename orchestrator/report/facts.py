"""What several forms say of a host alike: where it is, what it is called elsewhere, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from orchestrator.model.enums import Outcome, Phase
from orchestrator.model.procedure import Procedure
from orchestrator.model.report import Cause, HostReport, Report, Verdict
from orchestrator.report.styled import harmless

PERHAPS_SENT = "perhaps-sent"
"""The cause of a host that a command may be on the way to."""

Place = tuple[str, str]
"""A region, and the role that is assumed to reach the account there."""


def place_of(host: HostReport, report: Report) -> Place:
    """Where the host is; where it does not say, it is where the first plan is."""
    return host.region or report.plan.procedure.region, host.account_role


def counted(host: HostReport) -> Sequence[Verdict]:
    """The expectations that count, each with its verdict."""
    return [verdict for verdict in host.verdicts if verdict.counts]


def is_unsent(host: HostReport) -> bool:
    """Whether nothing was sent to it for certain: an answer of SendCommand may be lost."""
    return host.command_id is None and all(cause.id != PERHAPS_SENT for cause in host.causes)


def in_short(host: HostReport) -> str:
    """How many expectations hold, and the first cause where there is one."""
    verdicts = counted(host)
    held = sum(verdict.outcome is Outcome.PASS for verdict in verdicts)
    cause = f"; {titled(host.causes[0])}" if host.causes else ""
    return f"{held} of {len(verdicts)} expectations hold{cause}"


def titled(cause: Cause) -> str:
    """A cause in one line, as on a terminal."""
    sure = "" if cause.certain else " (possible)"
    return f"{cause.title}{sure} [{cause.id}]"


def why(host: HostReport) -> Iterator[str]:
    """All that is known of why it is not PASS, and what is left on it, a line each."""
    for cause in host.causes:
        yield f"cause: {titled(cause)}"
        yield f"evidence: {cause.evidence}"
        yield f"mend: {cause.mend}"
    for verdict in counted(host):
        if verdict.outcome is not Outcome.PASS:
            yield f"{verdict.outcome}: {missed(verdict)}"
    for left in host.left:
        yield f"left: {left}"


def left_on(report: Report) -> Mapping[str, Sequence[str]]:
    """What may lie on hosts still, each with the ids of all that have it."""
    found: dict[str, list[str]] = {}
    for host in report.hosts:
        for item in host.left:
            found.setdefault(item, []).append(host.instance_id)
    return found


def missed(verdict: Verdict) -> str:
    """What was expected, and what was seen."""
    step = verdict.expectation.rsplit(".", 2)[0]
    return f"{step}: expected {verdict.expected}; saw {verdict.observed}"


def accounts(report: Report) -> Mapping[Place, str]:
    """The account of each place, where it is known: all hosts of a place are in one.

    It is the one of the role that is assumed to reach it; else what a host there was before the
    switch, if that was its own role: its session is named after the instance.
    """
    wanted = {(plan.procedure.region, plan.account_role) for plan in report.plans}
    found = {place: place[1].split(":")[4] for place in wanted if place[1].count(":") >= 5}
    if len(found) < len(wanted):
        for host in report.hosts:
            place = place_of(host, report)
            if place not in found and (account := _own_account(host)):
                found[place] = account
                if wanted <= found.keys():
                    break
    return found


def _own_account(host: HostReport) -> str:
    observations = host.evidence.observations if host.evidence else ()
    for item in observations:
        account = item.value.get("account")
        own = item.phase is Phase.BEFORE and item.value.get("session") == host.instance_id
        if own and isinstance(account, str) and len(account) == 12 and account.isdecimal():
            return account
    return ""


def lasting_id(host: HostReport, place: Place, procedure: Procedure) -> str:
    """The same in every run that asks the same of the host: by it a finding is found again.

    It names the region, the host, the runbook and the role; nothing of the run, nor of what was
    found. At most 512 characters of ASCII.
    """
    role = procedure.profile.role_arn.partition(":iam::")[2] or procedure.profile.role_arn
    parts = ("orch", place[0], host.instance_id, procedure.runbook, role.replace(":role/", "/"))
    whole = "/".join(part for part in parts if part)
    text = "".join(c if c.isascii() and c.isprintable() else "_" for c in whole)
    if text == whole and len(text) <= 512:
        return text
    return f"{text[:440]}/{hashlib.sha256(whole.encode('utf-8', 'replace')).hexdigest()}"


def readable(text: str) -> str:
    """The text without what other programs would choke on or obey; its line breaks stay."""
    return "\n".join(harmless(line) for line in text.split("\n"))


def clipped(text: str, most: int) -> str:
    """The text, cut to so many bytes of UTF-8; an ellipsis says that there was more."""
    data = text.encode()
    if len(data) <= most:
        return text
    return f"{data[: most - 3].decode(errors='ignore')}…"
