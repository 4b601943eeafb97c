"""A wrong runbook is a file in `cases`. Its comments ``# expect: ...`` are parts of the message.

``# mistakes: N`` says how many mistakes are reported.
"""

import re
from pathlib import Path

import pytest

from orchestrator.errors import UsageError
from orchestrator.runbook import load

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_wrong_runbook_is_told_with_line_key_and_mend(path):
    text = path.read_text(encoding="utf-8")
    expected = re.findall(r"# expect: (.+)", text)
    count = int(re.search(r"# mistakes: (\d+)", text)[1])
    with pytest.raises(UsageError) as caught:
        load(text, path.name)
    message = str(caught.value)
    assert expected
    for part in expected:
        assert part in message
    assert len(re.findall(rf"^{re.escape(path.name)}:\d+: ", message, re.M)) == count
    assert message.count("\n  mend: ") == count


def test_there_are_cases():
    assert len(CASES) > 20
