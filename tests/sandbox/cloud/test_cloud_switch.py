"""The recorded answers about a role switch, each asked of the sandbox through AWS's own API."""

import json
from pathlib import Path

import pytest

from orchestrator.sandbox import world
from support.standing_cloud import (
    HOST_ROLE,
    TARGET,
    A,
    B,
    keys_of_answer,
    policy,
    refused,
    trusting,
)

RECORDED = json.loads(
    (Path(__file__).parents[2] / "iam" / "switch-decisions.json").read_text(encoding="utf-8")
)
EVERYWHERE = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture(scope="module")
def a(standing):
    """IAM of account A, where the roles are that the cases name."""
    iam = standing.client("iam", A)
    for name in ("Another", f"{world.INSTANCE_ROLE}2"):
        standing.new_role(name, [trusting({"AWS": A})], A)
    return iam


@pytest.fixture(scope="module")
def b(standing):
    """IAM of account B, without the role that was deployed there."""
    iam = standing.client("iam", B)
    iam.detach_role_policy(RoleName=world.SWITCH_ROLE, PolicyArn=EVERYWHERE)
    iam.delete_role(RoleName=world.SWITCH_ROLE)
    return iam


@pytest.fixture
def arranged(standing, a, b):
    """Makes the roles of a case as it describes them; they are gone afterwards."""

    def arrange(case):
        own = {"RoleName": world.INSTANCE_ROLE, "PolicyName": "SwitchRole"}
        allowed = case.get("identity", [RECORDED["may_assume"]])
        a.put_role_policy(**own, PolicyDocument=policy(*(allowed or [RECORDED["may_assume"]])))
        if not allowed:
            a.delete_role_policy(**own)
        if case["trust"] is None:
            return
        path = "/ops/" if "/ops/" in case.get("role", "") else "/"
        more = (
            {"PermissionsBoundary": new_policy(b, case["boundary"])} if "boundary" in case else {}
        )
        standing.new_role(world.SWITCH_ROLE, case["trust"], Path=path, **more)
        own = policy(RECORDED["lists"], *case.get("inline", []))
        b.put_role_policy(RoleName=world.SWITCH_ROLE, PolicyName="own", PolicyDocument=own)

    yield arrange
    if any(role["RoleName"] == world.SWITCH_ROLE for role in b.list_roles()["Roles"]):
        b.delete_role_policy(RoleName=world.SWITCH_ROLE, PolicyName="own")
        b.delete_role(RoleName=world.SWITCH_ROLE)
    for kept in b.list_policies(Scope="Local")["Policies"]:
        b.delete_policy(PolicyArn=kept["Arn"])


def new_policy(iam, statements):
    made = iam.create_policy(PolicyName="boundary", PolicyDocument=policy(*statements))
    return made["Policy"]["Arn"]


def switch(standing, role=TARGET, context=None):
    external = (context or {}).get("sts:ExternalId")
    asked = {"RoleArn": role, "RoleSessionName": "switch"}
    more = {"ExternalId": external} if external else {}
    return standing.client("sts", standing.host()).assume_role(**asked, **more)


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: case["case"])
def test_a_switch_ends_as_it_does_in_aws(standing, arranged, case):
    arranged(case)
    role = case.get("role", TARGET)
    if case["assume"] != "allowed":
        with refused("AccessDenied", 403) as said:
            switch(standing, role, case.get("context"))
        assert said.message.endswith(f"perform: sts:AssumeRole on resource: {role}")
        return
    answer = switch(standing, role, case.get("context"))
    arn = f"arn:aws:sts::{B}:assumed-role/{world.SWITCH_ROLE}/switch"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    s3 = standing.client("s3", keys_of_answer(answer))
    if case["list"] == "allowed":
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [world.BUCKET]
        return
    with refused("AccessDenied", 403) as said:
        s3.list_buckets()
    assert ("explicit deny" in said.message) is (case["list"] == "explicitly denied")


def test_a_role_under_a_path_is_not_found_by_an_arn_without_it(standing, arranged):
    arranged(
        {"trust": [trusting({"AWS": HOST_ROLE})], "role": TARGET.replace("role/", "role/ops/")}
    )
    with refused("AccessDenied", 403):
        switch(standing, TARGET)


def test_a_role_that_does_not_exist_is_refused_in_the_words_of_one_that_trusts_another(
    standing, arranged
):
    with refused("AccessDenied", 403) as missing:
        switch(standing)
    another = f"arn:aws:iam::{A}:role/Another"
    arranged({"trust": [trusting({"AWS": another})]})
    with refused("AccessDenied", 403) as untrusting:
        switch(standing)
    assert missing.message == untrusting.message
    assert missing.message.startswith(f"User: arn:aws:sts::{A}:assumed-role/EC2RoleforSSM/i-")
