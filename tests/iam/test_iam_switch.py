"""The role switch itself: the recorded answers, and the rules of trust policies."""

import json
from pathlib import Path

import pytest

from orchestrator.iam import Caller, Policies, PolicyKind, Request, Verdict, decide
from support.policies import (
    ALICE,
    HOST,
    ROLE,
    SESSION,
    TARGET,
    USER,
    A,
    B,
    asked,
    assuming,
    bucket_policy,
    policy,
    statement,
    trust_policy,
    trusting,
)

RECORDED = json.loads(Path(__file__).with_name("switch-decisions.json").read_text())
MAY_ASSUME = policy(statement(action="sts:AssumeRole"))
OWN = f"arn:aws:iam::{A}:role/Target"


def named(case):
    return case["case"]


def assume(case):
    role = case.get("role", TARGET)
    request = Request(
        Caller(**RECORDED["caller"]), "sts:AssumeRole", role, B, case.get("context", {})
    )
    identity = case.get("identity", [RECORDED["may_assume"]])
    return decide(
        request,
        Policies(
            identity=(policy(*identity),) if identity else (),
            resource=trust_policy(*case["trust"]) if case["trust"] else None,
        ),
    )


def list_buckets(case):
    role = case.get("role", TARGET)
    name = role.rpartition("/")[2]
    switched = Caller(f"arn:aws:sts::{B}:assumed-role/{name}/switch", B, role_arn=role)
    boundary = case.get("boundary")
    return decide(
        Request(switched, "s3:ListAllMyBuckets", "arn:aws:s3:::*", B),
        Policies(
            identity=(policy(RECORDED["lists"], *case.get("inline", [])),),
            boundary=policy(*boundary, kind=PolicyKind.BOUNDARY) if boundary else None,
        ),
    )


@pytest.mark.parametrize("case", RECORDED["cases"], ids=named)
def test_whether_the_role_can_be_assumed(case):
    decision = assume(case)
    assert decision.verdict == case["assume"]
    assert decision.missing == tuple(case.get("missing", ()))


@pytest.mark.parametrize("case", [c for c in RECORDED["cases"] if "list" in c], ids=named)
def test_whether_the_session_lists_buckets(case):
    assert list_buckets(case).verdict == case["list"]


@pytest.mark.parametrize(
    ("caller", "principal"),
    [(HOST, {"AWS": ROLE}), (HOST, {"AWS": SESSION}), (ALICE, {"AWS": USER}), (ALICE, "*")],
)
def test_in_one_account_a_trust_policy_that_names_the_caller_is_enough(caller, principal):
    request = assuming(caller, OWN)
    assert asked(request, resource=trust_policy(trusting(principal))).allowed


@pytest.mark.parametrize("principal", [A, f"arn:aws:iam::{A}:root"])
def test_in_one_account_a_trust_policy_that_names_the_account_only_delegates(principal):
    request, trust = assuming(ALICE, OWN), trust_policy(trusting({"AWS": principal}))
    assert asked(request, resource=trust).missing == ("identity",)
    assert asked(request, resource=trust, identity=(MAY_ASSUME,)).allowed


@pytest.mark.parametrize("resource", [OWN, "*"])
def test_in_one_account_the_callers_policy_alone_is_not_enough(resource):
    request = Request(ALICE, "sts:AssumeRole", resource, A)
    assert asked(request, identity=(MAY_ASSUME,)).missing == ("trust",)


@pytest.mark.parametrize(
    ("principal", "allowed"), [({"AWS": ROLE}, False), ({"AWS": SESSION}, True)]
)
def test_a_trusted_role_is_limited_by_its_boundary_and_a_trusted_session_is_not(principal, allowed):
    boundary = policy(statement(action="ec2:*"), kind=PolicyKind.BOUNDARY)
    trust = trust_policy(trusting(principal))
    assert asked(assuming(HOST, OWN), resource=trust, boundary=boundary).allowed is allowed


def test_across_accounts_naming_the_session_does_not_spare_its_boundary():
    found = asked(
        assuming(),
        identity=(MAY_ASSUME,),
        resource=trust_policy(trusting({"AWS": SESSION})),
        boundary=policy(statement(action="ec2:*"), kind=PolicyKind.BOUNDARY),
    )
    assert found.missing == ("boundary",)


def test_a_deleted_roles_unique_id_names_nobody():
    trust = trust_policy(trusting({"AWS": "AROAEXAMPLEEXAMPLE001"}))
    assert asked(assuming(), identity=(MAY_ASSUME,), resource=trust).missing == ("trust",)


def test_a_trusted_role_with_a_path_is_not_the_one_without():
    path = f"arn:aws:iam::{A}:role/ops/EC2RoleforSSM"
    under_ops = Caller(SESSION, A, role_arn=path)
    trust = trust_policy(trusting({"AWS": path}))
    assert asked(assuming(under_ops), identity=(MAY_ASSUME,), resource=trust).allowed
    assert asked(assuming(HOST), identity=(MAY_ASSUME,), resource=trust).missing == ("trust",)


def test_a_service_needs_the_trust_policy_and_nothing_else():
    ec2 = Caller("", "", service="ec2.amazonaws.com")
    trust = trust_policy(trusting({"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}))
    assert asked(assuming(ec2), resource=trust).allowed
    other = Caller("", "", service="lambda.amazonaws.com")
    assert asked(assuming(other), resource=trust).missing == ("trust",)


def test_a_provider_is_trusted_by_its_name():
    provider = f"arn:aws:iam::{B}:oidc-provider/token.actions.githubusercontent.com"
    trust = trust_policy(
        trusting({"Federated": provider}) | {"Action": "sts:AssumeRoleWithWebIdentity"}
    )
    caller = Caller("", "", federated=provider)
    request = Request(caller, "sts:AssumeRoleWithWebIdentity", TARGET, B)
    assert asked(request, resource=trust).allowed
    stranger = Caller("", "", federated=provider + ".example")
    request = Request(stranger, "sts:AssumeRoleWithWebIdentity", TARGET, B)
    assert asked(request, resource=trust).verdict is Verdict.IMPLICIT_DENY


def test_the_root_user_assumes_no_role():
    root = Caller(f"arn:aws:iam::{A}:root", A)
    assert not asked(assuming(root, OWN), resource=trust_policy(trusting("*"))).allowed


def test_a_session_tag_needs_its_own_allow_in_the_trust_policy():
    request = Request(HOST, "sts:TagSession", TARGET, B)
    identity = policy(statement(action="sts:*"))
    trust = trust_policy(trusting({"AWS": A}))
    assert asked(request, identity=(identity,), resource=trust).missing == ("trust",)


def test_a_role_is_never_assumed_by_a_bucket_policy():
    wrong = bucket_policy(statement(action="sts:AssumeRole", Principal="*"))
    with pytest.raises(ValueError, match="trust policy"):
        asked(assuming(), identity=(MAY_ASSUME,), resource=wrong)
