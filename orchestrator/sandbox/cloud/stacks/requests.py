"""What a request to CloudFormation asks for, and who has to allow it.

Actions and resources are those of the Service Authorization Reference. What a stack makes is asked
for when it is made, call by call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrator.sandbox.cloud import context
from orchestrator.sandbox.cloud.authority import Question
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, RefusedError, not_here, refusal
from orchestrator.sandbox.cloud.stacks.paper import BUCKET, Planned
from orchestrator.sandbox.cloud.stacks.shapes import PaperError
from orchestrator.sandbox.cloud.tags import read_tags

_LONGEST = {"StackName": 128, "ChangeSetName": 128}
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*", re.ASCII)
_MEMBERS = re.compile(
    r"Action|Version|StackName|TemplateBody|UsePreviousTemplate|ChangeSetName|ChangeSetType"
    r"|Description|ClientRequestToken|ClientToken|NextToken|LogicalResourceId|TemplateStage"
    r"|DisableRollback|OnFailure|Parameters|Capabilities|Tags|Filters\.FailedEvents"
    r"|Parameters\.member\.\d+\.(?:ParameterKey|ParameterValue|UsePreviousValue)"
    r"|Capabilities\.member\.\d+|StackStatusFilter\.member\.\d+|Tags\.member\.\d+\.(?:Key|Value)",
    re.ASCII,
)
_ONE_VALUE_ALONE = {"DisableRollback": "false", "OnFailure": "ROLLBACK"}
"""Members of which the sandbox has but one value: a stack that fails is rolled back."""
_ARN = re.compile(r"arn:aws:cloudformation:[\w-]+:(?P<account>\d{12}):(?:stack|changeSet)/.+")


@dataclass(frozen=True, slots=True)
class StackForm:
    """The members of a request, of whoever is in that account."""

    members: Mapping[str, str]
    account: str
    region: str

    @property
    def operation(self) -> str:
        """The API operation."""
        return self.members["Action"]

    def get(self, name: str) -> str:
        """A member, or nothing."""
        return self.members.get(name, "")

    def listed(self, name: str) -> tuple[str, ...]:
        """The members of a list of texts."""
        begin = f"{name}.member."
        return tuple(v for k, v in self.members.items() if k.startswith(begin))

    def needed(self, name: str) -> str:
        """A member that has to be there."""
        if not self.get(name):
            raise invalid(f"1 validation error detected: Value null at '{_camel(name)}'")
        return self.get(name)

    def parameters(self, previous: Mapping[str, str]) -> Mapping[str, str]:
        """The parameters by name, also those that keep their previous value."""
        begin = "Parameters.member."
        given = {k.removeprefix(begin): v for k, v in self.members.items() if k.startswith(begin)}
        found: dict[str, str] = {}
        for number in sorted({key.partition(".")[0] for key in given}):
            name = given.get(f"{number}.ParameterKey", "")
            value = given.get(f"{number}.ParameterValue")
            if given.get(f"{number}.UsePreviousValue") == "true":
                if name not in previous or value is not None:
                    raise PaperError(
                        f"Invalid input for parameter key {name}. Cannot use a previous value"
                    )
                value = previous[name]
            if value is None:
                raise PaperError(f"Parameters: [{name}] must have values")
            found[name] = value
        return found

    def tags(self) -> Mapping[str, str]:
        """The stack's tags."""
        return read_tags(self.members)

    def question(self, stack_id: str) -> Question:
        """Whether the caller may do this to that stack, which need not be there."""
        action, name = f"cloudformation:{self.operation}", self.get("StackName")
        account, resource = self.account, stack_id or "*"
        if not stack_id and name.startswith("arn:"):
            found = _ARN.fullmatch(name)
            if found is None:
                raise PaperError(f"{name[:200]} is no stack")
            account, resource = found["account"], name
        elif not stack_id and name:
            resource = f"arn:aws:cloudformation:{self.region}:{account}:stack/{name}/*"
        return Question(action, resource, account, context.of_resource(account))


def read_form(
    members: Mapping[str, str], account: str, region: str, operations: Iterable[str]
) -> StackForm:
    """The request. RefusedError where it is none, or the sandbox does not have it."""
    operation = members["Action"]
    if operation not in operations:
        raise not_here(Protocol.QUERY, f"cloudformation:{operation[:80]}")
    for name, value in members.items():
        if not _MEMBERS.fullmatch(name):
            raise not_here(Protocol.QUERY, f"{name[:80]} of cloudformation:{operation}")
        if value != _ONE_VALUE_ALONE.get(name, value):
            what = f"{value[:80]} for {name} of cloudformation:{operation}"
            raise not_here(Protocol.QUERY, what)
        if name in _LONGEST:
            _check_name(name, value)
    return StackForm(members, account, region)


def _check_name(member: str, value: str) -> None:
    if _ARN.fullmatch(value) or (_NAME.fullmatch(value) and len(value) <= _LONGEST[member]):
        return
    raise invalid(
        f"1 validation error detected: Value '{value[:200]}' at '{_camel(member)}' failed to "
        f"satisfy constraint: Member must satisfy regular expression pattern: {_NAME.pattern}"
    )


def _camel(member: str) -> str:
    return member[0].lower() + member[1:]


def invalid(message: str) -> RefusedError:
    """A ValidationError."""
    return refusal(Protocol.QUERY, Reason.INVALID, message)


def capabilities_of(plan: Iterable[Planned]) -> tuple[str, str]:
    """The capability that a stack needs, and why; empty where it needs none."""
    of_iam = [resource for resource in plan if resource.type != BUCKET]
    if not of_iam:
        return "", ""
    kinds = ", ".join(dict.fromkeys(resource.type for resource in of_iam))
    why = f"The following resource(s) require capabilities: [{kinds}]"
    is_named = any(resource.is_named for resource in of_iam)
    return ("CAPABILITY_NAMED_IAM" if is_named else "CAPABILITY_IAM"), why


def refuse_incapable(plan: Iterable[Planned], given: Iterable[str]) -> None:
    """Whoever makes IAM's resources by a template has to say that they know."""
    needed, _ = capabilities_of(plan)
    enough = {needed, "CAPABILITY_NAMED_IAM"}
    if needed and not enough & set(given):
        message = f"Requires capabilities : [{needed}]"
        raise RefusedError("InsufficientCapabilitiesException", message, 400)
