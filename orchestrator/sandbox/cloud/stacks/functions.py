"""What a template's references, functions and conditions come to (CloudFormation User Guide)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from orchestrator.sandbox.cloud.stacks.shapes import PaperError

_PLACE = re.compile(r"\$\{([^}]*)\}")
_LISTS = ("CommaDelimitedList", "List<")


class Referred(Protocol):
    """A resource, as others in the template refer to it."""

    @property
    def physical_id(self) -> str:
        """What a Ref to it gives."""

    def attribute(self, name: str) -> str:
        """What Fn::GetAtt gives. PaperError for what is not known."""


@dataclass(slots=True)
class Resolver:
    """Resolves values of one template. ``pseudo`` are the parameters that AWS itself gives.

    ``resource`` gives the resource of a logical id; LookupError where there is none.
    """

    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    pseudo: Mapping[str, str | None]
    resource: Callable[[str], Referred]
    _known: dict[str, bool] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """The value with everything in it resolved. Members that come to nothing are left out."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        name = next((key for key in value if key in _FUNCTIONS), None)
        if name is not None:
            if len(value) > 1:
                raise PaperError(f"Template error: {name} stands beside other keys")
            return _FUNCTIONS[name](self, value[name])
        resolved = ((key, self.resolve(item)) for key, item in value.items())
        return {key: item for key, item in resolved if item is not None}

    def holds(self, name: str) -> bool:
        """Whether the condition of that name holds. LookupError where there is none."""
        if name not in self._known:
            found = self._condition(self.template.get("Conditions", {})[name])
            if not isinstance(found, bool):
                raise PaperError(f"Template error: the condition {name} is none")
            self._known[name] = found
        return self._known[name]

    def _condition(self, value: Any) -> object:
        if not isinstance(value, dict) or len(value) != 1:
            return None
        ((name, given),) = value.items()
        if name == "Condition":
            return self.holds(given)
        if name == "Fn::Equals":
            one, other = given
            return bool(self.resolve(one) == self.resolve(other))
        parts = [self._condition(item) for item in given] if name in _LOGICAL else []
        if not parts or not all(isinstance(part, bool) for part in parts):
            return None
        return _LOGICAL[name](parts)

    def ref(self, name: Any) -> Any:
        """What a Ref comes to: a list where the parameter is one."""
        if name in self.pseudo:
            return self.pseudo[name]
        if name in self.parameters:
            value = self.parameters[name]
            kind = self.template["Parameters"][name].get("Type", "String")
            return value.split(",") if kind.startswith(_LISTS) else value
        try:
            return self.resource(name).physical_id
        except LookupError:
            what = f"Unresolved resource dependencies [{name}] in the template"
            raise PaperError(what) from None

    def get_att(self, given: Any) -> Any:
        """An attribute of a resource: ``[id, name]``, or both with a dot."""
        logical_id, _, attribute = (
            given.partition(".") if isinstance(given, str) else (given[0], "", given[1])
        )
        try:
            resource = self.resource(logical_id)
        except LookupError:
            what = f"instance of Fn::GetAtt references undefined resource {logical_id}"
            raise PaperError(f"Template error: {what}") from None
        return resource.attribute(attribute)

    def _if(self, given: Any) -> Any:
        name, then, otherwise = given
        return self.resolve(then if self.holds(name) else otherwise)

    def _join(self, given: Any) -> str:
        delimiter, parts = given
        return str(delimiter).join(str(part) for part in self.resolve(parts))

    def _split(self, given: Any) -> list[str]:
        delimiter, text = given
        found: list[str] = self.resolve(text).split(delimiter)
        return found

    def _select(self, given: Any) -> Any:
        index, items = given
        return self.resolve(items)[int(self.resolve(index))]

    def _sub(self, given: Any) -> str:
        text, more = given if isinstance(given, list) else (given, {})

        def found(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in more:
                return str(self.resolve(more[name]))
            return str(self.get_att(name) if "." in name else self.ref(name))

        return _PLACE.sub(found, text)

    def _find_in_map(self, given: Any) -> Any:
        name, first, second = (self.resolve(part) for part in given)
        return self.template.get("Mappings", {})[name][first][second]

    def _get_azs(self, given: Any) -> list[str]:
        region = self.resolve(given) or self.pseudo["AWS::Region"]
        return [f"{region}{zone}" for zone in "abcd"]

    def _base64(self, given: Any) -> str:
        return base64.b64encode(self.resolve(given).encode()).decode()


_LOGICAL: Mapping[str, Callable[[list[Any]], bool | None]] = {
    "Fn::And": all,
    "Fn::Or": any,
    "Fn::Not": lambda parts: not parts[0] if len(parts) == 1 else None,
}
_FUNCTIONS: Mapping[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver.ref,
    "Fn::GetAtt": Resolver.get_att,
    "Fn::If": Resolver._if,
    "Fn::Join": Resolver._join,
    "Fn::Split": Resolver._split,
    "Fn::Select": Resolver._select,
    "Fn::Sub": Resolver._sub,
    "Fn::FindInMap": Resolver._find_in_map,
    "Fn::GetAZs": Resolver._get_azs,
    "Fn::Base64": Resolver._base64,
}
