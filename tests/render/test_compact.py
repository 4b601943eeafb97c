"""What is made shorter means the same."""

from powershell_grammar import of_type, parse, text_of

from orchestrator.render import read_header, render
from orchestrator.render.compact import joined, narrower, plainer, without_comments
from orchestrator.render.header import packed

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


def test_a_plan_that_is_compressed_says_the_same(sample):
    text = render(sample(), "20261124T042501Z-3f9a1c").text
    short = packed(text)
    assert len(short) < len(text)
    assert read_header(short) == read_header(text)
    assert packed(short) == short


def test_a_whole_script_stays_powershell_with_the_same_calls(sample):
    text = render(sample(), "20261124T042501Z-3f9a1c").text
    short = joined(without_comments(plainer(narrower(text))))
    assert len(short) < len(text)
    before, after = ([*of_type(parse(item), "command")] for item in (text, short))
    assert [text_of(node).split()[0] for node in before] == [
        text_of(node).split()[0] for node in after
    ]


def test_lines_are_joined_at_brackets_alone():
    text = "function A {\n param($B)\n try {\n  C(\n   'x {',\n   'y'\n  )\n } catch {\n"
    text += "  $null = $_\n }\n if ($B) { $null = $_ }\n '{ $null = $_ }'\n}\nB"
    assert joined(text).split("\n") == [
        "function A { param($B)",
        " try { C( 'x {',",
        "   'y' )",
        " } catch { }",
        " if ($B) { }",
        " '{ $null = $_ }' }",
        "B",
    ]
