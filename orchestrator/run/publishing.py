"""Systems Manager told how hosts stand: what it has is read first, since it is all replaced."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.compliance import content_hash, item_of, joined
from orchestrator.errors import CredentialsError, DeniedError, OrchError
from orchestrator.model.compliance import Published, Standing
from orchestrator.ports.schedules import Compliance


def publish(standings: Sequence[Standing], compliance: Compliance) -> Published:
    """Put an item for each schedule to each host, with two calls a host at most.

    ``standings`` are those of one account and region. A host that SSM does not manage any more, or
    that fails for itself, is told, and the others go on.

    Raises:
        CannotRunError: nobody may read or write there.
    """
    hosts: dict[str, list[Standing]] = {}
    for item in standings:
        hosts.setdefault(item.instance_id, []).append(item)
    written = equal = 0
    gone: list[str] = []
    failed: list[tuple[str, str]] = []
    for instance_id, mine in hosts.items():
        try:
            put = _put(instance_id, mine, compliance)
        except (CredentialsError, DeniedError):
            raise
        except OrchError as error:
            failed.append((instance_id, error.what))
            continue
        if put is None:
            gone.append(instance_id)
        elif put:
            written += 1
        else:
            equal += 1
    return Published(written, equal, tuple(gone), tuple(failed))


def _put(instance_id: str, mine: Sequence[Standing], compliance: Compliance) -> bool | None:
    """Whether something was written; None where SSM does not manage the host any more."""
    there = compliance.items(instance_id)
    if there is None:
        return None
    items = joined(there.items, [item_of(one) for one in mine])
    if items == joined(there.items, ()):
        return False
    newest = max(mine, key=lambda one: one.seen)
    is_there = compliance.put(instance_id, items, content_hash(items), newest.seen, newest.run_id)
    return True if is_there else None
