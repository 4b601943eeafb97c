"""What the port promises of whole outputs in S3: of the fake and of the sandbox alike."""

from dataclasses import replace

import pytest
from test_fleet_contract import INSTANCE, OTHER, REQUEST, TEXT, to, watch

from orchestrator.aws.fleet import STORED
from orchestrator.errors import CannotRunError, DeniedError
from orchestrator.model.fleet import OutputS3
from support.fakes import FakeHost

BUCKET = "some-bucket"
HERE = OutputS3(BUCKET, "orch/output")
STORE = replace(REQUEST, output_s3=HERE)


def stored(found, request=STORE):
    """What the bucket has of the first host at the end of the command."""
    command_id = found.fleet.send(request)
    instance_id = watch(found, command_id)[-1][0].instance_id
    return read(found, command_id, instance_id, request)


def read(found, command_id, instance_id=INSTANCE, request=STORE):
    where = request.output_s3
    key = where.key(request.document, command_id, instance_id)
    return found.fleet.stored(where.bucket_name, key)


@pytest.mark.parametrize("prefix", ["", "orch/output"])
def test_the_whole_output_lies_there_when_the_end_is_seen(world, prefix):
    found = world(FakeHost(INSTANCE, exit_code=10, output=TEXT, error="err"), bucket=BUCKET)
    assert stored(found, replace(STORE, output_s3=OutputS3(BUCKET, prefix))) == TEXT
    assert found.fleet.calls()["GetObject"] == 1


def test_of_a_linux_document_too(world):
    found = world(FakeHost(INSTANCE, output=TEXT, platform="Linux"), bucket=BUCKET)
    assert stored(found, replace(STORE, document="AWS-RunShellScript")) == TEXT


def test_each_host_has_its_own(world):
    found = world(FakeHost(INSTANCE, output="one"), FakeHost(OTHER, output="two"), bucket=BUCKET)
    request = replace(to(INSTANCE, OTHER), output_s3=HERE)
    command_id = found.fleet.send(request)
    watch(found, command_id)
    assert [read(found, command_id, one) for one in (INSTANCE, OTHER)] == ["one", "two"]


@pytest.mark.parametrize(
    "host",
    [
        FakeHost(INSTANCE),
        FakeHost(INSTANCE, seconds=901, output=TEXT),
        FakeHost(INSTANCE, ping_status="ConnectionLost", output=TEXT),
        FakeHost(INSTANCE, output=TEXT, may_put=False),
    ],
    ids=["nothing said", "too slow", "offline", "may not put"],
)
def test_what_no_agent_has_put_there_is_not_there(world, host):
    found = world(host, bucket=BUCKET)
    assert stored(found) is None


def test_an_upload_that_is_refused_changes_nothing_of_how_the_command_ends(world):
    found = world(
        FakeHost(INSTANCE, output=TEXT, may_put=False), FakeHost(OTHER, output=TEXT), bucket=BUCKET
    )
    rows = watch(found, found.fleet.send(replace(to(INSTANCE, OTHER), output_s3=HERE)))[-1]
    one, other = (replace(row, instance_id="", seconds=None) for row in rows)
    assert one == other
    assert (one.status, one.response_code) == ("Success", 0)


def test_without_a_bucket_nothing_is_put_anywhere(world):
    found = world(FakeHost(INSTANCE, output=TEXT), bucket=BUCKET)
    command_id = found.fleet.send(REQUEST)
    watch(found, command_id)
    assert read(found, command_id) is None


def test_who_may_not_read_is_refused(world):
    found = world(FakeHost(INSTANCE, output=TEXT), bucket=BUCKET, denied=frozenset({"GetObject"}))
    with pytest.raises(DeniedError, match="AccessDenied") as caught:
        stored(found)
    assert "GetObject" in caught.value.where
    assert caught.value.mend


def test_who_may_not_list_is_not_told_that_it_is_not_there(world):
    host = FakeHost(INSTANCE, output=TEXT, may_put=False)
    found = world(host, bucket=BUCKET, denied=frozenset({"ListBucket"}))
    with pytest.raises(DeniedError, match="AccessDenied"):
        stored(found)


def test_of_a_long_one_it_is_the_end(world):
    found = world(FakeHost(INSTANCE, output="0" * STORED + "the end"), bucket=BUCKET)
    assert stored(found) == "0" * (STORED - 7) + "the end"


TO_TAGS = replace(REQUEST, instance_ids=(), tags=(("env", ("prod",)),))


@pytest.mark.parametrize("request_", [REQUEST, TO_TAGS], ids=["to ids", "to tags"])
def test_a_bucket_that_there_is_not_refuses_the_send(world, request_):
    found = world(FakeHost(INSTANCE, tags={"env": "prod"}), bucket=BUCKET)
    nowhere = OutputS3("no-such-bucket")
    with pytest.raises(CannotRunError, match="InvalidOutputFolder") as caught:
        found.fleet.send(replace(request_, output_s3=nowhere))
    assert type(caught.value) is CannotRunError
    assert "SendCommand" in caught.value.where
    assert caught.value.mend
