"""Documents, associations and compliance ask the same identities and policies as all else."""

import json

import pytest

from orchestrator.sandbox import world
from orchestrator.sandbox.clock.movable import MovableClock
from orchestrator.sandbox.cloud.clients import new_client
from orchestrator.sandbox.launch.gate import authorizer, locator
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import RunCommand, Settings
from orchestrator.sandbox.runcommand.everywhere import Everywhere
from orchestrator.sandbox.server import Server
from orchestrator.sandbox.ssm import Ssm
from support.paper_service import PaperHost
from support.paper_ssm import SCRIPT
from support.standing_cloud import A, D, Standing, policy, put, refused, statement

HERE = f"arn:aws:ssm:{world.REGION}:{A}"
TARGETS = [{"Key": "InstanceIds", "Values": ["*"]}]
HOST = "i-0000000000000000a"


@pytest.fixture(scope="module")
def standing():
    found = Standing()
    found.alice = found.new_user("alice")
    yield found
    found.close()


@pytest.fixture(scope="module")
def ssm(standing):
    """SSM as whoever has those keys, or that profile."""
    authorize, clock = authorizer(standing.cloud, "ssm"), MovableClock(standing.clock)

    def make(place):
        own = (clock, place.region, place.account, Settings(visibility_delay=0), authorize)
        more = {"members": lambda _: (), "has_bucket": lambda _: True, "visibility_delay": 0}
        return Ssm(RunCommand(*own), clock, place, authorize, **more)

    everywhere = Everywhere(make, locator(standing.cloud, "ssm"))
    everywhere.at(Place(A, world.REGION)).run_command.register(PaperHost(HOST))
    server = Server(everywhere.app)

    def client(who):
        keys = standing.cloud.keys[who] if isinstance(who, str) else who
        given = ("ssm", server.url, keys.access_key_id, keys.secret_access_key)
        return new_client(*given, region=world.REGION)

    client(world.ADMIN_A).create_document(Name="look", Content=json.dumps(SCRIPT))
    yield client
    server.close()


@pytest.fixture
def alice(standing):
    """What alice of account A may is given in the test."""

    def may(*statements):
        put(standing.client("iam", A).put_user_policy, policy(*statements), UserName="alice")
        return standing.alice

    return may


@pytest.mark.parametrize(
    ("resources", "is_allowed"),
    [
        ([f"{HERE}:document/look", f"{HERE}:association/*"], True),
        ([f"{HERE}:*"], True),
        ([f"{HERE}:document/look"], False),
        ([f"{HERE}:association/*"], False),
        ([f"{HERE}:document/other", f"{HERE}:association/*"], False),
        ([f"{HERE.replace(A, D)}:document/look", f"{HERE}:association/*"], False),
    ],
)
def test_an_association_needs_leave_for_its_document_and_itself(ssm, alice, resources, is_allowed):
    client = ssm(alice(statement(action="ssm:CreateAssociation", resource=resources)))
    if is_allowed:
        client.create_association(Name="look", Targets=TARGETS)
        return
    with refused("AccessDeniedException", 400):
        client.create_association(Name="look", Targets=TARGETS)


def test_an_update_needs_leave_to_describe_as_well(ssm, alice):
    made = ssm(world.ADMIN_A).create_association(Name="look", Targets=TARGETS)
    asked = {
        "AssociationId": made["AssociationDescription"]["AssociationId"],
        "Name": "look",
        "Targets": TARGETS,
    }
    with refused("AccessDeniedException", 400):
        ssm(alice(statement(action="ssm:UpdateAssociation"))).update_association(**asked)
    both = ["ssm:UpdateAssociation", "ssm:DescribeAssociation"]
    ssm(alice(statement(action=both))).update_association(**asked)


def test_one_association_alone_may_be_read(ssm, alice):
    made = [ssm(world.ADMIN_A).create_association(Name="look", Targets=TARGETS) for _ in range(2)]
    one, other = (each["AssociationDescription"]["AssociationId"] for each in made)
    reading = "ssm:DescribeAssociation*"
    client = ssm(alice(statement(action=reading, resource=f"{HERE}:association/{one}")))
    assert client.describe_association_executions(AssociationId=one)["AssociationExecutions"]
    with refused("AccessDeniedException", 400):
        client.describe_association_executions(AssociationId=other)


def test_documents_of_aws_are_in_no_account(ssm, alice):
    client = ssm(alice(statement(action="ssm:GetDocument", resource=f"{HERE}:document/*")))
    client.get_document(Name="look")
    with refused("AccessDeniedException", 400):
        client.get_document(Name="AWS-RunShellScript")


def test_another_account_knows_none_of_them(ssm):
    client = ssm(world.ADMIN_D)
    with refused("InvalidDocument", 400):
        client.get_document(Name="look")
    with refused("AccessDeniedException", 400):
        client.get_document(Name=f"{HERE}:document/look")
    assert client.list_associations()["Associations"] == []


def test_items_are_put_on_instances_that_one_may(ssm, alice):
    instance = f"arn:aws:ec2:{world.REGION}:{A}:instance/"
    item = {"Id": "a", "Severity": "HIGH", "Status": "COMPLIANT"}
    asked = {
        "ResourceId": HOST,
        "ResourceType": "ManagedInstance",
        "ComplianceType": "Custom:Orch",
        "ExecutionSummary": {"ExecutionTime": "2026-01-01T00:00:00Z"},
        "Items": [item],
    }
    action = "ssm:PutComplianceItems"
    with refused("AccessDeniedException", 400):
        ssm(alice(statement(action=action, resource=f"{instance}i-1"))).put_compliance_items(
            **asked
        )
    ssm(alice(statement(action=action, resource=f"{instance}*"))).put_compliance_items(**asked)
    (row,) = ssm(world.ADMIN_A).list_compliance_items(
        Filters=[{"Key": "ComplianceType", "Values": ["Custom:Orch"], "Type": "EQUAL"}]
    )["ComplianceItems"]
    assert (row["ResourceId"], row["ExecutionSummary"]["ExecutionTime"].year) == (HOST, 2026)
