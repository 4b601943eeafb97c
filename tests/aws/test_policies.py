"""Reading IAM: everything there is, in few calls, and what may not be read is said."""

import json

import pytest
from botocore.stub import Stubber

from orchestrator.aws.policies import IamPolicyReader
from orchestrator.aws.session import READS, Access
from orchestrator.model.access import AccessWanted, PolicyText, Unread

A, B = "111111111111", "222222222222"
CALLER = f"arn:aws:iam::{A}:role/EC2RoleforSSM"
TARGET = f"arn:aws:iam::{B}:role/Test-Switch-Role"
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
NOTHING = {"Version": "2012-10-17", "Statement": []}
PERCENT = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D"


class Account:
    """The stubbed services of one account; answers come in the order in which they are given."""

    def __init__(self, account):
        self.access = Access(None, "eu-west-1")
        self.clients = {name: self.access.client(name, READS) for name in ("iam", "sts", "s3")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        self.access.client = lambda service, _config: self.clients[service]
        identity = {"Account": account, "Arn": f"arn:aws:iam::{account}:user/me", "UserId": "AIDA"}
        self.stubs["sts"].add_response("get_caller_identity", identity)
        for stub in self.stubs.values():
            stub.activate()

    def answers(self, operation, answer, request=None, service="iam"):
        self.stubs[service].add_response(operation, answer, request)

    def refuses(self, operation, code="AccessDenied", service="iam"):
        self.stubs[service].add_client_error(operation, code, "no", 403)

    def all_asked(self):
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return Account


def role(arn, **more):
    found = {
        "Path": "/",
        "RoleName": arn.rpartition("/")[2],
        "RoleId": "AROAEXAMPLEEXAMPLE001",
        "Arn": arn,
        "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": PERCENT,
    }
    return {"Role": found | more}


def version(number="v1"):
    return {"PolicyVersion": {"Document": PERCENT, "VersionId": number, "IsDefaultVersion": True}}


def managed(arn):
    return {"Policy": {"Arn": arn, "DefaultVersionId": "v3"}}


def test_a_role_is_read_whole_with_its_boundary_and_tags(account):
    boundary = {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": f"arn:aws:iam::{A}:policy/Limit",
    }
    own = account(A)
    own.answers(
        "get_role",
        role(CALLER, PermissionsBoundary=boundary, Tags=[{"Key": "team", "Value": "ops"}]),
        {"RoleName": "EC2RoleforSSM"},
    )
    own.answers("list_role_policies", {"PolicyNames": ["X"], "IsTruncated": True, "Marker": "m"})
    own.answers(
        "list_role_policies",
        {"PolicyNames": ["Y"], "IsTruncated": False},
        {"RoleName": "EC2RoleforSSM", "Marker": "m"},
    )
    for name in ("X", "Y"):
        policy = {"RoleName": "EC2RoleforSSM", "PolicyName": name, "PolicyDocument": PERCENT}
        own.answers("get_role_policy", policy)
    attached = {"PolicyName": "Core", "PolicyArn": MANAGED}
    own.answers("list_attached_role_policies", {"AttachedPolicies": [attached]})
    own.answers("get_policy", managed(MANAGED), {"PolicyArn": MANAGED})
    own.answers("get_policy_version", version(), {"PolicyArn": MANAGED, "VersionId": "v3"})
    own.answers("get_policy", managed(boundary["PermissionsBoundaryArn"]))
    own.answers("get_policy_version", version())

    read = IamPolicyReader(own.access, None).read(AccessWanted(caller=CALLER)).caller
    own.all_asked()
    assert (read.exists, read.arn, read.whole, read.unread) == (True, CALLER, True, ())
    assert [policy.name for policy in read.policies] == ["X", "Y", MANAGED]
    assert all(json.loads(policy.document) == NOTHING for policy in read.policies)
    assert (read.bounded, read.boundary.name) == (True, boundary["PermissionsBoundaryArn"])
    assert read.tags == {"team": "ops"}


def test_the_target_role_is_read_once_and_for_its_trust_alone(account):
    own, other = account(A), account(B)
    other.answers("get_role", role(TARGET))
    reader = IamPolicyReader(own.access, other.access)
    for _ in range(2):
        read = reader.read(AccessWanted(target=TARGET)).target
    other.all_asked()
    assert json.loads(read.trust) == NOTHING
    assert (read.policies, read.whole) == ((), False)


def test_what_is_denied_is_told_with_the_permission_and_asked_for_once(account):
    own = account(A)
    own.refuses("get_role")
    own.answers("list_role_policies", {"PolicyNames": ["X", "Y"]})
    own.refuses("get_role_policy")
    own.refuses("list_attached_role_policies")
    read = IamPolicyReader(own.access, None).read(AccessWanted(caller=CALLER))
    own.all_asked()
    assert [item.permission for item in read.unread] == [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
    ]
    role_read = read.caller
    assert (role_read.exists, role_read.whole, role_read.bounded) == (None, False, None)


def test_policies_are_whole_though_the_role_itself_is_not_shown(account):
    own = account(A)
    own.refuses("get_role")
    own.answers("list_role_policies", {"PolicyNames": []})
    own.answers("list_attached_role_policies", {"AttachedPolicies": []})
    read = IamPolicyReader(own.access, None).read(AccessWanted(caller=CALLER)).caller
    assert (read.whole, read.trust, len(read.unread)) == (True, None, 1)


def test_a_role_that_is_not_there_comes_with_the_others(account):
    own, other = account(A), account(B)
    other.refuses("get_role", "NoSuchEntity")
    like = f"arn:aws:iam::{B}:role/Test-SwitchRole"
    other.answers("list_roles", {"Roles": [role(like)["Role"]]})
    reader = IamPolicyReader(own.access, other.access)
    read = reader.read(AccessWanted(target=TARGET)).target
    assert (read.exists, read.others, read.unread) == (False, (like,), ())


def test_a_profile_of_a_third_account_reads_nothing_and_says_whose_it_is(account):
    own, other = account(A), account("333333333333")
    reader = IamPolicyReader(own.access, other.access)
    (unread,) = reader.read(AccessWanted(target=TARGET)).unread
    other.all_asked()
    assert "of account 333333333333" in unread.reason


def test_without_a_profile_there_the_target_account_is_not_asked(account):
    own = account(A)
    read = IamPolicyReader(own.access, None).read(AccessWanted(target=TARGET))
    assert read.target.exists is None
    assert "--target-profile" in read.unread[0].reason


def test_a_target_in_the_operators_own_account_needs_no_other_profile(account):
    own = account(A)
    arn = f"arn:aws:iam::{A}:role/Other"
    own.answers("get_role", role(arn))
    assert IamPolicyReader(own.access, None).read(AccessWanted(target=arn)).target.exists


def test_a_service_that_fails_is_told_without_asking_for_a_permission(account):
    own = account(A)
    own.refuses("get_role", "SomethingElse")
    own.answers("list_role_policies", {"PolicyNames": []})
    own.answers("list_attached_role_policies", {"AttachedPolicies": []})
    (unread,) = IamPolicyReader(own.access, None).read(AccessWanted(caller=CALLER)).unread
    assert (unread.permission, "SomethingElse" in unread.reason) == ("", True)


def test_more_inline_policies_than_the_plan_says_are_not_read(account):
    own = account(A)
    own.answers("get_role", role(CALLER))
    own.answers("list_role_policies", {"PolicyNames": [f"P{n}" for n in range(21)]})
    for n in range(20):
        policy = {"RoleName": "EC2RoleforSSM", "PolicyName": f"P{n}", "PolicyDocument": PERCENT}
        own.answers("get_role_policy", policy)
    own.answers("list_attached_role_policies", {"AttachedPolicies": []})
    read = IamPolicyReader(own.access, None).read(AccessWanted(caller=CALLER)).caller
    own.all_asked()
    assert (len(read.policies), read.whole) == (20, False)
    assert "there are 21" in read.unread[0].reason


BUCKET = {
    "a policy": ("answer", PolicyText("b", '{"Statement": []}'), ()),
    "none": ("NoSuchBucketPolicy", None, ()),
    "denied": (
        "AccessDenied",
        None,
        (Unread("the policy of bucket b", "GetBucketPolicy was denied", "s3:GetBucketPolicy"),),
    ),
}


@pytest.mark.parametrize(("how", "text", "unread"), BUCKET.values(), ids=BUCKET)
def test_a_buckets_policy_is_read_in_the_target_account(account, how, text, unread):
    own, other = account(A), account(B)
    if how == "answer":
        other.answers("get_bucket_policy", {"Policy": text.document}, service="s3")
    else:
        other.refuses("get_bucket_policy", how, service="s3")
    read = IamPolicyReader(own.access, other.access).read(AccessWanted(bucket="b"))
    assert (read.bucket_policy, read.bucket_unread) == (text, unread)
