from __future__ import annotations

import pytest

from orchestrator.sandbox.groups.operations import OPERATIONS as OF_GROUPS
from orchestrator.sandbox.runcommand.operations import OPERATIONS
from orchestrator.sandbox.runcommand.validation import _compiled, api_model
from support.paper_service import Refused, Service


def refusal(service: Service, target: str, body: bytes = b"{}", **environ) -> Refused:
    with pytest.raises(Refused) as caught:
        service.request(target, body, **environ)
    return caught.value


@pytest.mark.parametrize(
    "target", ["AmazonSSM.GetParameter", "AmazonSSM.", "Other.SendCommand", ""]
)
def test_what_is_not_in_the_sandbox_says_so(service, target):
    found = refusal(service, target)
    assert found.code == "UnknownOperationException"
    assert "not in the sandbox" in found.message
    assert target.removeprefix("AmazonSSM.") in found.message


def test_only_post_is_answered(service):
    found = refusal(service, "AmazonSSM.ListCommands", REQUEST_METHOD="GET")
    assert found.code == "UnknownOperationException"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"'])
def test_a_body_that_is_no_structure_is_refused(service, body):
    assert refusal(service, "AmazonSSM.ListCommands", body).code == "SerializationException"


@pytest.mark.parametrize("header", ["", "Basic eDp5"])
def test_an_unsigned_request_is_refused(service, header):
    found = refusal(service, "AmazonSSM.ListCommands", HTTP_AUTHORIZATION=header)
    assert found.code == "MissingAuthenticationTokenException"


def test_a_member_of_null_counts_as_not_given(service):
    service.add()
    assert service.call("ListCommands", CommandId=None) == {"Commands": []}


SERVED = {"ssm": OPERATIONS, "resource-groups": OF_GROUPS}


@pytest.mark.parametrize(
    ("service_", "operation"), [(name, each) for name, held in SERVED.items() for each in held]
)
def test_every_pattern_of_the_models_can_be_read(service_, operation):
    def patterns(shape, seen):
        if shape.name in seen:
            return
        seen.add(shape.name)
        if "pattern" in shape.metadata:
            yield shape.metadata["pattern"]
        inner = list(getattr(shape, "members", {}).values())
        inner += [getattr(shape, name) for name in ("member", "value") if hasattr(shape, name)]
        for each in inner:
            yield from patterns(each, seen)

    for pattern in patterns(api_model(service_).operation_model(operation).input_shape, set()):
        assert _compiled(pattern)
