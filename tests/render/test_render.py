import ast
import dataclasses
import hashlib
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from powershell_grammar import of_type, parse, text_of

from orchestrator.envelope import find
from orchestrator.errors import UsageError
from orchestrator.model.enums import Phase, Shell, Way
from orchestrator.model.procedure import Step
from orchestrator.render import python_source, render

RUN = "20261124T042501Z-3f9a1c"


@pytest.fixture(params=list(Shell))
def script(request, sample):
    return render(sample(request.param), RUN)


@pytest.mark.parametrize("shell", list(Shell))
def test_the_scripts_are_the_golden_ones(sample, same_as_golden, shell):
    script = render(sample(shell), RUN)
    same_as_golden(f"{shell.value}.ps1", script.text)


@pytest.mark.parametrize("shell", Shell)
def test_the_default_of_a_session_is_set_once_and_named_by_no_call(sample, same_as_golden, shell):
    script = render(sample(shell, way=Way.SESSION_DEFAULT), RUN)
    same_as_golden(f"session-default.{shell.value}.ps1", script.text)
    after = script.text.partition("After the switch")[2]
    assert "-ProfileName" not in after


def test_the_inner_python_is_the_golden_one(sample, same_as_golden):
    parts = dict(render(sample(Shell.PYTHON), RUN).parts)
    same_as_golden("check.py.txt", parts["check.py"])


def test_size_and_hash_are_of_the_text(script):
    data = script.text.encode()
    assert (script.size, script.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_same_procedure_gives_the_same_script(sample):
    assert render(sample(), RUN) == render(sample(), RUN)


def test_a_script_is_ascii_and_offers_ssm_no_parameter(script):
    assert script.text.isascii()
    assert "{{" not in script.text
    assert "\r" not in script.text


def test_powershell_can_parse_it(script):
    parse(script.text)


def test_it_uses_no_syntax_that_windows_powershell_lacks(script):
    code = uncommented(outer(script.text))
    assert not re.search(r"\?\?|\?\.|&&|\|\||-Parallel|\s\?\s", code)


def test_it_ends_with_an_exit_whatever_happens(script):
    nodes = parse(outer(script.text))
    last = text_of(nodes).rstrip().splitlines()[-1]
    assert last == "exit 20"
    codes = {text_of(node) for node in of_type(nodes, "flow_control_statement")}
    exits = {code for code in codes if code.startswith("exit")}
    assert exits == {"exit 0", "exit 10", "exit 20"}
    assert of_type(nodes, "trap_statement")


def test_the_envelopes_made_beforehand_are_unknown_and_readable(script, sample):
    frames = re.findall(r"ORCH1:[0-9a-f]{8}:[A-Za-z0-9+/=]+:END", script.text)
    sha256 = re.search(r"plan sha256: (\w+)", script.text)[1]
    chains = []
    for frame in frames:
        data = find(frame, sha256)
        assert (data["verdict"], data["run"], set(data["own"].values())) == (
            "UNKNOWN",
            RUN,
            set(),
        )
        chains.append(data["fatal"]["chain"])
    assert ["orch.ConstrainedLanguage"] in chains


@pytest.mark.parametrize(
    "line",
    [
        "Get-STSCallerIdentity -Region 'ap-northeast-1'",
        "Get-STSCallerIdentity -ProfileName 'switch_test' -Region 'ap-northeast-1'",
        "Get-S3Bucket -BucketName 'xxxxxxxx-cloudtrail' -Region 'ap-northeast-1'",
        "Get-S3Bucket -BucketName 'xxxxxxxx-cloudtrail' -ProfileName 'switch_test' "
        "-Region 'ap-northeast-1'",
    ],
)
def test_each_check_shows_its_cmdlet_with_literal_arguments(sample, line):
    commands = of_type(parse(render(sample(), RUN).text), "command")
    assert line in {text_of(node) for node in commands}


def test_the_wrapper_carries_exactly_the_python_that_is_shown(sample):
    script = render(sample(Shell.PYTHON), RUN)
    source = python_source(script.text)
    assert source == dict(script.parts)["check.py"]
    ast.parse(source, feature_version=(3, 8))


def test_a_powershell_script_carries_no_python(sample):
    assert python_source(render(sample(), RUN).text) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=st.text(alphabet="'\"`$(){}@#\n\r\u2018\u2019\u3042 x", max_size=40))
def test_a_hostile_value_never_changes_the_shape_of_a_script(sample, value):
    steps = (Step("after.s3_bucket", "s3_bucket", Phase.AFTER, {"bucket": value}),)
    for shell in Shell:
        changes = {"steps": steps, "expectations": (), "runbook": value}
        script = render(sample(shell, **changes), RUN)
        calm = render(sample(shell, **changes | {"steps": (_calm(steps[0]),)}), RUN)
        assert shape(script) == shape(calm)


def _calm(step: Step) -> Step:
    return dataclasses.replace(step, params={"bucket": "calm"})


def shape(script) -> list[str]:
    """The kinds of all statements and commands, which a literal must not add to."""
    if source := dict(script.parts).get("check.py"):
        return [type(node).__name__ for node in ast.walk(ast.parse(source))]
    nodes = parse(script.text)
    kinds = ("command_name", "flow_control_statement", "assignment_expression", "variable")
    return [node.type for node in of_type(nodes, *kinds)]


@pytest.mark.parametrize("run_id", ["", "a/b", "..", "a b", "x" * 65, "a\n", "-a", "$(x)"])
def test_a_run_id_that_is_no_folders_name_is_refused(sample, run_id):
    with pytest.raises(UsageError, match=r"--run-id: .* is no folder.s name"):
        render(sample(), run_id)


@pytest.mark.parametrize("shell", list(Shell))
def test_a_script_over_64_kb_is_refused(sample, shell):
    steps = (Step("after.s3_bucket", "s3_bucket", Phase.AFTER, {"bucket": "x" * 20_000}),)
    with pytest.raises(UsageError, match="65,536"):
        render(sample(shell, steps=steps, expectations=()), RUN)


def test_a_check_that_does_not_exist_is_refused(sample):
    steps = (Step("after.x", "no_such_check", Phase.AFTER),)
    with pytest.raises(UsageError, match="no_such_check"):
        render(sample(steps=steps, expectations=()), RUN)


def outer(text: str) -> str:
    """The PowerShell alone: without the Python source that a wrapper holds."""
    source = python_source(text)
    return text.replace(source, "") if source else text


def uncommented(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
