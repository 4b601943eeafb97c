"""What a request asks for, by service: the questions that the policies have to answer.

Only what is listed here reaches moto. A service whose actions and resources the sandbox could not
name would be decided wrongly, so it is "not in the sandbox".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox.cloud import buckets, context
from orchestrator.sandbox.cloud.authority import Question, Signed
from orchestrator.sandbox.cloud.iam_requests import iam_request
from orchestrator.sandbox.cloud.refusals import Protocol, Reason, not_here, refusal
from orchestrator.sandbox.cloud.s3_requests import S3Request, s3_request, unknown_header
from orchestrator.sandbox.cloud.signature import headers_of, raw_path

PROTOCOLS: Mapping[str, Protocol] = {
    "sts": Protocol.QUERY,
    "iam": Protocol.QUERY,
    "cloudformation": Protocol.QUERY,
    "ec2": Protocol.EC2,
    "s3": Protocol.S3,
}
_VERSIONS = {
    "sts": "2011-06-15",
    "iam": "2010-05-08",
    "cloudformation": "2010-05-15",
    "ec2": "2016-11-15",
}
_READS = ("Get", "List", "Describe")
_OF_EC2 = re.compile(r"Describe(?:Instances|InstanceStatus|Regions|AvailabilityZones|Vpcs|Subnets)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, taken apart.

    ``form`` holds the members of the query protocols, ``s3`` what is asked of S3. All questions
    have to be answered with yes; STS and CloudFormation put theirs where they answer.
    ``owner`` is the account whose state it is about: the bucket's, else the caller's.
    """

    service: str
    protocol: Protocol
    owner: str
    region: str
    form: Mapping[str, str]
    questions: tuple[Question, ...] = ()
    s3: S3Request | None = None

    @property
    def operation(self) -> str:
        """The API operation, in the query protocols."""
        return self.form.get("Action", "")

    @property
    def changes_principals(self) -> bool:
        """Whether users, roles or stacks may come, go or change by it."""
        return self.service in {"iam", "cloudformation"} and not self.operation.startswith(_READS)


def asked(service: str, signed: Signed, body: bytes) -> Asked:
    """What the caller asks. RefusedError where it is malformed, or the sandbox does not have it."""
    protocol = PROTOCOLS[service]
    account, region = signed.identity.caller.account, signed.signature.region
    if service == "s3":
        return _of_s3(signed, account, region)
    form = _form(service, signed.environ, body)
    if service == "iam":
        form, questions = iam_request(form, signed.identity)
        return Asked(service, protocol, account, region, form, questions)
    questions = (_of_ec2(form["Action"], account),) if service == "ec2" else ()
    return Asked(service, protocol, account, region, form, questions)


def _form(service: str, environ: WSGIEnvironment, body: bytes) -> Mapping[str, str]:
    """The members of a request in the query protocols, each of which may stand once."""
    protocol = PROTOCOLS[service]
    method, (path, query) = environ["REQUEST_METHOD"], raw_path(environ)
    if path != "/" or method not in {"GET", "POST"}:
        raise not_here(protocol, f"{method} {path[:80]} of {service}")
    if (body if method == "GET" else query) != (b"" if method == "GET" else ""):
        raise refusal(protocol, Reason.INVALID, "The members stand in the query or in the body.")
    try:
        text = query if method == "GET" else body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        raise refusal(protocol, Reason.INVALID, f"The request is not a form: {error}") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise refusal(protocol, Reason.INVALID, "A member of the request stands twice.")
    if form.get("Version") != _VERSIONS[service] or not form.get("Action"):
        action, version = form.get("Action", "")[:80], form.get("Version", "NO_VERSION_SPECIFIED")
        message = f"Could not find operation {action} for version {version[:80]}"
        raise refusal(protocol, Reason.NOT_HERE, message)
    return form


def _of_ec2(operation: str, account: str) -> Question:
    """What EC2 can be asked here: lists that know no narrower resource than all."""
    if not _OF_EC2.fullmatch(operation):
        raise not_here(Protocol.EC2, f"ec2:{operation[:80]}")
    return Question(f"ec2:{operation}", "*", account, context.of_resource(account))


def asked_of_bucket(method: str, bucket: str, account: str, region: str) -> Asked:
    """The request to make or to remove a bucket."""
    owner = (buckets.bucket_owner(bucket) if method != "PUT" else None) or account
    try:
        wanted = s3_request(method, f"/{bucket}", "", "")
    except ValueError as error:
        raise refusal(Protocol.S3, Reason.INVALID, str(error)) from error
    questions = _questions_of_s3(wanted, owner)
    return Asked("s3", Protocol.S3, owner, region, {}, questions, wanted)


def _of_s3(signed: Signed, account: str, region: str) -> Asked:
    environ, (path, query) = signed.environ, raw_path(signed.environ)
    method, headers = environ["REQUEST_METHOD"], headers_of(environ)
    try:
        wanted = s3_request(method, path, query, headers.get("host", ""))
    except ValueError as error:
        raise refusal(Protocol.S3, Reason.INVALID, str(error)) from error
    if wanted.action is None:
        raise not_here(Protocol.S3, f"{method} {path[:200]} with these parameters")
    if header := unknown_header(headers):
        raise not_here(Protocol.S3, f"the header {header[:80]}")
    acl = headers.get("x-amz-acl")
    if acl is not None and wanted.action != "s3:PutObject":
        raise not_here(Protocol.S3, "an access list of anything but an object")
    owner = buckets.bucket_owner(wanted.bucket) if wanted.action != "s3:CreateBucket" else None
    expected = headers.get("x-amz-expected-bucket-owner")
    if expected is not None and expected != (owner or account):
        raise refusal(Protocol.S3, Reason.DENIED, "Access Denied")
    questions = _questions_of_s3(wanted, owner or account, acl)
    return Asked("s3", Protocol.S3, owner or account, region, {}, questions, wanted)


def _questions_of_s3(wanted: S3Request, owner: str, acl: str | None = None) -> tuple[Question, ...]:
    assert wanted.action is not None
    keys = {
        **context.of_resource(owner),
        "s3:ResourceAccount": owner,
        "s3:authType": "REST-HEADER",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
        **wanted.context,
    }
    policy = buckets.bucket_policy(wanted.bucket)
    first = Question(wanted.action, wanted.resource, owner, keys, policy)
    if acl is not None:
        # "To successfully change the objects acl of your PutObject request, you must have the
        # s3:PutObjectAcl permission" (PutObject, in the S3 API Reference).
        keys["s3:x-amz-acl"] = acl
        asks = (wanted.action, "s3:PutObjectAcl")
        return tuple(Question(action, wanted.resource, owner, keys, policy) for action in asks)
    if wanted.action != "s3:GetObject" or buckets.has_object(wanted.bucket, wanted.key):
        return (first,)
    # Whoever may not list the bucket is not told that an object is missing (GetObject, in the S3
    # API Reference).
    return (first, Question("s3:ListBucket", wanted.bucket_arn, owner, keys, policy))
