"""Compliance: what is put, what overwrites what, and what associations lead to."""

import pytest

from support.paper_ssm import PaperSsm, refusal

GOOD = {"Id": "a", "Title": "A", "Severity": "HIGH", "Status": "COMPLIANT"}
BAD = {"Id": "b", "Severity": "CRITICAL", "Status": "NON_COMPLIANT", "Details": {"why": "x"}}


@pytest.fixture
def ssm():
    made = PaperSsm()
    made.hosts = [made.add(1), made.add(2)]
    return made


def asked(ssm, **members):
    return {
        "ResourceId": ssm.hosts[0].instance_id,
        "ResourceType": "ManagedInstance",
        "ComplianceType": "Custom:Orch",
        "ExecutionSummary": {"ExecutionTime": 1700000000},
        "Items": [GOOD, BAD],
        **members,
    }


def put(ssm, **members):
    ssm.call("PutComplianceItems", **asked(ssm, **members))


def items(ssm, **members):
    return ssm.call("ListComplianceItems", **members)["ComplianceItems"]


def test_items_are_listed_as_they_were_put(ssm):
    put(ssm)
    assert items(ssm, ResourceIds=[ssm.hosts[0].instance_id])[1] == {
        "ComplianceType": "Custom:Orch",
        "ResourceType": "ManagedInstance",
        "ResourceId": ssm.hosts[0].instance_id,
        "Id": "b",
        "Title": "",
        "Status": "NON_COMPLIANT",
        "Severity": "CRITICAL",
        "ExecutionSummary": {"ExecutionTime": 1700000000},
        "Details": {"why": "x"},
    }
    assert items(ssm, ResourceIds=[ssm.hosts[1].instance_id]) == []


def test_each_put_overwrites_all_items_of_its_type_and_resource(ssm):
    put(ssm)
    put(ssm, ComplianceType="Custom:Other")
    put(ssm, ResourceId=ssm.hosts[1].instance_id)
    put(ssm, Items=[{**GOOD, "Id": "c"}])
    found = [(row["ComplianceType"], row["ResourceId"][-1], row["Id"]) for row in items(ssm)]
    assert found == [
        ("Custom:Orch", "1", "c"),
        ("Custom:Other", "1", "a"),
        ("Custom:Other", "1", "b"),
        ("Custom:Orch", "2", "a"),
        ("Custom:Orch", "2", "b"),
    ]
    put(ssm, Items=[])
    assert ("Custom:Orch", "1", "c") not in [
        (row["ComplianceType"], row["ResourceId"][-1], row["Id"]) for row in items(ssm)
    ]


def test_the_same_hash_is_ignored_and_another_one_is_not(ssm):
    put(ssm, ItemContentHash="one")
    put(ssm, ItemContentHash="one", Items=[{**GOOD, "Id": "c"}])
    assert [row["Id"] for row in items(ssm)] == ["a", "b"]
    put(ssm, ItemContentHash="two", Items=[{**GOOD, "Id": "c"}])
    assert [row["Id"] for row in items(ssm)] == ["c"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"ResourceType": "Instance"}, "InvalidResourceType"),
        ({"ResourceId": "i-00000000000000099"}, "InvalidResourceId"),
        ({"Items": [GOOD, GOOD]}, "InvalidItemContentException"),
        ({"Items": [{"Severity": "LOW", "Status": "COMPLIANT"}]}, "InvalidItemContentException"),
        ({"Items": [{**GOOD, "Status": "UNKNOWN"}]}, "ValidationException"),
        ({"Items": [{**GOOD, "Severity": "URGENT"}]}, "ValidationException"),
        ({"Items": [{**GOOD, "Title": "x" * 501}]}, "ValidationException"),
        ({"Items": [{**GOOD, "Details": {"": "x"}}]}, "ValidationException"),
        ({"Items": [{**GOOD, "Details": {"k" * 65: "x"}}]}, "ValidationException"),
        ({"ExecutionSummary": {}}, "ValidationException"),
        ({"ComplianceType": "Custom:no spaces"}, "ValidationException"),
        ({"ComplianceType": "Patch"}, "ValidationException"),
        ({"ComplianceType": "Association", "UploadType": "PARTIAL"}, "ValidationException"),
        (
            {"Items": [{**GOOD, "Details": {f"k{n}": "x" * 4000 for n in range(17)}}]},
            "ItemSizeLimitExceededException",
        ),
        (
            {"Items": [{**GOOD, "Id": f"{n}", "Title": "x" * 500} for n in range(2000)]},
            "TotalSizeLimitExceededException",
        ),
        ({"Items": [GOOD] * 10_001}, "ValidationException"),
    ],
)
def test_what_ssm_or_the_sandbox_would_not_take(ssm, members, code):
    assert refusal(ssm, "PutComplianceItems", **asked(ssm, **members)).code == code
    assert items(ssm) == []


def test_there_are_ten_custom_types(ssm):
    for number in range(10):
        put(ssm, ComplianceType=f"Custom:Type{number}")
    put(ssm, ComplianceType="Custom:Type3", ResourceId=ssm.hosts[1].instance_id)
    said = refusal(ssm, "PutComplianceItems", **asked(ssm, ComplianceType="Custom:Type10"))
    assert said.code == "ComplianceTypeCountLimitExceededException"


def test_items_by_filters(ssm):
    put(ssm)

    def ids(key, *values, kind="EQUAL"):
        wanted = [{"Key": key, "Values": list(values), "Type": kind}]
        return [row["Id"] for row in items(ssm, Filters=wanted)]

    assert ids("Status", "COMPLIANT") == ["a"]
    assert ids("Severity", "CRITICAL", "HIGH") == ["a", "b"]
    assert ids("Status", "COMPLIANT", kind="NOT_EQUAL") == ["b"]
    assert ids("ComplianceType", "Custom:", kind="BEGIN_WITH") == ["a", "b"]
    odd = [{"Key": "Nonsense", "Values": ["x"]}]
    assert refusal(ssm, "ListComplianceItems", Filters=odd).code == "InvalidFilter"
    two = [host.instance_id for host in ssm.hosts]
    assert refusal(ssm, "ListComplianceItems", ResourceIds=two).code == "ValidationException"


def test_pages_of_items(ssm):
    put(ssm, Items=[{**GOOD, "Id": f"{number:03}"} for number in range(60)])
    first = ssm.call("ListComplianceItems")
    rest = ssm.call("ListComplianceItems", NextToken=first["NextToken"])
    assert (len(first["ComplianceItems"]), len(rest["ComplianceItems"])) == (50, 10)


def test_summaries_count_resources_for_a_type_and_items_for_a_resource(ssm):
    put(ssm)
    put(ssm, ResourceId=ssm.hosts[1].instance_id, Items=[GOOD])
    (of_type,) = ssm.call("ListComplianceSummaries")["ComplianceSummaryItems"]
    assert of_type["CompliantSummary"]["CompliantCount"] == 1
    assert of_type["NonCompliantSummary"]["NonCompliantCount"] == 1
    assert of_type["NonCompliantSummary"]["SeveritySummary"]["CriticalCount"] == 1
    rows = ssm.call("ListResourceComplianceSummaries")["ResourceComplianceSummaryItems"]
    told = [(row["Status"], row["OverallSeverity"]) for row in rows]
    assert told == [("NON_COMPLIANT", "CRITICAL"), ("COMPLIANT", "HIGH")]
    assert rows[0]["CompliantSummary"]["CompliantCount"] == 1
    only = [{"Key": "Status", "Values": ["COMPLIANT"], "Type": "EQUAL"}]
    told = ssm.call("ListResourceComplianceSummaries", Filters=only)
    assert [row["ResourceId"] for row in told["ResourceComplianceSummaryItems"]] == [
        ssm.hosts[1].instance_id
    ]


def test_an_association_leads_to_compliance_and_is_forgotten_with_it(ssm):
    ssm.document()
    first, second = ssm.hosts
    one = ssm.associate(ComplianceSeverity="HIGH", ScheduleExpression="rate(1 day)")
    assert items(ssm) == []
    ssm.end(first)
    ssm.end(second, "Failed", 1)
    found = {row["ResourceId"]: row for row in items(ssm)}
    assert found[first.instance_id]["Status"] == "COMPLIANT"
    assert found[second.instance_id]["Status"] == "NON_COMPLIANT"
    row = found[first.instance_id]
    assert (row["ComplianceType"], row["Id"], row["Severity"]) == ("Association", one, "HIGH")
    ssm.later(days=1)
    ssm.end(second)
    found = {row["ResourceId"]: row["Status"] for row in items(ssm)}
    assert found[second.instance_id] == "COMPLIANT"
    ssm.call("DeleteAssociation", AssociationId=one)
    assert items(ssm) == []


def test_one_that_is_put_by_hand_leads_to_nothing(ssm):
    ssm.document()
    ssm.associate(SyncCompliance="MANUAL")
    ssm.end(ssm.hosts[0])
    assert items(ssm) == []


def test_leave_is_asked_for_the_instance():
    said = []
    ssm = PaperSsm(authorize=lambda _, action, resource: said.append((action, resource)))
    ssm.hosts = [ssm.add(1)]
    put(ssm)
    items(ssm)
    ssm.call("ListComplianceSummaries")
    assert said == [
        (
            "ssm:PutComplianceItems",
            f"arn:aws:ec2:ap-northeast-1:111111111111:instance/{ssm.hosts[0].instance_id}",
        ),
        ("ssm:ListComplianceItems", "*"),
        ("ssm:ListComplianceSummaries", "*"),
    ]
