"""What the cloud tells of its own state: that it changed, and whether it tells instances apart."""

import json

import pytest

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.telling import tells_instances_apart
from support.standing_cloud import policy

ROLE = {"RoleName": world.INSTANCE_ROLE}
READS = {
    "iam": ("get_role", ROLE),
    "s3": ("list_buckets", {}),
    "sts": ("get_caller_identity", {}),
    "cloudformation": ("describe_stacks", {}),
}


@pytest.mark.parametrize("service", READS)
def test_reading_changes_nothing(standing, service):
    before = standing.cloud.changes
    operation, members = READS[service]
    getattr(standing.client(service, world.ACCOUNT_A), operation)(**members)
    assert standing.cloud.changes == before


def test_assuming_a_role_changes_nothing(standing):
    before = standing.cloud.changes
    standing.assume(standing.host())
    assert standing.cloud.changes == before


def test_each_change_is_seen_once_it_is_done(standing):
    iam = standing.client("iam", world.ADMIN_A)
    s3 = standing.client("s3", world.ACCOUNT_B)
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    changes = (
        lambda: iam.put_role_policy(**ROLE, PolicyName="More", PolicyDocument=policy(allow)),
        lambda: iam.delete_role_policy(**ROLE, PolicyName="More"),
        lambda: s3.put_object(Bucket=world.BUCKET, Key="x", Body=b"x"),
        lambda: s3.delete_object(Bucket=world.BUCKET, Key="x"),
    )
    for change in changes:
        before = standing.cloud.changes
        change()
        assert standing.cloud.changes > before


@pytest.mark.parametrize(
    ("statement", "apart"),
    [
        ({"Resource": "arn:aws:s3:::x/*"}, False),
        ({"Principal": {"AWS": "arn:aws:iam::1:role/EC2RoleforSSM"}}, False),
        ({"Condition": {"StringLike": {"aws:userid": "AROA:*"}}}, False),
        (
            {"Condition": {"ArnLike": {"ec2:SourceInstanceArn": "arn:aws:ec2:*:1:instance/*"}}},
            False,
        ),
        ({"Action": "iam:GetRole", "Resource": "arn:aws:iam::1:role/multi-account"}, False),
        ({"Condition": {"StringLike": {"aws:userid": "*:i-0d176f4a5f9738429"}}}, True),
        ({"Condition": {"StringLike": {"aws:userid": "*:i-0d17*"}}}, True),
        ({"Condition": {"StringEquals": {"sts:RoleSessionName": "I-0D176F4A5F9738429"}}}, True),
        ({"Condition": {"ArnLike": {"ec2:SourceInstanceArn": "arn:*:instance/i-0?1*"}}}, True),
        ({"Principal": {"AWS": "arn:aws:sts::1:assumed-role/R/i-0d176f4a5f9738429"}}, True),
        ({"Resource": "arn:aws:s3:::x/${aws:userid}/*"}, True),
        ({"Resource": "arn:aws:s3:::x/${ aws:UserId, 'none'}/*"}, True),
        ({"Resource": "arn:aws:s3:::x/${ec2:SourceInstanceARN}/*"}, True),
        ({"Resource": "arn:aws:s3:::x/${aws:PrincipalTag/team}/*"}, False),
    ],
)
def test_a_policy_tells_instances_apart_by_an_id_or_a_variable(statement, apart):
    assert tells_instances_apart([json.dumps({"Statement": [statement]})]) is apart


def test_the_policies_of_every_account_are_looked_at(standing):
    cloud = standing.cloud
    assert not cloud.tells_instances_apart()
    condition = {"StringLike": {"aws:userid": f"*:{world.INSTANCE_ID}"}}
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}
    iam = standing.client("iam", world.ACCOUNT_B)
    of = {"RoleName": world.SWITCH_ROLE, "PolicyName": "One"}
    iam.put_role_policy(**of, PolicyDocument=policy(deny))
    assert cloud.tells_instances_apart()
    iam.delete_role_policy(**of)
    assert not cloud.tells_instances_apart()
    s3 = standing.client("s3", world.ACCOUNT_B)
    bucket = f"arn:aws:s3:::{world.BUCKET}"
    principal = {"AWS": world.role_arn(world.ACCOUNT_A, world.INSTANCE_ROLE)}
    of_bucket = policy({**deny, "Principal": principal, "Resource": [bucket, f"{bucket}/*"]})
    s3.put_bucket_policy(Bucket=world.BUCKET, Policy=of_bucket)
    assert cloud.tells_instances_apart()
    s3.delete_bucket_policy(Bucket=world.BUCKET)
    assert not cloud.tells_instances_apart()
