"""The shapes of the properties that the sandbox's resources may have.

"AWS resource and property types reference" in the CloudFormation Template Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class PaperError(ValueError):
    """A template that CloudFormation would refuse, or that the sandbox has no rule for."""


_Shape = Callable[[Any], bool]


def wrong_property(properties: Mapping[str, Any]) -> str | None:
    """The name of a property whose value has another shape than it should have."""
    for name, value in properties.items():
        if not _SHAPES.get(name, _anything)(value):
            return name
    return None


def _anything(_value: Any) -> bool:
    return True


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    text = str(value)
    return not isinstance(value, bool) and text.isascii() and text.isdigit() and len(text) < 10


def _document(value: Any) -> bool:
    return isinstance(value, dict | str)


def _list(value: Any, item: _Shape) -> bool:
    return isinstance(value, list) and all(map(item, value))


def _texts(value: Any) -> bool:
    return _list(value, _text)


def _inline(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"PolicyName", "PolicyDocument"}
        and _text(value["PolicyName"])
        and _document(value["PolicyDocument"])
    )


def _tag(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"Key", "Value"}
        and all(map(_text, value.values()))
    )


_SHAPES: Mapping[str, _Shape] = {
    **dict.fromkeys(("RoleName", "InstanceProfileName", "ManagedPolicyName", "BucketName"), _text),
    **dict.fromkeys(("Path", "Description", "PermissionsBoundary"), _text),
    **dict.fromkeys(("AssumeRolePolicyDocument", "PolicyDocument"), _document),
    **dict.fromkeys(("ManagedPolicyArns", "Roles"), _texts),
    "Policies": lambda value: _list(value, _inline),
    "Tags": lambda value: _list(value, _tag),
    "MaxSessionDuration": _number,
}
