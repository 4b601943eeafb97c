"""Whatever is wrong is one message: where, what and the mend. `bad-input.json` is the table."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.processes import INSTANCE, call
from support.stub_ssm import serving

pytestmark = pytest.mark.e2e

TABLE = json.loads(Path(__file__).with_name("bad-input.json").read_text())
CASES = {case["name"]: case for case in TABLE}
RUNBOOKS = Path(__file__).parents[1] / "runbook/cases"
GIVEN = {
    "--instance": INSTANCE,
    "--role-arn": "arn:aws:iam::222222222222:role/Test-Switch-Role",
    "--bucket": "xxxxxxxx-cloudtrail",
    "--region": "ap-northeast-1",
}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
LONG = "\n".join(
    [
        "orch: 1",
        "name: long",
        "description: Asks so much that no document holds it.",
        "inputs:",
        "  role_arn: {kind: role-arn, help: The role.}",
        "  bucket: {kind: bucket, help: The bucket.}",
        "profile: {name: p, role_arn: '${role_arn}'}",
        "checks:",
        *[
            f"  - {{check: s3_bucket, with: {{bucket: bucket-{n}}}, after: {{name: changed}}}}"
            for n in range(150)
        ],
    ]
)
DEBUGGED = ("region", "bomb of aliases", "unknown setting", "no credentials", "expired credentials")


@pytest.fixture
def told(request, tmp_path):
    """What `orch run` answers to a case, with whatever options stand before ``run``."""

    def ask(case, *before):
        with ExitStack() as stack:
            words = ["orch", *before, "run", *runbook(case, tmp_path), *options(case)]
            for name, text in case.get("files", {}).items():
                (tmp_path / name).write_text(text)
            surroundings = nowhere(tmp_path)
            changes = dict(case.get("environment", {}))
            if code := case.get("answer"):
                answer = 400, {"__type": code, "message": "as it was told\nby AWS\u001b[2J"}
                url = stack.enter_context(serving(lambda _operation: answer))
                surroundings |= KEYS | {"AWS_ENDPOINT_URL_SSM": url}
            elif case.get("aws"):
                sandbox = request.getfixturevalue("sandbox")
                surroundings |= sandbox.variables
                changes = {k: v and v.format(key=key_of(sandbox)) for k, v in changes.items()}
            surroundings |= changes
            kept = {name: value for name, value in surroundings.items() if value is not None}
            return call(*words, cwd=tmp_path, timeout=60, **kept)

    return ask


def nowhere(folder):
    """Variables of somebody who has no settings and no credentials."""
    none = str(folder / "none")
    files = {"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "XDG_CONFIG_HOME": none}
    return {"HOME": none, "AWS_EC2_METADATA_DISABLED": "true", **files}


def key_of(sandbox):
    """An access key that the sandbox knows."""
    text = Path(sandbox.variables["AWS_SHARED_CREDENTIALS_FILE"]).read_text()
    return text.partition("aws_access_key_id = ")[2].split()[0]


def options(case):
    given = GIVEN | case.get("change", {})
    for name, value in given.items():
        if value is not None:
            yield from (name, value.replace("{long}", "x" * 100_000))


def runbook(case, folder):
    name = case.get("runbook")
    if name is None:
        return []
    (folder / "long.yaml").write_text(LONG)
    return [name.replace("cases", str(RUNBOOKS))]


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_told_in_one_message_with_its_mend(told, name):
    case = CASES[name]
    ended = told(case)
    assert (ended.code, ended.out) == (case["code"], ""), ended.err
    for text in case["says"]:
        assert text in ended.err
    assert "Traceback" not in ended.err
    lines = ended.err.splitlines()
    assert all(line.isprintable() for line in lines)
    # What a value says behind a line break is no line of its own.
    assert not any(line.startswith(("  mend: paste this", "  mend, paste this")) for line in lines)
    if case.get("usage"):
        assert lines[0].startswith("Usage: orch run")
        assert "Try 'orch run --help' for help." in lines
    else:
        assert [line.startswith("orch: ") for line in lines] == [True] + [False] * (len(lines) - 1)
        assert lines[-1].startswith("  mend: ")


@pytest.mark.parametrize("name", DEBUGGED)
def test_with_debug_the_traceback_comes_before_the_same_message(told, name):
    ended = told(CASES[name], "--debug")
    traceback, _, message = ended.err.partition("\norch: ")
    assert (ended.code, ended.out) == (CASES[name]["code"], "")
    assert traceback.startswith("Traceback (most recent call last):")
    assert all(text in message for text in CASES[name]["says"])


def test_orch_debug_in_the_environment_is_the_same_as_the_option(told):
    case = CASES["region"] | {"environment": {"ORCH_DEBUG": "1"}}
    assert told(case).err == told(CASES["region"], "--debug").err
