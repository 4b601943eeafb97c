"""The document around a script: the same each time, nothing to be filled in, and readable again."""

import json
from dataclasses import replace

import pytest

from orchestrator.errors import UsageError
from orchestrator.kinds import RUN_ID
from orchestrator.model.enums import Platform, Shell
from orchestrator.model.fleet import Selection
from orchestrator.model.plan import Script
from orchestrator.model.procedure import Profile
from orchestrator.render import read_header
from orchestrator.schedules import (
    document,
    mark,
    output_folder,
    read_content,
    script_run_id,
    targets_of,
)
from support.schedules import NAME, asked, wanted


@pytest.mark.parametrize("platform", Platform)
def test_the_same_question_is_the_same_document_and_tells_it_again(platform):
    question = asked(platform=platform)
    if platform is Platform.LINUX:
        question = replace(question, shell=Shell.PYTHON)
    made, again = wanted(question), wanted(question)
    assert made.document == again.document
    content = read_content(made.document.content)
    header = read_header(content.script)
    assert (header.procedure, header.run_id) == (question, made.run_id)
    assert (content.timeout, content.platform) == (900, platform)


def test_the_document_is_what_an_association_can_run():
    made = wanted()
    data = json.loads(made.document.content)
    (step,) = data["mainSteps"]
    assert data["schemaVersion"] == "2.2"
    assert step["action"] == "aws:runPowerShellScript"
    assert step["precondition"] == {"StringEquals": ["platformType", "Windows"]}
    assert step["inputs"]["timeoutSeconds"] == "900"
    assert data["description"].startswith(mark(NAME))
    assert made.plan_sha256 in data["description"]
    assert made.document.label.startswith(f"{made.plan_sha256}.")
    assert "{{" not in made.document.content
    assert output_folder(Platform.WINDOWS) == "awsrunPowerShellScript/orch"


def test_braces_in_values_never_reach_the_document():
    first, *rest = asked().expectations
    question = asked(expectations=(replace(first, fact=None, value="{{ssm:x}}"), *rest))
    assert "{{" not in wanted(question).document.content


@pytest.mark.parametrize(
    ("text", "what"), [("x{{ssm:y}}", "two opening braces"), ("x" * 65_536, "65,")]
)
def test_what_ssm_would_not_take_is_refused_before_it_is_asked(text, what):
    with pytest.raises(UsageError, match=what):
        document(NAME, asked(), Script(text, "0" * 64, len(text)), 900)


def test_another_name_or_question_or_time_is_another_document():
    other = asked(profile=Profile("switch_test", "arn:aws:iam::222222222222:role/Other"))
    labels = {
        wanted().document.label,
        wanted(other).document.label,
        wanted(timeout=60).document.label,
    }
    assert len(labels) == 3
    assert script_run_id("orch-a", "0" * 64) != script_run_id("orch-b", "0" * 64)


@pytest.mark.parametrize("name", ["orch-a", "orch-" + "x" * 123, "orch-a_b.c-d", "orch-..."])
def test_the_run_id_in_the_script_is_one(name):
    assert RUN_ID.fullmatch(script_run_id(name, "0" * 64))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"mainSteps": []}', '{"mainSteps": [{}]}', "x"])
def test_what_is_none_of_ours_is_told(text):
    with pytest.raises(ValueError, match="none of orch's"):
        read_content(text)


@pytest.mark.parametrize(
    ("selection", "ids", "targets"),
    [
        (None, ("i-1", "i-2"), (("InstanceIds", ("i-1", "i-2")),)),
        (Selection(everything=True), (), (("InstanceIds", ("*",)),)),
        (Selection(resource_group="g"), (), (("resource-groups:Name", ("g",)),)),
        (
            Selection((("env", ("a", "b")), ("x", ("y",)))),
            (),
            (("tag:env", ("a", "b")), ("tag:x", ("y",))),
        ),
    ],
)
def test_who_is_meant_is_left_to_state_manager(selection, ids, targets):
    assert targets_of(selection, ids) == targets


def test_more_than_an_association_takes_is_refused():
    with pytest.raises(UsageError, match="51 values"):
        targets_of(None, [f"i-{number}" for number in range(51)])
    with pytest.raises(UsageError, match="6 tags"):
        targets_of(Selection(tuple((str(number), ("x",)) for number in range(6))))
