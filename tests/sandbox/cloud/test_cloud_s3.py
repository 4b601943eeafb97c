"""Buckets and objects: what a caller's own policies and the bucket's say together."""

import json

import pytest
from botocore.exceptions import ClientError

from orchestrator.sandbox import world
from support.standing_cloud import A, B, policy, put, refused, statement

BUCKET = "orch-test-bucket"
ARN = f"arn:aws:s3:::{BUCKET}"


@pytest.fixture(scope="module")
def owner(standing):
    """S3 as the bucket's owner, with an object in it."""
    s3 = standing.client("s3", world.ADMIN_B)
    place = {"LocationConstraint": world.REGION}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    s3.put_object(Bucket=BUCKET, Key="logs/a b+c.txt", Body=b"content", Metadata={"of": "x"})
    return s3


@pytest.fixture(scope="module")
def users(standing):
    """One user without any policy in each of two accounts."""
    return {account: standing.new_user("reader", account=account) for account in (A, B)}


@pytest.fixture
def may(standing, users):
    """Gives the account's user the statements for one test; S3 as that user."""
    given = set()

    def give(account, *statements):
        iam = standing.client("iam", account)
        if statements:
            put(iam.put_user_policy, policy(*statements), UserName="reader")
            given.add(account)
        return standing.client("s3", users[account])

    yield give
    for account in given:
        standing.client("iam", account).delete_user_policy(UserName="reader", PolicyName="inline")


@pytest.fixture
def bucket_says(owner):
    """Gives the bucket a policy for one test."""

    def say(*statements):
        owner.put_bucket_policy(Bucket=BUCKET, Policy=policy(*statements))

    yield say
    owner.delete_bucket_policy(Bucket=BUCKET)


def of_bucket(action="s3:*", effect="Allow", resource=(ARN, f"{ARN}/*"), **more):
    return {"Effect": effect, "Action": action, "Resource": list(resource), **more}


CALLS = {
    "list_buckets": ("s3:ListAllMyBuckets", "*", {}),
    "list_objects_v2": ("s3:ListBucket", ARN, {"Bucket": BUCKET}),
    "head_bucket": ("s3:ListBucket", ARN, {"Bucket": BUCKET}),
    "get_bucket_location": ("s3:GetBucketLocation", ARN, {"Bucket": BUCKET}),
    "get_bucket_acl": ("s3:GetBucketAcl", ARN, {"Bucket": BUCKET}),
    "get_bucket_versioning": ("s3:GetBucketVersioning", ARN, {"Bucket": BUCKET}),
    "list_object_versions": ("s3:ListBucketVersions", ARN, {"Bucket": BUCKET}),
    "get_object": ("s3:GetObject", f"{ARN}/logs/*", {"Bucket": BUCKET, "Key": "logs/a b+c.txt"}),
    "head_object": ("s3:GetObject", f"{ARN}/*", {"Bucket": BUCKET, "Key": "logs/a b+c.txt"}),
    "get_object_tagging": (
        "s3:GetObjectTagging",
        f"{ARN}/*",
        {"Bucket": BUCKET, "Key": "logs/a b+c.txt"},
    ),
    "put_object": ("s3:PutObject", f"{ARN}/new*", {"Bucket": BUCKET, "Key": "new", "Body": b"x"}),
    "delete_object": ("s3:DeleteObject", f"{ARN}/new*", {"Bucket": BUCKET, "Key": "new"}),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_call_needs_its_own_action_and_no_other(owner, may, name):
    action, resource, asked = CALLS[name]
    everything_else = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
    is_head = name.startswith("head_")
    s3 = may(B, everything_else)
    with refused("403" if is_head else "AccessDenied", 403):
        getattr(s3, name)(**asked)
    s3 = may(B, statement(action=action, resource=resource))
    assert getattr(s3, name)(**asked)["ResponseMetadata"]["HTTPStatusCode"] in {200, 204}


def test_the_deployed_bucket_stands_since_its_day(standing):
    (found, *_) = standing.client("s3", world.ADMIN_B).list_buckets()["Buckets"]
    assert (found["Name"], found["CreationDate"]) == (world.BUCKET, world.BUCKET_CREATED)


def test_a_list_of_buckets_is_of_the_callers_account_alone(may):
    s3 = may(A, statement(action="s3:*"))
    assert s3.list_buckets()["Buckets"] == []


def test_an_object_comes_back_as_it_was_put(owner, may):
    s3 = may(B, statement(action="s3:GetObject"))
    got = s3.get_object(Bucket=BUCKET, Key="logs/a b+c.txt")
    assert (got["Body"].read(), got["Metadata"]) == (b"content", {"of": "x"})


@pytest.mark.parametrize(("lists", "code"), [(False, "AccessDenied"), (True, "NoSuchKey")])
def test_whoever_may_not_list_is_not_told_that_an_object_is_missing(owner, may, lists, code):
    more = [statement(action="s3:ListBucket")] if lists else []
    s3 = may(B, statement(action="s3:GetObject"), *more)
    with refused(code):
        s3.get_object(Bucket=BUCKET, Key="missing")


@pytest.mark.parametrize(
    ("own", "of_the_bucket", "allowed"),
    [
        ([], [of_bucket(Principal={"AWS": f"arn:aws:iam::{B}:user/reader"})], True),
        ([], [of_bucket(Principal={"AWS": B})], False),
        ([statement(action="s3:*")], [of_bucket(Principal={"AWS": B})], True),
        (
            [statement(action="s3:*")],
            [of_bucket(effect="Deny", Principal="*", action="s3:ListBucket")],
            False,
        ),
        (
            [statement("Deny", "s3:ListBucket")],
            [of_bucket(Principal={"AWS": f"arn:aws:iam::{B}:user/reader"})],
            False,
        ),
    ],
    ids=[
        "named",
        "delegated",
        "delegated and allowed",
        "denied by the bucket",
        "denied by its own",
    ],
)
def test_in_one_account_either_side_allows_and_any_denies(
    owner, may, bucket_says, own, of_the_bucket, allowed
):
    bucket_says(*of_the_bucket)
    lists(may(B, *own), allowed)


def lists(s3, allowed):
    if allowed:
        assert s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        return
    with refused("AccessDenied", 403):
        s3.list_objects_v2(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("own", "of_the_bucket", "allowed"),
    [
        ([statement(action="s3:*")], [], False),
        ([], [of_bucket(Principal={"AWS": f"arn:aws:iam::{A}:user/reader"})], False),
        (
            [statement(action="s3:*")],
            [of_bucket(Principal={"AWS": f"arn:aws:iam::{A}:user/reader"})],
            True,
        ),
        ([statement(action="s3:*")], [of_bucket(Principal={"AWS": A})], True),
        ([statement(action="s3:*")], [of_bucket(Principal={"AWS": B})], False),
        (
            [statement(action="s3:*")],
            [
                of_bucket(
                    Principal="*",
                    Condition={"StringEquals": {"aws:PrincipalOrgID": world.ORGANIZATION}},
                )
            ],
            True,
        ),
        (
            [statement(action="s3:*")],
            [
                of_bucket(
                    Principal="*",
                    Condition={"StringEquals": {"aws:PrincipalOrgID": "o-another000"}},
                )
            ],
            False,
        ),
    ],
    ids=[
        "own alone",
        "bucket alone",
        "both",
        "the account",
        "another account",
        "the organization",
        "another",
    ],
)
def test_across_accounts_both_sides_have_to_allow(
    owner, may, bucket_says, own, of_the_bucket, allowed
):
    if of_the_bucket:
        bucket_says(*of_the_bucket)
    lists(may(A, *own), allowed)


def test_a_prefix_is_what_a_condition_sees(owner, may):
    condition = {"StringLike": {"s3:prefix": "logs/*"}}
    s3 = may(B, statement(action="s3:ListBucket", Condition=condition))
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="logs/a")["KeyCount"] == 1
    for more in ({}, {"Prefix": "other/"}, {"Prefix": ""}):
        with refused("AccessDenied", 403):
            s3.list_objects_v2(Bucket=BUCKET, **more)


def test_only_the_owners_account_touches_the_buckets_policy(owner, may, bucket_says):
    bucket_says(of_bucket(Principal={"AWS": A}))
    s3 = may(A, statement(action="s3:*"))
    for call, more in (
        (s3.get_bucket_policy, {}),
        (s3.put_bucket_policy, {"Policy": policy(of_bucket(Principal={"AWS": A}))}),
        (s3.delete_bucket_policy, {}),
    ):
        with refused("MethodNotAllowed", 405):
            call(Bucket=BUCKET, **more)


ALL = of_bucket(Principal={"AWS": A})
BAD_POLICIES = {
    "no principal": (of_bucket(), "MalformedPolicy"),
    "another bucket": (ALL | {"Resource": "arn:aws:s3:::another"}, "MalformedPolicy"),
    "a bucket whose name begins so": (ALL | {"Resource": f"{ARN}2/*"}, "MalformedPolicy"),
    "another service": (ALL | {"Action": "sts:AssumeRole"}, "MalformedPolicy"),
    "a role that is not there": (
        ALL | {"Principal": {"AWS": f"arn:aws:iam::{A}:role/nobody"}},
        "MalformedPolicy",
    ),
    "an unknown operator": (ALL | {"Condition": {"Is": {"a:b": "c"}}}, "MalformedPolicy"),
    "everyone": (ALL | {"Principal": "*"}, "AccessDenied"),
    "everyone in a network that may be left out": (
        ALL
        | {"Principal": "*", "Condition": {"IpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"}}},
        "AccessDenied",
    ),
}


@pytest.mark.parametrize(("bad", "code"), BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_a_bucket_policy_that_s3_would_not_take_is_not_kept(owner, bad, code):
    with refused(code):
        owner.put_bucket_policy(Bucket=BUCKET, Policy=policy(bad))
    with refused("NoSuchBucketPolicy", 404):
        owner.get_bucket_policy(Bucket=BUCKET)


def test_a_bucket_policy_has_20_kilobytes(owner):
    with refused("MalformedPolicy", 400):
        owner.put_bucket_policy(Bucket=BUCKET, Policy=policy(ALL) + " " * 20 * 1024)


def test_a_bucket_policy_is_read_as_it_was_put(owner, bucket_says):
    bucket_says(ALL)
    kept = json.loads(owner.get_bucket_policy(Bucket=BUCKET)["Policy"])
    assert kept["Statement"] == [ALL]


@pytest.mark.parametrize(("account", "code"), [(A, "AccessDenied"), (B, "NoSuchBucket")])
def test_a_missing_bucket_is_seen_by_whoever_might_see_it(may, account, code):
    own = [] if account == A else [statement(action="s3:*")]
    with refused(code):
        may(account, *own).list_objects_v2(Bucket="orch-no-such-bucket")


def test_its_region_is_told_also_where_a_buckets_head_is_refused(owner, may):
    """In the "HeadBucket" of the API reference; of an object's there is no word about it."""
    s3 = may(B)
    for ask, named, told in (
        (s3.head_bucket, {}, world.REGION),
        (s3.head_object, {"Key": "logs/a b+c.txt"}, None),
    ):
        with pytest.raises(ClientError) as caught:
            ask(Bucket=BUCKET, **named)
        said = caught.value.response["ResponseMetadata"]
        assert said["HTTPStatusCode"] == 403
        assert said["HTTPHeaders"].get("x-amz-bucket-region") == told


def test_another_owner_than_expected_is_refused(owner):
    with refused("AccessDenied", 403):
        owner.list_objects_v2(Bucket=BUCKET, ExpectedBucketOwner=A)
    assert owner.list_objects_v2(Bucket=BUCKET, ExpectedBucketOwner=B)["KeyCount"] >= 1


def test_a_bucket_of_somebody_elses_name_is_not_made(may):
    s3 = may(A, statement(action="s3:*"))
    with refused("BucketAlreadyExists", 409):
        s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": world.REGION}
        )


@pytest.mark.parametrize(
    ("actions", "allowed"),
    [
        (["s3:PutObject", "s3:PutObjectAcl"], True),
        (["s3:PutObject"], False),
        (["s3:PutObjectAcl"], False),
    ],
)
def test_an_object_that_is_given_to_the_owner_needs_both_actions(owner, may, actions, allowed):
    s3 = may(B, statement(action=actions))
    given = {"Bucket": BUCKET, "Body": b"x", "ACL": "bucket-owner-full-control"}
    if allowed:
        s3.put_object(Key="given", **given)
        assert owner.get_object(Bucket=BUCKET, Key="given")["Body"].read() == b"x"
        return
    with refused("AccessDenied", 403):
        s3.put_object(Key="not-given", **given)
    with refused("NoSuchKey"):
        owner.get_object(Bucket=BUCKET, Key="not-given")


def test_which_access_list_is_given_is_a_key_of_the_decision(owner, may):
    condition = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    s3 = may(B, statement(action="s3:Put*", Condition=condition))
    s3.put_object(Bucket=BUCKET, Key="given", Body=b"x", ACL="bucket-owner-full-control")
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=BUCKET, Key="plain", Body=b"x")


@pytest.mark.parametrize("acl", ["private", "public-read", "bucket-owner-read"])
def test_another_access_list_is_not_in_the_sandbox(owner, acl):
    with refused("NotImplemented", 501):
        owner.put_object(Bucket=BUCKET, Key="given", Body=b"x", ACL=acl)


def test_an_access_list_of_a_bucket_is_not_in_the_sandbox(standing):
    request = standing.signed(
        "s3",
        standing.root_keys(B),
        method="PUT",
        path="/another-bucket",
        headers={"x-amz-acl": "bucket-owner-full-control"},
    )
    assert standing.send(request).status == 501
