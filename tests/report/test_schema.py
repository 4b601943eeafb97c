import json
from pathlib import Path

import jsonschema
import pytest

from orchestrator.report.document import document
from orchestrator.run import run
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "orchestrator/schemas/report.schema.json").read_text()
)
REFUSED = {"after.identity": samples.failed("after.identity", samples.ASSUME_REFUSED)}

HOSTS = {
    "healthy": {"output": samples.envelope()},
    "failing": {"output": samples.envelope(step=REFUSED)},
    "silent": {"output": "", "status": "Failed", "response_code": -1},
    "offline": {"ping_status": "ConnectionLost"},
}


def told(**host):
    clock = FakeClock()
    fleet = FakeFleet(clock, [FakeHost(samples.INSTANCE, **host)])
    return json.loads(json.dumps(document(run(samples.plan(), fleet, clock, Listener()))))


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
def test_every_report_keeps_the_published_schema(host):
    jsonschema.validate(told(**host), SCHEMA, jsonschema.Draft202012Validator)


def test_the_schema_would_notice_a_missing_field():
    report = told(**HOSTS["healthy"])
    del report["hosts"][0]["causes"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA, jsonschema.Draft202012Validator)
