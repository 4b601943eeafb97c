"""Arguments that lose their names reach the same parameters."""

import re
from collections.abc import Iterator

import pytest
from powershell_grammar import of_type, parse, text_of
from tree_sitter import Node

from orchestrator.model.enums import Mode, Platform, Way
from orchestrator.plan import restoring_all, uninstalling
from orchestrator.render import render
from orchestrator.render.places import by_place

RUN = "20261124T042501Z-3f9a1c"
DECLARED = (
    "function Get-OrchX {\n    param([string]$One, [switch]$Is, [string[]]$Two = @(), $Three)\n}\n"
)


@pytest.mark.parametrize(
    ("call", "short"),
    [
        ("Get-OrchX -One 'a b' -Two 'c', 'd' -Three 3", "Get-OrchX 'a b' 'c', 'd' 3"),
        ("Get-OrchX -Two 'a' -One 'b'", "Get-OrchX -Two 'a' -One 'b'"),
        ("Get-OrchX -One 'b' -Three 'a'", "Get-OrchX 'b' -Three 'a'"),
        ("Get-OrchX -One 'b' -Is -Two 'a'", "Get-OrchX 'b' -Is -Two 'a'"),
        ("Get-OrchX -Is -One 'b'", "Get-OrchX -Is -One 'b'"),
        ("Get-OrchX -One $a.B('x) y', 2) -Two @('z')", "Get-OrchX $a.B('x) y', 2) @('z')"),
        ('Get-OrchX -One (Get-OrchX -One "`"-Two ") -Two 2', 'Get-OrchX (Get-OrchX "`"-Two ") 2'),
        (
            "if (Get-OrchX -One $a['b'] -Two 1) { 'Get-OrchX -One 1' }",
            "if (Get-OrchX $a['b'] 1) { 'Get-OrchX -One 1' }",
        ),
        ("Get-OrchX -One { 'a' }", "Get-OrchX -One { 'a' }"),
        ("Get-OrchX -One -1", "Get-OrchX -One -1"),
        ("Get-OrchXs -One 1", "Get-OrchXs -One 1"),
        ("Get-Other -One 1", "Get-Other -One 1"),
    ],
)
def test_a_name_goes_where_its_place_says_the_same(call, short):
    assert by_place(DECLARED + call) == DECLARED + short


SCRIPTS = [{"mode": mode, "host_user": "bob", "way": way} for mode in Mode for way in Way]


@pytest.mark.parametrize("given", SCRIPTS, ids=lambda given: f"{given['mode']}-{given['way']}")
def test_every_call_of_a_script_gives_the_same_to_each_parameter(sample, monkeypatch, given):
    monkeypatch.setattr("orchestrator.render.fitting.LIMIT", 200_000)
    held_to_the_same(render(sample(**given), RUN).text)


@pytest.mark.parametrize("task", ["restore", "uninstall"])
def test_so_it_does_in_a_script_that_puts_back_or_takes_out(task):
    procedure = (
        restoring_all(Platform.WINDOWS, "eu-west-1")
        if task == "restore"
        else uninstalling(Platform.WINDOWS, "eu-west-1", "p", "bob")
    )
    held_to_the_same(render(procedure, RUN).text)


def held_to_the_same(text: str) -> None:
    short = by_place(text)
    assert len(short) < len(text)
    before, after = ([*bound(parse(item))] for item in (text, short))
    assert before == after


def bound(script: Node) -> Iterator[tuple[str, dict[str, str]]]:
    """Each call of a function of the script's own: its name, and what each parameter gets."""
    declared = {
        text_of(of_type(function, "function_name")[0]): [
            (text_of(variable)[1:], "[switch]" in text_of(parameter))
            for block in of_type(function, "param_block")[:1]
            for parameter in of_type(block, "script_parameter")
            for variable in parameter.children
            if variable.type == "variable"
        ]
        for function in of_type(script, "function_statement")
    }
    for command in of_type(script, "command"):
        name = text_of(command.children[0])
        if name in declared:
            yield name, given_to(declared[name], command)


def given_to(declared: list[tuple[str, bool]], command: Node) -> dict[str, str]:
    """As PowerShell binds: what has a name first, then the rest in the order of what is free."""
    named: dict[str, str] = {}
    rest: list[str] = []
    switches = {name for name, is_switch in declared if is_switch}
    waiting = ""
    for text in arguments(command):
        if waiting:
            named[waiting], waiting = text, ""
        elif text.startswith("-"):
            name = text[1:].partition(":")[0]
            if name in switches:
                named[name] = text
            else:
                waiting = name
        else:
            rest.append(text)
    assert not waiting
    free = [name for name, is_switch in declared if not is_switch and name not in named]
    assert len(rest) <= len(free), text_of(command)
    return named | dict(zip(free, rest, strict=False))


def arguments(command: Node) -> Iterator[str]:
    """The command's words; a list with commas is one. Calls inside are compared by themselves."""
    words = [""]
    for elements in (n for n in command.children if n.type == "command_elements"):
        for child in elements.children:
            is_blank = child.type == "command_argument_sep" and not text_of(child).strip(" ")
            if is_blank and not words[-1].endswith(","):
                words.append("")
            elif not is_blank:
                words[-1] += text_of(child)
    yield from (re.sub(r"(?<=\S )-[A-Z]\w+ ", "", word) for word in words if word.strip())
