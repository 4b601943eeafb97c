"""Tags in a request of the query protocol: ``Tags.member.1.Key`` and ``.Value``.

"Rules for tagging in IAM and AWS STS" in the IAM User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestrator.sandbox.cloud.refusals import RefusedError

_MEMBER = re.compile(r"Tags\.member\.(\d+)\.(?:Key|Value)", re.ASCII)
_KEY = re.compile(r"[\w\s.:/=+@-]{1,128}")
_VALUE = re.compile(r"[\w\s.:/=+@-]{0,256}")


def read_tags(form: Mapping[str, str]) -> Mapping[str, str]:
    """The tags by their keys.

    RefusedError: a key or a value is missing, malformed or AWS's own (ValidationError), or a key
    stands twice, letter case aside (InvalidInput).
    """
    tags: dict[str, str] = {}
    for number in sorted({found[1] for found in map(_MEMBER.fullmatch, form) if found}):
        key = _checked(form.get(f"Tags.member.{number}.Key"), _KEY)
        if key.lower() in {other.lower() for other in tags}:
            message = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            raise RefusedError("InvalidInput", message, 400)
        tags[key] = _checked(form.get(f"Tags.member.{number}.Value"), _VALUE)
    return tags


def _checked(text: str | None, form: re.Pattern[str]) -> str:
    if text is None or not form.fullmatch(text) or text.lower().startswith("aws:"):
        shown = "null" if text is None else f"'{text[:80]}'"
        message = f"Value {shown} at 'tags' failed to satisfy constraint: {form.pattern}"
        raise RefusedError("ValidationError", f"1 validation error detected: {message}", 400)
    return text
