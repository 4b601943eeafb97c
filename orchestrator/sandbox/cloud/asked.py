"""What a request asks for, by service: the questions that the policies have to answer.

Only what is listed here reaches moto. A service whose actions and resources the sandbox could not
name would be decided wrongly, so it is "not in the sandbox".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox.cloud import context, state
from orchestrator.sandbox.cloud.authority import Question
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, refusal
from orchestrator.sandbox.cloud.s3_requests import s3_request

PROTOCOLS: Mapping[str, Protocol] = {
    "sts": Protocol.QUERY,
    "iam": Protocol.QUERY,
    "cloudformation": Protocol.QUERY,
    "ec2": Protocol.EC2,
    "s3": Protocol.S3,
}
_IAM_RESOURCES = (
    ("RoleName", "role"),
    ("UserName", "user"),
    ("GroupName", "group"),
    ("InstanceProfileName", "instance-profile"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, taken apart. ``form`` holds the members of the query protocols.

    ``owner`` is the account whose state it is about: the bucket's, else the caller's.
    """

    service: str
    protocol: Protocol
    form: Mapping[str, str]
    question: Question | None
    owner: str

    @property
    def operation(self) -> str:
        """The API operation, in the query protocols."""
        return self.form.get("Action", "")

    @property
    def changes_principals(self) -> bool:
        """Whether users, roles or stacks may come, go or change by it."""
        reads = ("Get", "List", "Describe")
        return self.service in {"iam", "cloudformation"} and not self.operation.startswith(reads)


def asked(service: str, environ: WSGIEnvironment, body: bytes, account: str, region: str) -> Asked:
    """What the caller of that account asks. RefusedError where the sandbox does not have it."""
    protocol = PROTOCOLS[service]
    if service == "s3":
        return _of_s3(environ, account)
    form = _form(environ, body)
    if service == "sts":
        return Asked(service, protocol, form, None, account)
    operation = form.get("Action", "")
    if not operation.isalnum():
        message = f"a request to {service} without an Action is not in the sandbox"
        raise refusal(protocol, Reason.NOT_HERE, message)
    resource = _resource(service, operation, form, account, region)
    question = Question(f"{service}:{operation}", resource, account, context.of_resource(account))
    return Asked(service, protocol, form, question, account)


def _form(environ: WSGIEnvironment, body: bytes) -> Mapping[str, str]:
    query = environ.get("QUERY_STRING", "") if environ["REQUEST_METHOD"] == "GET" else ""
    text = body.decode("utf-8", "replace") or query
    return dict(parse_qsl(text, keep_blank_values=True))


def _resource(
    service: str, operation: str, form: Mapping[str, str], account: str, region: str
) -> str:
    if service == "iam":
        return _iam_resource(form, account)
    name = form.get("StackName", "")
    if service == "cloudformation" and name and operation != "ListStacks":
        if name.startswith("arn:"):
            return name
        return f"arn:aws:cloudformation:{region}:{account}:stack/{name}/*"
    return "*"


def _iam_resource(form: Mapping[str, str], account: str) -> str:
    """The ARN of what the request names, with its path where it has one."""
    for member, kind in _IAM_RESOURCES:
        if name := form.get(member):
            known = _known(kind, account, name)
            path = form.get("Path", "/")
            return known or f"arn:aws:iam::{account}:{kind}{path}{name}"
    if name := form.get("PolicyName"):
        return f"arn:aws:iam::{account}:policy{form.get('Path', '/')}{name}"
    return form.get("PolicyArn") or "*"


def _known(kind: str, account: str, name: str) -> str | None:
    find = {"role": state.role_named, "user": state.user_named}.get(kind)
    found = find(account, name) if find else None
    return found.arn if found else None


def _of_s3(environ: WSGIEnvironment, account: str) -> Asked:
    raw = str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or environ["PATH_INFO"])
    method = environ["REQUEST_METHOD"]
    wanted = s3_request(method, raw, str(environ.get("HTTP_HOST", "")))
    if wanted.action is None or "HTTP_X_AMZ_COPY_SOURCE" in environ:
        message = f"{method} {raw.partition('?')[0]} with these parameters is not in the sandbox"
        raise refusal(Protocol.S3, Reason.NOT_HERE, message)
    owner = state.bucket_owner(wanted.bucket) if wanted.bucket else account
    question = Question(
        action=wanted.action,
        resource=wanted.resource,
        account=owner or account,
        context={**context.of_resource(owner or account), **wanted.context},
        resource_policy=state.bucket_policy(wanted.bucket) if wanted.bucket else None,
    )
    return Asked("s3", Protocol.S3, {}, question, owner or account)
