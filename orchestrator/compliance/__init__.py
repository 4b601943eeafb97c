"""Level 2: how a fleet stands, from what was seen of it, and what Systems Manager is told. Pure.

standing    each host by each schedule: right, wrong or unknown, since when, and how steadily
items       the same as compliance items, beside those that others have put
text        the same for people
"""

from orchestrator.compliance.items import content_hash, item_of, joined
from orchestrator.compliance.standing import FLAPPING, LEFT, NEWEST, fleet

__all__ = ["FLAPPING", "LEFT", "NEWEST", "content_hash", "fleet", "item_of", "joined"]
