import dataclasses

import pytest

from orchestrator.model.enums import Shell
from orchestrator.render import read_header, render

RUN = "20261124T042501Z-3f9a1c"


@pytest.mark.parametrize("shell", list(Shell))
def test_a_script_carries_its_run_and_its_procedure(sample, shell):
    procedure = sample(shell)
    header = read_header(render(procedure, RUN).text)
    assert (header.run_id, header.procedure) == (RUN, procedure)
    assert header.sha256 == procedure.sha256()


def test_the_agents_byte_order_mark_and_carriage_returns_do_not_hide_it(sample):
    text = "\ufeff" + render(sample(), RUN).text.replace("\n", "\r\n")
    assert read_header(text).run_id == RUN


def test_another_plans_hash_is_not_believed(sample):
    script = render(sample(), RUN).text
    other = dataclasses.replace(sample(), region="eu-west-1").sha256()
    with pytest.raises(ValueError, match="is not the hash"):
        read_header(script.replace(sample().sha256(), other))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "exit 0\n",
        f"# plan sha256: {'0' * 64}\n# orch-plan: ????\n",
        f"# plan sha256: {'0' * 64}\n# orch-plan: e30=\n",
        f"# plan sha256: {'0' * 64}\n# orch-plan: W10=\n",
    ],
)
def test_a_script_without_a_readable_header_is_an_error(text):
    with pytest.raises(ValueError, match="header"):
        read_header(text)


def test_a_hostile_name_stays_inside_its_comment(sample):
    text = render(sample(runbook="x\nRemove-Item C:\\ -Recurse\r#\u2028{{{{y}}"), RUN).text
    lines = text.split("\n")
    assert sum(line.startswith("# runbook: ") for line in lines) == 1
    assert not any(line.startswith(("Remove-Item", "y")) for line in lines)
    assert "{{" not in text
