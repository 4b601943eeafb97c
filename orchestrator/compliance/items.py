"""How a host stands as a compliance item of Systems Manager.

AWS knows COMPLIANT and NON_COMPLIANT, and no third. UNKNOWN is told as NON_COMPLIANT, since it must
never look right, with the severity UNSPECIFIED and a title that begins with the word itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from orchestrator.model.codec import canonical_json
from orchestrator.model.compliance import Item, Standing
from orchestrator.model.enums import Outcome

LONGEST_TITLE = 500
"""Characters of an item's Title (SSM API Reference, ComplianceItemEntry)."""


def item_of(standing: Standing) -> Item:
    """The item: one for each schedule, which is its id."""
    outcome = standing.outcome
    right = outcome is Outcome.PASS
    return Item(
        id=standing.schedule,
        title=_title(standing)[:LONGEST_TITLE],
        severity="UNSPECIFIED" if outcome is Outcome.UNKNOWN else standing.severity,
        status="COMPLIANT" if right else "NON_COMPLIANT",
        details=_details(standing),
    )


def _title(standing: Standing) -> str:
    match standing.outcome:
        case Outcome.PASS:
            return "PASS: the role switch works"
        case Outcome.FAIL:
            return f"FAIL: {standing.cause or 'the role switch does not work'}"
        case _:
            return f"UNKNOWN: {standing.reason}"


def _details(standing: Standing) -> Mapping[str, str]:
    told = {
        "Outcome": standing.outcome.value,
        "Cause": standing.cause,
        "Reason": standing.reason,
        "Since": standing.since.isoformat(),
        "Seen": standing.seen.isoformat(),
        "Flapping": "yes" if standing.flapping else "",
        "Run": standing.run_id,
        "PlanSha256": standing.plan_sha256,
    }
    return {name: value for name, value in told.items() if value}


def joined(there: Sequence[Item], mine: Sequence[Item]) -> tuple[Item, ...]:
    """All that the host is to have: mine in place of those of the same ids, and all the others.

    Whatever is put replaces the whole list, so that nobody else's may be left out; an item need not
    have an id.
    """
    nameless = (item for item in there if not item.id)
    found = {item.id: item for item in (*there, *mine) if item.id}
    return (*nameless, *(found[name] for name in sorted(found)))


def content_hash(items: Sequence[Item]) -> str:
    """The hash by which AWS ignores a list that it has already."""
    return hashlib.sha256(canonical_json(list(items)).encode()).hexdigest()
