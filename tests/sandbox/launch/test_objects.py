"""What an agent puts into a bucket: with its instance's credentials, and nothing without them."""

import pytest

from orchestrator.sandbox import world
from orchestrator.sandbox.cloud.identities import Session
from orchestrator.sandbox.imds import NoRoleCredentialsError
from orchestrator.sandbox.launch.objects import InstanceObjects
from support.standing_cloud import A, Standing, policy, put, refused, statement

BUCKET = "orch-output"
NOT_THERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def standing():
    found = Standing()
    place = {"LocationConstraint": world.REGION}
    found.client("s3", A).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    puts = statement(
        action=["s3:PutObject", "s3:PutObjectAcl"], resource=f"arn:aws:s3:::{BUCKET}/*"
    )
    role = found.client("iam", A)
    put(role.put_role_policy, policy(puts), RoleName=world.INSTANCE_ROLE)
    yield found
    found.close()


def session(standing, **more) -> Session:
    who = (world.INSTANCE_ID, world.HOME, world.INSTANCE_ROLE)
    return standing.cloud.instance_credentials(*who, **more)


@pytest.mark.parametrize("size", [1, 20 * 1024 * 1024], ids=["short", "in parts"])
def test_an_object_lies_there_byte_by_byte(standing, size):
    data = b"\x93\xfa" * (size // 2) + b"x" * (size % 2)
    InstanceObjects(standing.url, lambda: session(standing)).put_object(BUCKET, f"a/{size}", data)
    got = standing.client("s3", A).get_object(Bucket=BUCKET, Key=f"a/{size}")
    assert got["Body"].read() == data


def without_role(_):
    raise NoRoleCredentialsError("Failed", "no role")


REFUSED = {
    "no role": (None, without_role, "no role"),
    "stale": (None, lambda standing: session(standing, stale=True), "ExpiredToken"),
    "out of reach": (NOT_THERE, session, "Could not connect"),
}


@pytest.mark.parametrize(("url", "credentials", "says"), REFUSED.values(), ids=REFUSED)
def test_without_credentials_or_a_way_nothing_lies_there(standing, url, credentials, says):
    objects = InstanceObjects(url or standing.url, lambda: credentials(standing))
    with pytest.raises(OSError, match=says):
        objects.put_object(BUCKET, "b/not", b"x")
    with refused("NoSuchKey"):
        standing.client("s3", A).get_object(Bucket=BUCKET, Key="b/not")


def test_a_bucket_that_it_may_not_write_to_refuses_it(standing):
    objects = InstanceObjects(standing.url, lambda: session(standing))
    with pytest.raises(PermissionError, match="AccessDenied"):
        objects.put_object(world.BUCKET, "c", b"x")
