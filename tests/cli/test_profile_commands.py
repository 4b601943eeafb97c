import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from orchestrator.cli.profile_commands import app
from orchestrator.errors import UsageError

GOOD = (
    "[profile switch_test]\nrole_arn = arn:aws:iam::222222222222:role/Test-Switch-Role\n"
    "credential_source = Ec2InstanceMetadata\n"
)
LEFT = "[switch_test]\naws_access_key_id = AKIAOLD\naws_secret_access_key = old\n"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config"
    path.write_text(GOOD)
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder that all readers look into."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / ".aws").mkdir()
    return tmp_path / ".aws"


def run(*arguments, stdin: bytes | None = None) -> tuple[int, str]:
    words = ("check", *map(str, arguments))
    done = CliRunner().invoke(app, words, input=stdin, catch_exceptions=False)
    return done.exit_code, done.stdout


def test_a_profile_that_all_read_alike_is_zero(config):
    code, text = run(config, "--profile", "switch_test")
    assert (code, text.splitlines()[0]) == (
        0,
        "ALIKE       profile switch_test means the same to all three readers",
    )
    assert str(config) in text


def test_a_profile_that_somebody_cannot_use_is_one(config):
    config.write_text(f"{GOOD}external_id = x\n")
    code, text = run(config, "-p", "switch_test")
    assert (code, text[:9]) == (1, "DIFFERENT")


def test_standard_input_is_read_to_the_byte():
    assert run("-", "-p", "switch_test", stdin=GOOD.encode())[0] == 0
    code, text = run("-", "-p", "switch_test", stdin=b"\xef\xbb\xbf" + GOOD.encode())
    assert code == 1
    assert "stdin:1" in text


def test_a_credentials_file_is_read_if_it_is_given(config, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.write_text(LEFT)
    assert run(config, "-p", "switch_test")[0] == 0
    code, text = run(config, "-p", "switch_test", "--credentials", credentials)
    assert code == 1
    assert "credentials:2" in text
    assert "AKIAOLD" not in text


def test_a_given_file_stands_alone(config, home):
    (home / "credentials").write_text(LEFT)
    assert run(config, "-p", "switch_test")[0] == 0


def test_without_a_file_it_is_the_users_own(home):
    (home / "config").write_text(GOOD)
    assert run("-p", "switch_test")[0] == 0
    (home / "credentials").write_text(LEFT)
    assert run("-p", "switch_test")[0] == 1


def test_the_variables_lead_to_other_files(home, config, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert run("-p", "switch_test")[0] == 0


def test_no_file_at_all_says_where_one_would_be(home):
    code, text = run("-p", "switch_test")
    assert code == 1
    assert f"into {home / 'config'}" in " ".join(text.split())


def test_json_is_json(config):
    code, text = run(config, "-p", "switch_test", "--output", "json")
    assert (code, json.loads(text)["verdict"]) == (0, "ALIKE")


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (["/no/such/file", "-p", "x"], "/no/such/file"),
        (["a\0b", "-p", "x"], "'a\\x00b'"),
        ([], "--profile"),
        (["-p", ""], "--profile"),
        (["-", "-p", "x", "--credentials", "/no/such"], "/no/such"),
    ],
)
def test_what_cannot_be_asked_is_an_error_of_usage(arguments, where, config):
    with pytest.raises(UsageError) as caught:
        run(*arguments, stdin=b"")
    assert (caught.value.where, caught.value.exit_code) == (where, 2)
    assert caught.value.mend


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        run(tmp_path, "-p", "x")


def test_an_unknown_form_is_an_error_of_usage(config):
    assert run(config, "-p", "x", "--output", "xml")[0] == 2


def test_the_help_has_an_example():
    assert "Example: orch profile check" in CliRunner().invoke(app, ["check", "--help"]).stdout


def test_importing_the_command_imports_nothing_heavy():
    code = "import sys, orchestrator.cli.profile_commands; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert not {"boto3", "botocore", "jinja2", "configparser", "orchestrator.readers"} & loaded
