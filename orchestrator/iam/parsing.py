"""From a policy document to a compiled policy, as strictly as AWS stores them.

Rules: IAM User Guide, "Grammar of the IAM JSON policy language" and the pages of the elements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from orchestrator.iam import patterns, shape
from orchestrator.iam.conditions import Clause, NullClause, clause
from orchestrator.iam.model import PolicyError, PolicyKind, StatementRef
from orchestrator.iam.patterns import ARN_PARTS
from orchestrator.iam.principals import Principals, principals
from orchestrator.iam.shape import wrong
from orchestrator.iam.statement import Actions, Policy, Resources, Statement
from orchestrator.iam.variables import template

VERSIONS = ("2008-10-17", "2012-10-17")
_ELEMENTS = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
)
_WITH_PRINCIPAL = (PolicyKind.TRUST, PolicyKind.RESOURCE)
_SID = re.compile(r"[0-9A-Za-z]*")
_ACTION = re.compile(r"[A-Za-z0-9.-]+:[A-Za-z0-9*?_-]+")


def parse_policy(document: str | Mapping[str, object], kind: PolicyKind, name: str = "") -> Policy:
    """The policy, compiled for `decide`; the name is for messages.

    Raises:
        PolicyError: AWS would refuse to store it as a policy of that kind.
    """
    found = shape.document(document)
    shape.only(found, ("Version", "Id", "Statement"), "")
    if "Id" in found:
        shape.text(found["Id"], "Id")
    version = found.get("Version", VERSIONS[0])
    if version not in VERSIONS:
        wrong("Version", "Policy document must be version 2012-10-17 or greater.")
    statements = found.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list | tuple) or not statements:
        wrong("Statement", "Syntax errors in policy: at least one statement is expected.")
    reader = _Reader(kind, name, variables=version == VERSIONS[1])
    return Policy(kind, name, tuple(reader.read(one, i) for i, one in enumerate(statements)))


class _Reader:
    """Reads the statements of one policy."""

    def __init__(self, kind: PolicyKind, name: str, *, variables: bool) -> None:
        self.kind = kind
        self.name = name
        self.variables = variables
        self.sids: set[str] = set()

    def read(self, source: object, index: int) -> Statement:
        where = f"Statement[{index}]"
        found = shape.mapping(source, where)
        shape.only(found, _ELEMENTS, where)
        if found.get("Effect") not in ("Allow", "Deny"):
            wrong(f"{where}.Effect", 'Syntax errors in policy: it must be "Allow" or "Deny".')
        sid = self._sid(found, where)
        named, not_principal = self._principals(found, where)
        return Statement(
            ref=StatementRef(self.kind, self.name, index, sid),
            denies=found["Effect"] == "Deny",
            actions=self._actions(found, where),
            resources=self._resources(found, where),
            principals=named,
            not_principal=not_principal,
            clauses=self._clauses(found.get("Condition", {}), f"{where}.Condition"),
        )

    def _sid(self, found: Mapping[str, object], where: str) -> str | None:
        sid = shape.text(found.get("Sid", ""), f"{where}.Sid")
        # A bucket policy's Sid may hold more: the guide leaves it to each service.
        if self.kind is not PolicyKind.RESOURCE and _SID.fullmatch(sid) is None:
            wrong(f"{where}.Sid", "Statement IDs (SID) must be alpha-numeric.")
        if sid in self.sids:
            wrong(f"{where}.Sid", "Statement IDs (SID) in a single policy must be unique.")
        if sid:
            self.sids.add(sid)
        return sid or None

    def _principals(
        self, found: Mapping[str, object], where: str
    ) -> tuple[Principals | None, bool]:
        if self.kind not in _WITH_PRINCIPAL:
            if "Principal" in found or "NotPrincipal" in found:
                wrong(where, "Policy document should not specify a principal.")
            return None, False
        name = _one_of(found, "Principal", where, "Missing required field Principal.")
        if name == "NotPrincipal" and self.kind is PolicyKind.TRUST:
            wrong(where, "Has prohibited field NotPrincipal.")
        if name == "NotPrincipal" and found["Effect"] == "Allow":
            wrong(where, "Allow with NotPrincipal is not supported.")
        where = f"{where}.{name}"
        element = None
        if found[name] != "*":
            kinds = shape.mapping(found[name], where)
            element = {k: shape.texts(v, f"{where}.{k}") for k, v in kinds.items()}
            if not element:
                wrong(where, "Missing required field Principal.")
        try:
            return principals(element), name == "NotPrincipal"
        except PolicyError as error:
            wrong(where, str(error))

    def _actions(self, found: Mapping[str, object], where: str) -> Actions:
        name = _one_of(found, "Action", where, "Policy statement must contain actions.")
        where = f"{where}.{name}"
        actions = shape.texts(found[name], where)
        for action in actions:
            _check_action(action, where)
        if self.kind is PolicyKind.TRUST and (
            name == "NotAction" or not all(a.lower().startswith("sts:") for a in actions)
        ):
            wrong(where, "AssumeRole policy may only specify STS AssumeRole actions.")
        lowered = [action.lower() for action in actions]
        return Actions(
            exact=frozenset(a for a in lowered if not _is_pattern(a)),
            patterns=tuple(patterns.whole(patterns.tokens(a)) for a in lowered if _is_pattern(a)),
            negated=name == "NotAction",
        )

    def _resources(self, found: Mapping[str, object], where: str) -> Resources | None:
        if self.kind is PolicyKind.TRUST:
            for name in ("Resource", "NotResource"):
                if name in found:
                    wrong(where, f"Has prohibited field {name}.")
            return None
        name = _one_of(found, "Resource", where, "Policy statement must contain resources.")
        where = f"{where}.{name}"
        texts = shape.texts(found[name], where)
        try:
            templates = [template(t, variables=self.variables) for t in texts if t != "*"]
            for text in texts:
                _check_resource(text, variables=self.variables)
        except PolicyError as error:
            wrong(where, str(error))
        fixed = [one.fixed for one in templates]
        compiled = [patterns.arn(tokens) for tokens in fixed if tokens is not None]
        return Resources(
            everything="*" in texts,
            patterns=tuple(pattern for pattern in compiled if pattern is not None),
            templates=tuple(one for one in templates if one.fixed is None),
            negated=name == "NotResource",
        )

    def _clauses(self, source: object, where: str) -> tuple[Clause | NullClause, ...]:
        clauses: list[Clause | NullClause] = []
        for operator, tests in shape.mapping(source, where).items():
            at = f"{where}.{operator}"
            keys = shape.mapping(tests, at)
            if not keys:
                wrong(at, "Syntax errors in policy: a condition key is expected.")
            if len({key.lower() for key in keys}) != len(keys):
                wrong(at, "Syntax errors in policy: a condition key stands twice.")
            for key, values in keys.items():
                if ":" not in shape.text(key, at):
                    wrong(at, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb.")
                wanted = shape.scalars(values, f"{at}.{key}")
                clauses.append(self._clause(operator, key, wanted, f"{at}.{key}"))
        return tuple(clauses)

    def _clause(
        self, operator: str, key: str, wanted: Sequence[str], where: str
    ) -> Clause | NullClause:
        try:
            return clause(operator, key, wanted, variables=self.variables)
        except PolicyError as error:
            wrong(where, str(error))


def _one_of(found: Mapping[str, object], name: str, where: str, missing: str) -> str:
    both = [key for key in (name, f"Not{name}") if key in found]
    if not both:
        wrong(where, missing)
    if len(both) > 1:
        wrong(where, f"Syntax errors in policy: {name} and Not{name} exclude each other.")
    return both[0]


def _is_pattern(action: str) -> bool:
    return "*" in action or "?" in action


def _check_action(action: str, where: str) -> None:
    if action == "*":
        return
    if ":" not in action:
        wrong(where, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    if action.count(":") > 1:
        wrong(where, "Actions/Condition can contain only one colon.")
    if _ACTION.fullmatch(action) is None:
        wrong(where, f'"{action[:80]}" is not an action.')


# What IAM's own resources begin with ("IAM resource path must either be "*" or start with ...").
_IAM_PATHS = (
    *("user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "sms-mfa/"),
    *("server-certificate/", "policy/", "saml-provider/", "oidc-provider/", "report/"),
    "access-report/",
)


def _check_resource(text: str, *, variables: bool) -> None:
    if text == "*":
        return
    parts = text.split(":", ARN_PARTS - 1)
    if len(parts) != ARN_PARTS or parts[0] != "arn" or not parts[1] or not parts[5]:
        raise PolicyError(f'Resource {text[:200]} must be in ARN format or "*".')
    if variables and any("${" in part for part in parts[:5]):
        raise PolicyError(f"Resource {text[:200]}: a variable may stand in its last part alone.")
    if not parts[2] or "*" in parts[2] or "?" in parts[2]:
        raise PolicyError(f"Resource {text[:200]}: its service may hold no wildcard.")
    # IAM User Guide, "ARNs", "Incorrect wildcard usage": none in the type of the resource.
    if parts[2] == "iam" and parts[5] != "*" and not parts[5].startswith(_IAM_PATHS):
        paths = ", ".join(_IAM_PATHS)
        raise PolicyError(f'IAM resource path must either be "*" or start with {paths}.')
