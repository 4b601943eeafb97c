"""What is made shorter means the same."""

import pytest
from powershell_grammar import of_type, parse, text_of

from orchestrator.model.enums import Mode, Shell
from orchestrator.plan import OnTheHost, procedure
from orchestrator.render import read_header, render
from orchestrator.render.compact import narrower, plainer, without_comments
from orchestrator.render.header import packed
from orchestrator.render.script import LIMIT
from orchestrator.runbook import find
from orchestrator.runbook.library import names

TEXT = """\
# head

$a = New-Object -TypeName System.IO.FileStream -ArgumentList $b, ([System.IO.FileMode]::Create)
$c = New-Object -TypeName 'System.Collections.Generic.List[string]'
if ([System.Text.RegularExpressions.Regex]::IsMatch($d, 'System.IO.[System.IO]')) { }
$types = [string[]]@('System.IO.IOException')
$source = @'
New-Object -TypeName System.X
'@
"""


def test_types_and_places_are_as_short_as_powershell_takes_them():
    lines = plainer(TEXT).split("\n")
    assert lines[2] == "$a = New-Object IO.FileStream $b, ([IO.FileMode]::Create)"
    assert lines[3] == "$c = New-Object 'System.Collections.Generic.List[string]'"
    assert lines[4] == "if ([regex]::IsMatch($d, 'System.IO.[System.IO]')) { }"
    assert lines[5:9] == TEXT.split("\n")[5:9]


FIRST = {
    "Test-OrchEqual": ["One", "Other"],
    "Test-OrchSame": ["One", "Other"],
    "Test-OrchListed": ["List", "Name"],
    "Set-OrchMode": ["Path"],
    "Read-OrchUndo": ["Folder"],
    "Write-OrchUndo": ["Folder"],
    "Get-OrchOutcome": ["Holds"],
    "Get-OrchAnswer": ["Url"],
    "Test-OrchAbsent": ["Value"],
    "Get-OrchFailure": ["Record"],
    "Get-OrchRefusal": ["Failure"],
    "Get-OrchText": ["Path"],
    "Get-OrchFileDigest": ["Path"],
    "Get-OrchMode": ["Path"],
    "Test-OrchLives": ["Folder"],
    "Add-OrchConflict": ["Kind"],
    "New-OrchFailure": ["Type"],
    "Add-OrchVerdict": ["Step", "Field", "Operator"],
    "Set-OrchVariable": ["Name"],
    "Remove-OrchVariable": ["Name"],
    "Test-OrchVariable": ["Name"],
    "ConvertTo-OrchPlain": ["Text"],
    "ConvertTo-OrchMessage": ["Text"],
}


def test_what_loses_its_name_is_at_its_place(sample):
    text = render(sample(mode=Mode.INSTALL), "20261124T042501Z-3f9a1c").text
    found = {
        text_of(of_type(function, "function_name")[0]): [
            text_of(variable)[1:]
            for block in of_type(function, "param_block")[:1]
            for parameter in of_type(block, "script_parameter")
            for variable in parameter.children
            if variable.type == "variable"
        ]
        for function in of_type(parse(text), "function_statement")
    }
    for name, first in FIRST.items():
        assert found[name][: len(first)] == first, name


def test_a_plan_that_is_compressed_says_the_same(sample):
    text = render(sample(), "20261124T042501Z-3f9a1c").text
    short = packed(text)
    assert len(short) < len(text)
    assert read_header(short) == read_header(text)
    assert packed(short) == short


def test_a_whole_script_stays_powershell_with_the_same_calls(sample):
    text = render(sample(), "20261124T042501Z-3f9a1c").text
    short = without_comments(plainer(narrower(text)))
    assert len(short) < len(text)
    before, after = ([*of_type(parse(item), "command")] for item in (text, short))
    assert [text_of(node).split()[0] for node in before] == [
        text_of(node).split()[0] for node in after
    ]


VALUES = {"role_arn": "arn:aws:iam::222222222222:role/Test-Switch-Role", "bucket": "a-bucket"}
# It goes every way at once, and the store has no mode but its own.
NOT_INSTALLED = {"parity", "switch-role-sdk-store"}


@pytest.mark.parametrize("shell", list(Shell))
@pytest.mark.parametrize("runbook", sorted({*names()} - NOT_INSTALLED))
def test_every_other_runbook_can_install_its_profile_for_any_user(runbook, shell):
    how = OnTheHost(shell=shell, mode=Mode.INSTALL, host_user="Administrator")
    asked = procedure(find(runbook), VALUES, "ap-northeast-1", how)
    assert render(asked, "20261124T042501Z-3f9a1c").size < LIMIT
