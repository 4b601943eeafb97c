"""Short ways to policies, callers and requests for the tests of `orchestrator.iam`."""

import json

from orchestrator.iam import Caller, Policies, PolicyKind, Request, decide, parse_policy

A, B = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{A}:role/EC2RoleforSSM"
SESSION = f"arn:aws:sts::{A}:assumed-role/EC2RoleforSSM/i-0d176f4a5f9738429"
USER = f"arn:aws:iam::{A}:user/alice"
HOST = Caller(SESSION, A, "AROAEXAMPLEEXAMPLE001:i-0d176f4a5f9738429", ROLE)
ALICE = Caller(USER, A, "AIDAEXAMPLEEXAMPLE001")
BUCKET = "arn:aws:s3:::xxxxxxxx-cloudtrail"
TARGET = f"arn:aws:iam::{B}:role/Test-Switch-Role"


def statement(effect="Allow", action="s3:ListBucket", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def trusting(principal, effect="Allow", **more):
    return {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole", **more}


def policy(*statements, kind=PolicyKind.IDENTITY, version="2012-10-17", name=""):
    """The statements as a policy, by way of JSON text."""
    text = json.dumps({"Version": version, "Statement": list(statements)})
    return parse_policy(text, kind, name)


def bucket_policy(*statements):
    return policy(*statements, kind=PolicyKind.RESOURCE)


def trust_policy(*statements):
    return policy(*statements, kind=PolicyKind.TRUST)


def listing(caller=HOST, account=A, **context):
    """A request to list the bucket, which ``account`` owns."""
    return Request(caller, "s3:ListBucket", BUCKET, account, context)


def assuming(caller=HOST, role=TARGET, **context):
    """A request to assume the role; keys of the context with ``__`` for the colon."""
    keys = {key.replace("__", ":"): value for key, value in context.items()}
    return Request(caller, "sts:AssumeRole", role, role.split(":")[4], keys)


def asked(request, **policies):
    return decide(request, Policies(**policies))


def decided(pair):
    """Our decision of a pair: a request with its policies as plain JSON; what is absent is none."""
    context = {k: v if isinstance(v, str) else tuple(v) for k, v in pair["context"].items()}
    caller = Caller(**pair["caller"])
    request = Request(caller, pair["action"], pair["resource"], pair["resource_account"], context)
    owner = PolicyKind.TRUST if pair["trust"] else PolicyKind.RESOURCE
    policies = Policies(
        identity=tuple(_parsed(one, PolicyKind.IDENTITY) for one in pair["identity"]),
        resource=_parsed(pair["resource_policy"], owner),
        boundary=_parsed(pair["boundary"], PolicyKind.BOUNDARY),
        session=_parsed(pair["session"], PolicyKind.SESSION),
        service_control=tuple(
            tuple(_parsed(one, PolicyKind.SERVICE_CONTROL) for one in level)
            for level in pair["service_control"]
        ),
    )
    return decide(request, policies)


def _parsed(document, kind):
    return parse_policy(json.dumps(document), kind) if document else None
