"""Answers that come in pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore import xform_name

from orchestrator.aws.errors import as_ours
from orchestrator.aws.session import Access
from orchestrator.errors import CannotRunError

MOST_PAGES = 10_000


def pages(
    access: Access,
    client: Any,
    operation: str,
    request: Mapping[str, Any],
    most: int = MOST_PAGES,
    *,
    whole: bool = False,
) -> Iterator[Mapping[str, Any]]:
    """Page by page; a token that comes again ends it instead of going round for ever.

    Raises:
        CannotRunError: the call failed; or ``whole``, and not all pages could be had, so that what
            came must not be taken for all that there is.
    """
    method = getattr(client, xform_name(operation))
    token: str | None = None
    for _ in range(most):
        more = {"NextToken": token} if token else {}
        with as_ours(operation, access.region, access.profile):
            page = method(**request, **more)
        yield page
        following = page.get("NextToken")
        if not following:
            return
        if following == token:
            break
        token = following
    if whole:
        what = "its pages come to no end: the same one would come again, or there are too many"
        where = f"{operation} in {access.region}"
        raise CannotRunError(what, where=where, mend="try again; then ask AWS")
