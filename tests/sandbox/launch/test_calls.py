"""The record of API calls: one line for each, whatever became of it."""

from __future__ import annotations

import io
import json

import pytest

from orchestrator.errors import CannotRunError
from orchestrator.sandbox.launch.calls import CallLog

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240630/ap-northeast-1/{}/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


def request(service="", body=b"", **more):
    signed = {"HTTP_AUTHORIZATION": SIGNED.format(service)} if service else {}
    length = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    return {"REQUEST_METHOD": "POST", **length, **signed, **more}


@pytest.fixture
def written(tmp_path):
    """What stands in the record after these requests to that application."""

    def ask(app, *requests):
        log = CallLog(tmp_path / "calls.jsonl")
        try:
            for each in requests:
                list(log.of(app)(each, lambda *_: None))
        finally:
            log.close()
        return [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]

    return ask


def answering(status, seen=None):
    def app(environ, start):
        if seen is not None:
            seen.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start(status, [])
        return [b"answer"]

    return app


def test_a_call_is_written_with_whose_it_is_and_how_it_ended(written):
    target = request("ssm", HTTP_X_AMZ_TARGET="AmazonSSM.SendCommand")
    (line,) = written(answering("400 Bad Request"), target)
    assert line.pop("at") > 0
    assert line.pop("ms") >= 0
    assert line == {
        "service": "ssm",
        "operation": "SendCommand",
        "access_key": "AKIDEXAMPLE",
        "status": 400,
    }


def test_a_form_says_its_operation_and_is_still_whole_for_whoever_answers(written):
    seen = []
    body = b"Action=GetRole&RoleName=x"
    form = request("iam", body, CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8")
    (line,) = written(answering("200 OK", seen), form)
    assert (line["service"], line["operation"]) == ("iam", "GetRole")
    assert seen == [body]


def test_s3_is_known_by_its_method_and_who_is_unsigned_by_nothing(written):
    lines = written(
        answering("200 OK"), request("s3", REQUEST_METHOD="GET"), request(REQUEST_METHOD="HEAD")
    )
    found = [(line["service"], line["operation"], line["access_key"]) for line in lines]
    assert found == [("s3", "GET", "AKIDEXAMPLE"), ("", "HEAD", "")]


def test_a_connection_that_is_closed_unanswered_counts_too(written, tmp_path):
    def drops(_environ, _start):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        written(drops, request("ssm", HTTP_X_AMZ_TARGET="AmazonSSM.ListCommands"))
    (line,) = map(json.loads, (tmp_path / "calls.jsonl").read_text().splitlines())
    assert (line["operation"], line["status"]) == ("ListCommands", 0)


def test_a_file_that_cannot_be_written_is_said_to_be_so(tmp_path):
    with pytest.raises(CannotRunError, match="cannot be written"):
        CallLog(tmp_path / "nowhere" / "calls.jsonl")
