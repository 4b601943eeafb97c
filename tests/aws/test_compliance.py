"""The edge to compliance items against the service's model."""

from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from orchestrator.aws.compliance import AwsCompliance
from orchestrator.aws.session import Access
from orchestrator.errors import CannotRunError, DeniedError
from orchestrator.model.compliance import HostItems, Item

HOST = "i-0d176f4a5f9738429"
AT = datetime(2026, 11, 27, 3, tzinfo=UTC)
ITEM = Item("orch-x", "PASS", "HIGH", "COMPLIANT", {"Outcome": "PASS"})
ROW = {
    "Id": "orch-x",
    "Title": "PASS",
    "Severity": "HIGH",
    "Status": "COMPLIANT",
    "Details": {"Outcome": "PASS"},
}
ASKED = {
    "ResourceIds": [HOST],
    "ResourceTypes": ["ManagedInstance"],
    "Filters": [{"Key": "ComplianceType", "Values": ["Custom:OrchSwitchRole"], "Type": "EQUAL"}],
    "MaxResults": 50,
}
PUT = {
    "ResourceId": HOST,
    "ResourceType": "ManagedInstance",
    "ComplianceType": "Custom:OrchSwitchRole",
    "ExecutionSummary": {"ExecutionTime": AT, "ExecutionId": "run-1", "ExecutionType": "orch"},
    "Items": [ROW],
    "ItemContentHash": "abc",
}


@pytest.fixture
def compliance(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return AwsCompliance(Access(None, "eu-west-1"))


@pytest.fixture
def stub(compliance):
    with Stubber(compliance._client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_a_hosts_items_come_in_pages(compliance, stub):
    stub.add_response("list_compliance_items", {"ComplianceItems": [ROW], "NextToken": "x"}, ASKED)
    more = {**ROW, "Id": "orch-y", "Details": {}}
    stub.add_response(
        "list_compliance_items", {"ComplianceItems": [more]}, {**ASKED, "NextToken": "x"}
    )
    other = Item("orch-y", "PASS", "HIGH", "COMPLIANT", {})
    assert compliance.items(HOST) == HostItems((ITEM, other))


def test_items_whose_pages_do_not_end_are_not_taken_for_all_of_them(compliance, stub):
    """What was put in their place would drop the others."""
    for _ in range(2):
        stub.add_response("list_compliance_items", {"ComplianceItems": [ROW], "NextToken": "x"})
    with pytest.raises(CannotRunError, match="come to no end"):
        compliance.items(HOST)


def test_items_are_put_with_their_hash_and_when_it_was_seen(compliance, stub):
    stub.add_response("put_compliance_items", {}, PUT)
    assert compliance.put(HOST, [ITEM], "abc", AT, "run-1") is True


def test_an_item_without_an_id_stays_so(compliance, stub):
    nameless = {key: value for key, value in ROW.items() if key != "Id"}
    stub.add_response("list_compliance_items", {"ComplianceItems": [nameless]}, ASKED)
    found = compliance.items(HOST)
    stub.add_response("put_compliance_items", {}, PUT | {"Items": [nameless]})
    assert compliance.put(HOST, found.items, "abc", AT, "run-1") is True


@pytest.mark.parametrize("operation", ["list_compliance_items", "put_compliance_items"])
def test_a_host_that_is_gone_is_told(compliance, stub, operation):
    ask = {
        "list_compliance_items": lambda: compliance.items(HOST),
        "put_compliance_items": lambda: compliance.put(HOST, [ITEM], "abc", AT, "run-1"),
    }[operation]
    stub.add_client_error(operation, "InvalidResourceId")
    assert not ask()
    stub.add_client_error(operation, "AccessDeniedException")
    with pytest.raises(DeniedError):
        ask()
    stub.add_client_error(operation, "TotalSizeLimitExceededException")
    with pytest.raises(CannotRunError):
        ask()
