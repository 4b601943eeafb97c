"""Evidence that SSM cuts is read in S3: with the stacks as `orch setup` deploys them, and not else.

Each permission is taken away through the IAM API, as an administrator would, and put back.
"""

import json
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.processes import INSTANCE, admin_of_a, call, standing

pytestmark = pytest.mark.e2e

A = "111111111111"
LINUX = "i-0b2f8c61d9a74e305"
BUCKET, PREFIX = "orch-output-of-hosts", "orch/output"
OBJECTS = f"arn:aws:s3:::{BUCKET}/{PREFIX}/*"
WHERE = ("--output-s3-bucket-name", BUCKET, "--output-s3-key-prefix", PREFIX)
PLACES = {
    "powershell": (INSTANCE, ()),
    "python": (INSTANCE, ("--shell", "python")),
    "linux": (LINUX, ("--platform-type", "Linux")),
}

# Four answers a phase of 4,000 characters that do not get shorter: some 32,000 bytes of base64.
ANSWER = """\
import json, random, string

letters = string.ascii_letters + string.digits
print(json.dumps({"said": "".join(random.choices(letters, k=4000))}))
"""
HEAD = """\
orch: 1
name: long
description: Has answers that no SSM call holds.
inputs:
  role_arn: {kind: role-arn, help: The role.}
profile: {name: p, role_arn: '${role_arn}'}
checks:
"""
CHECK = """\
  - check: script
    with: {file: answer.py}
    before: {said: {matches: "?*"}}
    after: {said: changed}
"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with standing(tmp_path_factory.mktemp("long"), "--engine", "stand-in") as found:
        yield found


@pytest.fixture(scope="module")
def aws(sandbox, tmp_path_factory):
    return admin_of_a(sandbox, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module", autouse=True)
def deployed(sandbox, aws):
    """The bucket, and both stacks with what it takes."""
    place = f"LocationConstraint={sandbox.variables['AWS_REGION']}"
    aws("s3api", "create-bucket", "--bucket", BUCKET, "--create-bucket-configuration", place)
    for name in ("a", "operator"):
        words = ("orch", "setup", "deploy", name, *WHERE, "--profile", "account-a-admin", "--yes")
        ended = call(*words, **sandbox.variables)
        assert ended.code == 0, ended.out + ended.err


@pytest.fixture
def orch(sandbox, tmp_path):
    (tmp_path / "answer.py").write_text(ANSWER)
    (tmp_path / "long.yaml").write_text(HEAD + CHECK * 4)

    def run(*words, place="python"):
        instance, more = PLACES[place]
        asked = ("run", tmp_path / "long.yaml", "--instance", instance, *more, *words)
        return call("orch", *asked, "--output", "json", **sandbox.variables)

    return run


def the_host(ended):
    assert ended.out, ended.err
    (host,) = ended.report["hosts"]
    return host


def test_without_the_option_nobody_knows_and_the_mend_names_it(orch):
    ended = orch()
    host = the_host(ended)
    assert (ended.code, host["outcome"]) == (4, "UNKNOWN")
    assert [cause["id"] for cause in host["causes"]] == ["evidence-truncated"]
    assert "--output-s3-bucket-name" in host["causes"][0]["mend"]
    assert "GetObject" not in ended.report["api_calls"]


@pytest.mark.parametrize("place", PLACES)
def test_with_it_the_evidence_is_whole_and_comes_from_s3(orch, place):
    ended = orch(*WHERE, place=place)
    host = the_host(ended)
    assert (ended.code, host["outcome"]) == (0, "PASS"), ended.out
    assert host["evidence_from"] == "S3"
    assert ended.report["api_calls"]["GetObject"] == 1


def test_the_agent_puts_it_where_ssm_says_and_what_is_kept_of_the_run_says_so_too(
    orch, aws, sandbox
):
    ended = orch(*WHERE)
    host = the_host(ended)
    told = call(
        *("aws", "ssm", "get-command-invocation", "--instance-id", INSTANCE, "--output", "json"),
        *("--command-id", host["command_id"]),
        **sandbox.variables,
    ).report
    assert told["StandardOutputContent"].endswith("--output truncated--")
    key = told["StandardOutputUrl"].partition(f"/{BUCKET}/")[2]
    objects = aws("s3api", "list-objects-v2", "--bucket", BUCKET)["Contents"]
    (size,) = [one["Size"] for one in objects if one["Key"] == key]
    assert size > 24_000
    kept = call(
        "orch", "runs", "show", ended.report["run_id"], "--output", "json", **sandbox.variables
    )
    assert kept.report["hosts"] == ended.report["hosts"]


@contextmanager
def without(aws, action):
    """The instances' role without that action."""
    role = ("--role-name", "EC2RoleforSSM", "--policy-name", "KeepOutput")
    document = aws("iam", "get-role-policy", *role)["PolicyDocument"]
    (statement,) = document["Statement"]
    left = [one for one in statement["Action"] if one != action]
    assert len(left) == len(statement["Action"]) - 1
    changed = {**document, "Statement": [{**statement, "Action": left}]}
    try:
        aws("iam", "put-role-policy", *role, "--policy-document", json.dumps(changed))
        yield
    finally:
        aws("iam", "put-role-policy", *role, "--policy-document", json.dumps(document))


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:PutObjectAcl"])
def test_without_a_permission_of_the_agent_nobody_knows_and_it_is_named(orch, aws, action):
    with without(aws, action):
        ended = orch(*WHERE)
    host = the_host(ended)
    assert (ended.code, host["outcome"], host["status"]) == (4, "UNKNOWN", "Success"), ended.out
    (cause,) = host["causes"]
    assert cause["id"] == "evidence-truncated"
    assert f"s3:PutObject and s3:PutObjectAcl on {OBJECTS}" in cause["mend"]
    # Whoever may not list a bucket is refused what is not there.
    assert "s3:ListBucket" in cause["evidence"]


def test_without_the_operators_permission_nobody_knows_and_it_is_named(orch, aws):
    policy = ("--policy-arn", f"arn:aws:iam::{A}:policy/OrchOperator")
    version = aws("iam", "get-policy", *policy)["Policy"]["DefaultVersionId"]
    document = aws("iam", "get-policy-version", *policy, "--version-id", version)
    statements = document["PolicyVersion"]["Document"]["Statement"]
    left = [one for one in statements if one["Sid"] != "ReadLongOutput"]
    assert len(left) == len(statements) - 1
    text = json.dumps({"Version": "2012-10-17", "Statement": left})
    aws("iam", "create-policy-version", *policy, "--set-as-default", "--policy-document", text)
    try:
        ended = orch(*WHERE)
    finally:
        aws("iam", "set-default-policy-version", *policy, "--version-id", version)
    host = the_host(ended)
    assert (ended.code, host["outcome"]) == (4, "UNKNOWN"), ended.out
    (cause,) = host["causes"]
    assert cause["id"] == "evidence-truncated"
    assert "not authorized to perform: s3:GetObject" in cause["evidence"]
    assert f"allow your identity s3:GetObject on {OBJECTS}" in cause["mend"]


def test_a_bucket_that_there_is_not_sends_nothing(orch):
    ended = orch("--output-s3-bucket-name", "no-such-bucket-here")
    assert (ended.code, ended.out) == (3, "")
    assert "InvalidOutputFolder" in ended.err
    assert "mend: name a bucket that there is with --output-s3-bucket-name" in ended.err


def test_settings_give_it_and_the_plan_shows_it(sandbox, tmp_path):
    own = tmp_path / "orch.toml"
    lines = [f'output_s3_bucket_name = "{BUCKET}"', f'output_s3_key_prefix = "{PREFIX}"']
    own.write_text("\n".join([*lines, Path(sandbox.variables["ORCH_CONFIG"]).read_text()]))
    asked = ("orch", "plan", "--instance", INSTANCE)
    changes = sandbox.variables | {"ORCH_CONFIG": str(own)}
    text = call(*asked, **changes).out
    assert f"all of it goes to s3://{BUCKET}/{PREFIX}/*" in text
    assert f"s3:GetObject on {OBJECTS}" in " ".join(text.split())
    plan = json.loads(call(*asked, "--output", "json", **changes).out)
    assert plan["output_s3"] == {"bucket_name": BUCKET, "key_prefix": PREFIX}
    without_it = json.loads(call(*asked, "--output", "json", **sandbox.variables).out)
    assert without_it["output_s3"] == {"bucket_name": "", "key_prefix": ""}
    assert plan["procedure_sha256"] == without_it["procedure_sha256"]
