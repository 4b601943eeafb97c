"""The AWS CLI's errors, held to what was recorded of it and of boto3 with the same files."""

import json
import sys
from pathlib import Path

import botocore.exceptions
import pytest

from orchestrator.model.evidence import RawFailure
from orchestrator.observe.classify import classify
from orchestrator.onhost.awscli import (
    CliError,
    ask_aws,
    cli_environment,
    cli_error,
    cli_version,
    find_aws,
)
from support.recorded_cases import AWSCLI, BOTO3

CASES = json.loads((Path(__file__).parents[1] / "recordings/switch-cases.json").read_text())
FAILED = {
    case["case"]: (case["answers"][AWSCLI], case["answers"][BOTO3]["chain"][0])
    for case in CASES
    if case["answers"].get(AWSCLI, {}).get("exit_code")
}
OTHERWISE = {
    "profile-mfa": "it asks on standard input, and each reader meets the closed one in its own way",
    "clock-skew-s3": "boto3 was asked GetCallerIdentity there, the CLI ListBuckets",
    "clock-skew-s3-standard": "the same",
    "throttled-s3": "the same",
    "expired-s3": "the same",
}


def meaning(chain, code=None, operation=None):
    found = classify(RawFailure(tuple(chain), code=code, operation=operation))
    return found.kind, found.stage


def ancestors(name):
    """The class and what it descends from: the script names all of them."""
    kind = getattr(botocore.exceptions, name.rpartition(".")[2], None)
    return [f"{k.__module__}.{k.__qualname__}" for k in kind.__mro__] if kind else [name]


@pytest.mark.parametrize("name", sorted(FAILED.keys() - OTHERWISE.keys()))
def test_what_the_cli_printed_means_what_boto3_raised(name):
    printed, raised = FAILED[name]
    found = cli_error(printed["exit_code"], printed["stderr_last_line"])
    assert found.code == raised.get("ErrorCode")
    assert found.operation == raised.get("Operation", found.operation)
    theirs = meaning(ancestors(raised["type"]), raised.get("ErrorCode"), raised.get("Operation"))
    assert meaning(found.chain, found.code, found.operation) == theirs


def test_all_that_was_recorded_is_looked_at():
    assert len(FAILED) == 42
    assert FAILED.keys() >= OTHERWISE.keys()


def test_what_nobody_knows_stays_unknown():
    found = cli_error(252, "usage: aws [options]")
    assert found.chain == ["awscli.exit-252"]
    assert found.code is found.operation is None


@pytest.fixture
def program(tmp_path):
    """A program of that name that does what a line of Python says."""

    def make(line):
        path = tmp_path / "aws"
        path.write_text(f"#!{sys.executable}\nimport sys\n{line}\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_the_answer_is_parsed(program):
    assert ask_aws(program('print(\'{"Account": "1"}\')'), ["sts"], {}) == {"Account": "1"}


def test_no_answer_is_none(program):
    assert ask_aws(program("pass"), ["s3api"], {}) is None


def test_its_error_is_told_by_code_and_operation(program):
    words = "An error occurred (AccessDenied) when calling the AssumeRole operation: no"
    with pytest.raises(CliError) as raised:
        ask_aws(program(f"sys.exit({words!r})"), [], {})
    assert (raised.value.code, raised.value.operation) == ("AccessDenied", "AssumeRole")


def test_one_that_never_answers_is_ended(program, monkeypatch):
    monkeypatch.setattr("orchestrator.onhost.awscli.CLI_SECONDS", 1)
    with pytest.raises(CliError) as raised:
        ask_aws(program("import time; time.sleep(60)"), [], {})
    assert raised.value.chain == ["orch.Unreachable"]


def test_its_home_is_in_the_runs_own_folder_where_it_runs(tmp_path, program):
    found = cli_environment(str(tmp_path), {"HOME": "/home/a", "USERPROFILE": "b", "AWS_X": "c"})
    home = str(tmp_path / "home")
    assert found == {"HOME": home, "USERPROFILE": home, "AWS_X": "c"}
    says = "import json, os; print(json.dumps([os.path.expanduser('~'), os.getcwd()]))"
    assert ask_aws(program(says), [], found) == [home, home]


def test_it_is_found_on_the_path_of_its_environment_alone(tmp_path, program):
    path = program("print('aws-cli/9.9 Python/3.8')")
    assert find_aws({"PATH": str(tmp_path)}) == path
    assert find_aws({"PATH": "/nowhere"}) is None
    assert cli_version(path, {}) == "aws-cli/9.9"
