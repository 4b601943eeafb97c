"""Nonsense in any place of any request: an error in AWS's form, and nothing kept that is none."""

import copy
import json
import random

import botocore.session
import pytest

from orchestrator.iam import PolicyKind, parse_policy
from orchestrator.sandbox import world
from orchestrator.sandbox.cloud import state
from orchestrator.sandbox.cloud.iam_requests import _KINDS
from orchestrator.sandbox.cloud.stacks.service import OPERATIONS as _OPERATIONS
from support.standing_cloud import A, B, error_in, policy, put, statement, trusting

ARN = "arn:aws:s3:::bucket/*"
CONDITION = {"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/*"]}}
DOCUMENTS = {
    "identity": json.loads(
        policy(statement(action=["s3:Get*"], resource=[ARN], Sid="a", Condition=CONDITION))
    ),
    "trust": json.loads(
        policy(trusting({"AWS": [A]}, action=["sts:AssumeRole"], Sid="a", Condition=CONDITION))
    ),
    "bucket": json.loads(
        policy(
            statement(
                action=["s3:Get*"],
                resource=[f"arn:aws:s3:::{world.BUCKET}/*"],
                Principal={"AWS": [A]},
                Condition=CONDITION,
            )
        )
    ),
}
NONSENSE = (
    None,
    True,
    0,
    -1.5,
    "",
    " ",
    "*",
    "x",
    "arn:aws",
    "\u0000",
    "${aws:username",
    [],
    [[]],
    [None],
    {},
    {"x": {}},
    [""] * 2000,
    "x" * 20_000,
)
VALUES = (
    *(
        "",
        "x",
        "Holder",
        "holder",
        "-1",
        "99999999999999999999",
        "true",
        "{}",
        "[]",
        "\x00",
        "ü",
        "a" * 3000,
    ),
    *(
        "/",
        "/a/",
        "v1",
        "*",
        "../..",
        "1.5",
        "None",
        policy(statement()),
        f"arn:aws:iam::{B}:role/Holder",
    ),
)


@pytest.fixture(scope="module")
def iam(standing):
    found = standing.client("iam", B)
    standing.new_role("Holder", [trusting({"AWS": A})])
    standing.holder = standing.new_user("holder", account=B)
    return found


def places(document, path=()):
    """The way to each value in the document, the whole document too."""
    yield path
    items = document.items() if isinstance(document, dict) else ()
    items = enumerate(document) if isinstance(document, list) else items
    for key, value in items:
        yield from places(value, (*path, key))


def replaced(document, path, value):
    if not path:
        return value
    changed = copy.deepcopy(document)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def renamed(document, path):
    """The document with the last key of the way in upper case; None where it is no key."""
    if not path or not isinstance(path[-1], str):
        return None
    changed = replaced(document, path, None)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    old = document
    for key in path:
        old = old[key]
    del inner[path[-1]]
    inner[path[-1].upper()] = old
    return changed


def puts(standing, kind, text):
    root = standing.root_keys(B)
    if kind == "bucket":
        path = f"/{world.BUCKET}?policy"
        return standing.send(standing.signed("s3", root, text.encode(), method="PUT", path=path))
    if kind == "trust":
        asked = {"RoleName": "Holder", "PolicyDocument": text}
        return standing.send(standing.form("iam", root, "UpdateAssumeRolePolicy", **asked))
    asked = {"UserName": "holder", "PolicyName": "inline", "PolicyDocument": text}
    return standing.send(standing.form("iam", root, "PutUserPolicy", **asked))


CODES = {
    "identity": {"MalformedPolicyDocument", "LimitExceeded", "ValidationError"},
    "trust": {"MalformedPolicyDocument", "LimitExceeded", "ValidationError"},
    "bucket": {"MalformedPolicy", "AccessDenied"},
}


@pytest.mark.parametrize(
    ("kind", "path"),
    [(kind, path) for kind, document in DOCUMENTS.items() for path in places(document)],
    ids=lambda part: ".".join(map(str, part)) if isinstance(part, tuple) else part,
)
def test_nonsense_in_a_policy_is_refused_or_can_be_decided_by(standing, iam, kind, path):
    document = DOCUMENTS[kind]
    for nonsense in NONSENSE:
        answer = puts(standing, kind, json.dumps(replaced(document, path, nonsense)))
        if answer.status >= 300:
            assert error_in(answer)["Error"]["Code"] in CODES[kind], nonsense
            assert answer.status < 500
    asks_plainly(standing)
    other_case = renamed(document, path)
    if other_case is not None:
        answer = puts(standing, kind, json.dumps(other_case))
        assert answer.status < 300 or error_in(answer)["Error"]["Code"] in CODES[kind]
    everything_kept_is_a_policy()


def asks_plainly(standing):
    s3 = standing.signed("s3", standing.holder, method="GET", path=f"/{world.BUCKET}")
    asked = {"RoleArn": f"arn:aws:iam::{B}:role/Holder", "RoleSessionName": "switch"}
    for request in (s3, standing.form("sts", standing.holder, "AssumeRole", **asked)):
        assert standing.send(request).status in {200, 403}


def everything_kept_is_a_policy():
    for account in world.ACCOUNTS:
        roles = [state.role_named(account, found.name) for found in state.entities(account, "role")]
        users = [state.user_named(account, found.name) for found in state.entities(account, "user")]
        for holder in (*roles, *users):
            for kept in holder.identity:
                parse_policy(kept.text, PolicyKind.IDENTITY)
            if holder.trust is not None:
                parse_policy(holder.trust, PolicyKind.TRUST)


@pytest.fixture(scope="module")
def models():
    session = botocore.session.get_session()
    return {name: session.get_service_model(name) for name in ("iam", "cloudformation")}


@pytest.mark.parametrize("service", ["iam", "cloudformation"])
def test_nonsense_in_the_members_of_any_operation_is_the_senders_fault(
    standing, iam, models, service
):
    chance = random.Random(20_260_101)
    root = standing.root_keys(B)
    operations = {"iam": _KINDS, "cloudformation": _OPERATIONS}[service]
    for operation in sorted(operations) * 4:
        shape = models[service].operation_model(operation).input_shape
        members = shape.members if shape else {}
        form = {
            f"{name}.member.1" if member.type_name == "list" else name: chance.choice(VALUES)
            for name, member in members.items()
            if chance.random() < 0.7
        }
        answer = standing.send(standing.form(service, root, operation, **form))
        assert answer.status < 500, (operation, form)
        if answer.status >= 300:
            assert error_in(answer)["Error"]["Code"] != "InternalFailure"
    everything_kept_is_a_policy()


def test_the_deepest_condition_and_the_longest_pattern_are_decided_in_no_time(standing, iam):
    pattern = "arn:aws:s3:::" + "*a" * 400
    put(iam.put_user_policy, policy(statement(action="s3:*", resource=pattern)), UserName="holder")
    path = f"/{world.BUCKET}/{'a' * 900}b"
    request = standing.signed("s3", standing.holder, method="GET", path=path)
    begun = standing.clock.monotonic()
    assert standing.send(request).status == 403
    assert standing.clock.monotonic() - begun < 1
