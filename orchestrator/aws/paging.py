"""Answers that come in pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore import xform_name

from orchestrator.aws.errors import as_ours
from orchestrator.aws.session import Access

MOST_PAGES = 10_000


def pages(
    access: Access, client: Any, operation: str, request: Mapping[str, Any], most: int = MOST_PAGES
) -> Iterator[Mapping[str, Any]]:
    """Page by page; a token that comes again ends it instead of going round for ever."""
    method = getattr(client, xform_name(operation))
    token: str | None = None
    for _ in range(most):
        more = {"NextToken": token} if token else {}
        with as_ours(operation, access.region, access.profile):
            page = method(**request, **more)
        yield page
        following = page.get("NextToken")
        if not following or following == token:
            return
        token = following
