import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from orchestrator.cli.runbook_commands import app
from orchestrator.errors import UsageError
from orchestrator.runbook import names, schema, source_text


def said(*arguments):
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_list_has_a_line_for_each_runbook():
    lines = said("list").splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [*names()]
    assert all(len(line) <= 80 for line in lines)


def test_show_prints_the_file_as_it_is():
    assert said("show", "switch-role") == source_text("switch-role")[0]


def test_what_show_prints_is_checked_again(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(said("show"), encoding="utf-8")
    assert said("check", str(path)) == (
        f"{path}: switch-role is right: inputs 5, checks 2, expectations 6\n"
    )


def test_a_wrong_runbook_is_not_checked_in_silence(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(said("show").replace("check: identity", "check: identty"), encoding="utf-8")
    with pytest.raises(UsageError, match="there is no check identty") as caught:
        said("check", str(path))
    assert caught.value.exit_code == 2


def test_schema_prints_json():
    assert json.loads(said("schema")) == schema()


@pytest.mark.parametrize("command", ["list", "show", "check", "schema"])
def test_every_help_has_an_example(command):
    assert f"Example: orch runbook {command}" in said(command, "--help")


def test_importing_the_commands_imports_nothing_heavy():
    code = "import sys, orchestrator.cli.runbook_commands; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pydantic", "ruamel.yaml", "boto3", "jinja2"} & set(ran.stdout.split())
