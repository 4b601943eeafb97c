"""What a request to CloudFormation asks for, and what the stack would make.

Actions and resources are those of the Service Authorization Reference. CloudFormation makes a
stack's resources with its caller's own permissions, so these are asked for too; more of them than
AWS would need, since every change counts as if it made, changed and removed each resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.sandbox.cloud import context
from orchestrator.sandbox.cloud.authority import Question
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, RefusedError, not_here, refusal
from orchestrator.sandbox.cloud.stack_paper import (
    BUCKET,
    POLICY,
    PROFILE,
    ROLE,
    PaperError,
    Planned,
    planned,
    read_template,
)
from orchestrator.sandbox.cloud.stacks import Kept, kept_change_set, kept_stack

_READS = (
    *("DescribeStacks", "DescribeStackEvents", "DescribeStackResource", "DescribeStackResources"),
    *("ListStackResources", "ListStacks", "GetTemplate", "DescribeChangeSet", "ListChangeSets"),
)
_WITH_TEMPLATE = frozenset({"CreateStack", "UpdateStack", "CreateChangeSet"})
MAKING = frozenset({"CreateStack", "UpdateStack", "ExecuteChangeSet", "DeleteStack"})
"""What makes, changes or removes resources."""
_OPERATIONS = frozenset({*_READS, *_WITH_TEMPLATE, *MAKING, "DeleteChangeSet", "ValidateTemplate"})
_MEMBERS = re.compile(
    r"Action|Version|StackName|TemplateBody|UsePreviousTemplate|ChangeSetName|ChangeSetType"
    r"|Description|ClientRequestToken|ClientToken|NextToken|LogicalResourceId|TemplateStage"
    r"|DisableRollback|OnFailure|TimeoutInMinutes|Parameters|Capabilities|Tags"
    r"|Parameters\.member\.\d+\.(?:ParameterKey|ParameterValue|UsePreviousValue)"
    r"|Capabilities\.member\.\d+|StackStatusFilter\.member\.\d+|Tags\.member\.\d+\.(?:Key|Value)",
    re.ASCII,
)
_ARN = re.compile(r"arn:aws:cloudformation:[\w-]+:(?P<account>\d{12}):(?:stack|changeSet)/.+")
_NEEDED = {
    ROLE: (
        "CreateRole GetRole UpdateRole DeleteRole UpdateAssumeRolePolicy PutRolePolicy "
        "DeleteRolePolicy AttachRolePolicy DetachRolePolicy PutRolePermissionsBoundary TagRole"
    ),
    PROFILE: (
        "CreateInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile "
        "RemoveRoleFromInstanceProfile"
    ),
    POLICY: "CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion",
}


@dataclass(frozen=True, slots=True)
class StackRequest:
    """``plan`` is what the stack makes; ``form`` names a change set by its ARN."""

    form: Mapping[str, str]
    questions: tuple[Question, ...]
    plan: tuple[Planned, ...]


def stack_request(form: Mapping[str, str], account: str, region: str) -> StackRequest:
    """The request of somebody in that account. RefusedError: AWS or the sandbox takes none such."""
    operation = form["Action"]
    if operation not in _OPERATIONS:
        raise not_here(Protocol.QUERY, f"cloudformation:{operation[:80]}")
    for name in form:
        if not _MEMBERS.fullmatch(name):
            raise not_here(Protocol.QUERY, f"{name[:80]} of cloudformation:{operation}")
    try:
        return _request(_Reading(form, account, region))
    except PaperError as error:
        raise refusal(Protocol.QUERY, Reason.INVALID, str(error)) from error


@dataclass(frozen=True, slots=True)
class _Reading:
    form: Mapping[str, str]
    account: str
    region: str

    @property
    def operation(self) -> str:
        return self.form["Action"]

    def listed(self, name: str) -> Mapping[str, str]:
        """The members of a list, by their numbers and fields."""
        begin = f"{name}.member."
        return {k.removeprefix(begin): v for k, v in self.form.items() if k.startswith(begin)}


def _request(reading: _Reading) -> StackRequest:
    form = dict(reading.form)
    stack = kept_stack(reading.account, reading.region, form.get("StackName", ""))
    if name := form.get("ChangeSetName") if reading.operation != "CreateChangeSet" else None:
        changes = kept_change_set(reading.account, reading.region, name, form.get("StackName", ""))
        if changes is None:
            raise RefusedError("ChangeSetNotFound", f"ChangeSet [{name[:200]}] does not exist", 404)
        form |= {"ChangeSetName": changes.arn, "StackName": changes.stack_arn}
        stack = changes
    before = _of_kept(reading, stack) if stack and reading.operation in MAKING else ()
    after = before
    if reading.operation in {*_WITH_TEMPLATE, "ValidateTemplate"}:
        after = _after(reading, stack)
    if reading.operation in _WITH_TEMPLATE:
        _refuse_replacement(before, after)
        _refuse_incapable(after, set(reading.listed("Capabilities").values()))
    questions = [_question(reading, form.get("StackName", ""), stack)]
    if reading.operation in MAKING:
        questions += _of_resources({p.arn: p for p in (*before, *after)}, reading.account)
    return StackRequest(form, tuple(questions), after)


def _after(reading: _Reading, stack: Kept | None) -> tuple[Planned, ...]:
    """What the stack makes by the template in the request, or by its own with new parameters."""
    text, form = reading.form.get("TemplateBody"), reading.form
    if form.get("UsePreviousTemplate", "false") == "true":
        if stack is None or text is not None:
            raise PaperError("Either Template URL or Template Body must be specified.")
        text = stack.template
    if text is None:
        raise PaperError("Either Template URL or Template Body must be specified.")
    template = read_template(text)
    if reading.operation == "ValidateTemplate":
        return ()
    parameters = _parameters(reading, stack.parameters if stack else {})
    return planned(template, parameters, _name(reading), reading.account, reading.region)


def _of_kept(reading: _Reading, stack: Kept) -> tuple[Planned, ...]:
    if not stack.template:
        return ()
    return planned(
        read_template(stack.template), stack.parameters, stack.name, reading.account, reading.region
    )


def _name(reading: _Reading) -> str:
    name = reading.form.get("StackName", "")
    return name.split("/")[1] if _ARN.fullmatch(name) else name


def _parameters(reading: _Reading, previous: Mapping[str, str]) -> Mapping[str, str]:
    given = reading.listed("Parameters")
    found: dict[str, str] = {}
    for number in sorted({key.partition(".")[0] for key in given}):
        name = given.get(f"{number}.ParameterKey", "")
        value = given.get(f"{number}.ParameterValue")
        if value is None:
            if given.get(f"{number}.UsePreviousValue") != "true" or name not in previous:
                raise PaperError(f"Parameters: [{name}] must have values")
            value = previous[name]
        found[name] = value
    return found


def _question(reading: _Reading, name: str, stack: Kept | None) -> Question:
    action, account = f"cloudformation:{reading.operation}", reading.account
    if not name:
        return Question(action, "*", account, context.of_resource(account))
    if name.startswith("arn:"):
        found = _ARN.fullmatch(name)
        if found is None:
            raise PaperError(f"{name[:200]} is no stack")
        return Question(action, name, found["account"], context.of_resource(found["account"]))
    arn = f"arn:aws:cloudformation:{reading.region}:{account}:stack/{name}/*"
    known = stack.stack_arn if stack else arn
    return Question(action, known, account, context.of_resource(account))


def _of_resources(plan: Mapping[str, Planned], account: str) -> Iterator[Question]:
    keys = context.of_resource(account)
    for resource in plan.values():
        if resource.type == BUCKET:
            yield Question("s3:CreateBucket", resource.arn, account, keys)
            yield Question("s3:DeleteBucket", resource.arn, account, keys)
        for action in _NEEDED.get(resource.type, "").split():
            yield Question(f"iam:{action}", resource.arn, account, keys)
        if resource.type == PROFILE:
            for role in resource.properties.get("Roles", ()):
                arn = f"arn:aws:iam::{account}:role/{role}"
                yield Question("iam:PassRole", arn, account, keys)


def _refuse_replacement(before: tuple[Planned, ...], after: tuple[Planned, ...]) -> None:
    old = {resource.logical_id: resource.arn for resource in before}
    for resource in after:
        if old.get(resource.logical_id, resource.arn) != resource.arn:
            raise PaperError(f"the replacement of {resource.logical_id} is not in the sandbox")


def _refuse_incapable(plan: tuple[Planned, ...], given: set[str]) -> None:
    """Whoever makes IAM's resources by a template has to say that they know."""
    of_iam = [resource for resource in plan if resource.type != BUCKET]
    named = any(resource.is_named for resource in of_iam)
    needed = {"CAPABILITY_NAMED_IAM"} if named else {"CAPABILITY_NAMED_IAM", "CAPABILITY_IAM"}
    if of_iam and not needed & given:
        message = f"Requires capabilities : [{min(needed)}]"
        raise RefusedError("InsufficientCapabilitiesException", message, 400)
