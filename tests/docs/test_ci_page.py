"""What docs/ci.md tells people to paste: held to what others wrote for reading such files."""

import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer.main
import yaml
from cronsim import CronSim
from render.powershell_grammar import of_type, parse, text_of

from orchestrator.cli.app import app

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "ci.md").read_text()
WORKFLOW = DOCS / "examples/github-actions.yml"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

COMING = {"--report", "--quiet", "--fail-on"}
"""Options of `orch run` that may not be there yet."""


def block(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)
    return found


def crontab():
    (line,) = [line for line in block("crontab").splitlines() if line[0].isdigit()]
    *fields, command = line.split(None, 5)
    return " ".join(fields), command


def workflow():
    return yaml.safe_load(WORKFLOW.read_text())


def steps():
    return workflow()["jobs"]["prove"]["steps"]


def test_the_workflow_keeps_githubs_schema():
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.github-workflows", WORKFLOW),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_schema_would_notice_a_mistake(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOW.read_text().replace("runs-on:", "run-on:"))
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.github-workflows", broken),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1


def test_the_workflow_can_be_given_a_token_and_nothing_else():
    assert workflow()["permissions"] == {"contents": "read", "id-token": "write"}


def test_nothing_from_outside_is_pasted_into_a_shell():
    assert not [step for step in steps() if "${{" in step.get("run", "")]


@pytest.mark.parametrize("step", [step for step in steps() if "run" in step])
def test_a_step_is_a_script_that_a_shell_understands(step):
    subprocess.run(["sh", "-n", "-c", step["run"]], check=True)


@pytest.mark.parametrize("times", [crontab()[0], workflow()[True]["schedule"][0]["cron"]])
def test_the_times_are_those_that_the_words_beside_them_say(times):
    found = CronSim(times, NEW_YEAR)
    days = [next(found) for _ in range(5)]
    assert {(day.hour, day.minute) for day in days} == {(5, 17)}
    assert [day.weekday() for day in days] == [3, 4, 0, 1, 2]


def test_the_crontab_hides_its_percent_signs_and_its_command_is_one():
    _, command = crontab()
    assert not re.search(r"(?<!\\)%", command)
    subprocess.run(["sh", "-n", "-c", command.replace("\\%", "%")], check=True)


def test_the_powershell_can_be_parsed_and_asks_for_cmdlets_that_there_are():
    source = block("powershell")
    root = parse(source)
    assert not root.has_error
    commands = {text_of(node) for node in of_type(root, "command_name")}
    assert commands == {
        *("New-ScheduledTaskAction", "New-ScheduledTaskTrigger"),
        *("New-ScheduledTaskSettingsSet", "Register-ScheduledTask"),
    }


def lines_for_orch():
    """Every `orch ...` of the page and the workflow, as words."""
    (arguments,) = re.findall(r"-Argument '([^']*)'", block("powershell"))
    texts = [
        *(step["run"] for step in steps() if "run" in step),
        crontab()[1].replace("$(date +\\%F)", "today"),
        f"orch {arguments}".replace("\\", "/"),
        *re.findall(r"^    (orch .*)$", PAGE, re.M),
        *re.findall(r"`(orch [a-z][^`]*)`", PAGE),
    ]
    for text in texts:
        for part in re.split(r"&&|\n", text):
            words = shlex.split(part)
            if words and words[0].split("/")[-1] == "orch":
                yield words[1:]


def options():
    for words in lines_for_orch():
        command, path = typer.main.get_command(app), []
        while words and hasattr(command, "commands") and words[0] in command.commands:
            command = command.commands[words[0]]
            path.append(words.pop(0))
        known = {name for item in command.params for name in item.opts}
        yield pytest.param(path, None, known, id=" ".join(path))
        for word in words:
            if word.startswith("--"):
                is_coming = word in COMING and word not in known
                marks = pytest.mark.skipif(is_coming, reason=f"{word} is not there yet")
                yield pytest.param(path, word, known, id=" ".join([*path, word]), marks=marks)


@pytest.mark.parametrize(("path", "option", "known"), [*options()])
def test_every_command_and_option_that_is_named_exists(path, option, known):
    assert path
    assert option is None or option in known


def test_enough_commands_are_looked_at():
    assert len([*lines_for_orch()]) >= 9
