import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import UsageError
from orchestrator.model.codec import as_data
from orchestrator.model.enums import Operator, Phase
from orchestrator.model.procedure import Endpoint, procedure_from_data
from orchestrator.plan import OnTheHost, procedure
from orchestrator.runbook import load

TEXTS = """
orch: 1
name: texts
description: Takes any text.
inputs:
  note: {kind: text, help: Anything.}
  twice: {kind: text, help: Anything., default: "${note}${note}"}
profile: {name: p, role_arn: "arn:aws:iam::222222222222:role/R"}
checks:
  - check: identity
    after: {role: {equals: "<${note}>"}, session: {equals: "${twice}"}}
"""

TWO_BUCKETS = """
orch: 1
name: two
description: Two buckets.
profile: {name: p, role_arn: "arn:aws:iam::222222222222:role/R"}
checks:
  - {check: s3_bucket, with: {bucket: first-bucket}, after: {found: {equals: true}}}
  - {check: s3_bucket, with: {bucket: second-bucket}, after: {found: absent}}
"""


def test_every_check_is_asked_in_both_phases_in_order(make_procedure):
    assert [(step.id, step.check, step.phase) for step in make_procedure().steps] == [
        ("before.identity", "identity", Phase.BEFORE),
        ("before.s3_bucket", "s3_bucket", Phase.BEFORE),
        ("after.identity", "identity", Phase.AFTER),
        ("after.s3_bucket", "s3_bucket", Phase.AFTER),
    ]


def test_expectations_have_their_values_from_the_arn(make_procedure):
    found = {item.id: item.value for item in make_procedure().expectations}
    assert found == {
        "before.identity.session.equals": None,
        "before.s3_bucket.found.absent": None,
        "after.identity.account.equals": "222222222222",
        "after.identity.role.equals": "Test-Switch-Role",
        "after.identity.arn.changed": None,
        "after.s3_bucket.found.equals": True,
    }


def test_a_fact_of_the_host_stays_a_fact(make_procedure):
    assert make_procedure().expectations[0].fact == "instance_id"


def test_a_value_that_is_given_wins_over_the_default(make_procedure):
    asked = make_procedure(expected_account="333333333333", profile_name="other")
    assert asked.profile.name == "other"
    assert "333333333333" in {item.value for item in asked.expectations}


def test_an_account_keeps_its_zeros(make_procedure):
    asked = make_procedure(role_arn="arn:aws:iam::000000000001:role/a/b/R")
    values = {
        item.field: item.value for item in asked.expectations if item.step.startswith("after")
    }
    assert (values["account"], values["role"]) == ("000000000001", "R")


def test_a_missing_value_is_told(make_procedure):
    with pytest.raises(UsageError, match="the input bucket has no value"):
        make_procedure(without=("bucket",))


def test_a_value_of_the_wrong_kind_is_told(make_procedure):
    with pytest.raises(UsageError, match="'Not_A_Bucket' is not a bucket name"):
        make_procedure(bucket="Not_A_Bucket")


@pytest.mark.parametrize(
    ("region", "suffix"),
    [("ap-northeast-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn")],
)
def test_endpoints_are_those_of_the_region(make_procedure, region, suffix):
    assert make_procedure(region=region).endpoints == (
        Endpoint("imds", "http://169.254.169.254", ("AWS_EC2_METADATA_SERVICE_ENDPOINT",)),
        Endpoint(
            "sts", f"https://sts.{region}.{suffix}", ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")
        ),
        Endpoint(
            "s3", f"https://s3.{region}.{suffix}", ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
        ),
    )


def test_a_service_that_no_check_asks_is_not_probed(make_procedure):
    asked = make_procedure(runbook=load(TEXTS, "texts.yaml"), note="x")
    assert [item.service for item in asked.endpoints] == ["imds", "sts"]


def test_a_check_asked_twice_has_two_names(make_procedure):
    asked = make_procedure(runbook=load(TWO_BUCKETS, "two.yaml"))
    assert [(step.id, step.params["bucket"]) for step in asked.in_phase(Phase.AFTER)] == [
        ("after.s3_bucket", "first-bucket"),
        ("after.s3_bucket-2", "second-bucket"),
    ]
    assert [item.id for item in asked.expectations] == [
        "after.s3_bucket.found.equals",
        "after.s3_bucket-2.found.absent",
    ]


def test_it_survives_the_way_through_a_script_header(make_procedure):
    asked = make_procedure()
    assert procedure_from_data(as_data(asked)) == asked


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50))
def test_a_hostile_value_stays_what_it_is(note):
    values = {"note": note}
    asked = procedure(load(TEXTS, "texts.yaml"), values, "us-east-1", OnTheHost())
    assert [item.value for item in asked.expectations] == [f"<{note}>", note + note]
    assert {item.operator for item in asked.expectations} == {Operator.EQUALS}
    assert {item.fact for item in asked.expectations} == {None}
