"""What Windows PowerShell 5.1 would make of every rendered script, told from its grammar.

Every command is a cmdlet of Windows PowerShell 5.1 or of AWS with just these parameters, or one of
the script's own functions. No evidence is compared by operators that go by culture: those pass over
zero-width characters, soft hyphens and NUL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from powershell_grammar import of_type, parse, text_of, walk
from tree_sitter import Node
from unpacking import unpacked

from orchestrator.checks import Check, all_checks
from orchestrator.kinds import KINDS
from orchestrator.model.enums import WAYS_OF, Mode, Phase, Shell, Task, Way
from orchestrator.model.procedure import Step
from orchestrator.render import python_source, render

# Of 5.1.14393 (Windows Server 2016), as PSScriptAnalyzer lists it: all parameters of each cmdlet.
WINDOWS_POWERSHELL = {
    "Get-Acl": "AllCentralAccessPolicies Audit Exclude Filter Include InputObject LiteralPath Path",
    "Set-Acl": "AclObject Exclude Filter Include InputObject LiteralPath Passthru Path",
    "ConvertFrom-Json": "InputObject",
    "ConvertTo-Json": "Compress Depth InputObject",
    "Get-Command": "All ArgumentList CommandType FullyQualifiedModule ListImported Module Name "
    "Noun ParameterName ParameterType ShowCommandInfo Syntax TotalCount Verb",
    "Get-Module": "All CimNamespace CimResourceUri CimSession FullyQualifiedName ListAvailable "
    "Name PSEdition PSSession Refresh",
    "Import-Module": "Alias ArgumentList AsCustomObject Assembly CimNamespace CimResourceUri "
    "CimSession Cmdlet DisableNameChecking Force FullyQualifiedName Function Global MaximumVersion "
    "MinimumVersion ModuleInfo Name NoClobber PSSession PassThru Prefix RequiredVersion Scope "
    "Variable",
    "New-Object": "ArgumentList ComObject Property Strict TypeName",
    "Set-StrictMode": "Off Version",
    "Write-Output": "InputObject NoEnumerate",
}
COMMON = {
    "Debug",
    "ErrorAction",
    "ErrorVariable",
    "OutBuffer",
    "OutVariable",
    "PipelineVariable",
} | {
    "InformationAction",
    "InformationVariable",
    "Verbose",
    "WarningAction",
    "WarningVariable",
}
# Of the AWS Tools, those that are the same in versions 4 and 5.
AWS = {
    "Get-AWSCredential": "ListProfileDetail ProfileName",
    "Get-S3Bucket": "BucketName ProfileName Region",
    "Get-S3Object": "BucketName MaxKey NoAutoIteration ProfileName Region",
    "Get-STSCallerIdentity": "ProfileName Region",
    "Remove-AWSCredentialProfile": "Force ProfileName",
    "Set-AWSCredential": "AccessKey ProfileName RoleArn Scope SecretKey SessionToken SourceProfile "
    "StoreAs",
}
KNOWN = {name: {*words.split()} | COMMON for name, words in (WINDOWS_POWERSHELL | AWS).items()}

SAFE_OPERATORS = {"-is", "-isnot", "-as", "-join"}
NUMBERS_ONLY = {"-eq", "-ne", "-gt", "-ge", "-lt", "-le"}
# Of List, Stack, Stream, TextWriter, Process and Environment, in .NET Framework and in .NET.
GIVES_NOTHING = {
    *("Add", "Clear", "Close", "Delete", "Flush", "SetEnvironmentVariable"),
    *("Kill", "Push", "WaitForExit", "Write", "WriteAllText", "WriteLine"),
}
# A number, null, a value of an enumeration, or what is never text by its name.
NOT_TEXT = re.compile(r"\$null|-?\d+|\[[\w.]+\]::\w+|.*\.(?:Version|Count|Length)")


MODES = [
    {"mode": mode, "host_user": user, "force": force}
    for mode in (Mode.INSTALL, Mode.EXISTING)
    for user in ("", "bob")
    for force in ({False, mode is Mode.INSTALL})
]
TASKS = [
    *({"task": Task.RESTORE, "of_run": run} for run in ("", "20260101T000000Z-abc124")),
    *({"task": Task.UNINSTALL, "mode": Mode.INSTALL, "host_user": u} for u in ("", "bob")),
]


@pytest.fixture(
    params=[
        *({"shell": shell, "way": way} for shell, ways in WAYS_OF.items() for way in ways),
        *({"shell": Shell.POWERSHELL} | mode for mode in MODES),
        *({"shell": Shell.POWERSHELL, "way": Way.PYTHON} | mode for mode in MODES[::2]),
        *({"shell": Shell.POWERSHELL, "steps": (), "expectations": ()} | task for task in TASKS),
        *({"shell": Shell.POWERSHELL, "short": True} | mode for mode in MODES),
        *({"shell": shell, "short": True} for shell in Shell),
        *({"shell": Shell.POWERSHELL, "short": True, "way": way} for way in Way),
    ],
    ids=lambda given: "-".join(str(value) for value in given.values()),
)
def script(request, sample, monkeypatch) -> Node:
    """A way to switch, with every check that there is, before the switch and after it.

    As it is written, or as short as it can be; what is packed then is looked at too.
    """
    # This is about the language. Whether SSM takes so many checks at once is another matter.
    monkeypatch.setattr("orchestrator.render.fitting.LIMIT", 200_000)
    given = {"way": Way.PROFILE, "steps": None} | request.param
    if given["steps"] is None:
        given["steps"] = every_step(given["way"])
    if given.pop("short", False):
        monkeypatch.setattr("orchestrator.render.fitting.ROOM", 200_000)
        monkeypatch.setattr("orchestrator.render.script.LEAST_ROOM", 200_000)
    text = unpacked(render(sample(**given), "20260101T000000Z-abc123"))
    source = python_source(text)
    return parse(text.replace(source, "") if source else text)


def every_step(way: Way = Way.PROFILE) -> tuple[Step, ...]:
    steps = tuple(
        Step(f"{phase}.{check.name}", check.name, phase, _examples(check), way)
        for phase in Phase
        for check in all_checks().values()
    )
    python = {"file": "a.py", "timeout": "10s", "content": "print(1)\n"}
    return (*steps, Step("after.script-2", "script", Phase.AFTER, python, way))


def _examples(check: Check) -> dict[str, str]:
    """Right values; what is read from a file is the user's, and no part of ours."""
    found = {name: KINDS[kind].example for name, kind in check.params.items()}
    return found | ({"content": "'a text'\n# and {{ braces }}"} if "file" in found else {})


def commands(script: Node) -> Iterator[tuple[str, set[str]]]:
    """Each call: the command's name, and the parameters that it is given."""
    for command in of_type(script, "command"):
        name = next(n for n in command.children if n.type in {"command_name", "command_name_expr"})
        elements = [n for n in command.children if n.type == "command_elements"]
        given = [n for each in elements for n in each.children if n.type == "command_parameter"]
        yield text_of(name), {text_of(parameter)[1:] for parameter in given}


def functions(script: Node) -> dict[str, set[str]]:
    """The script's own functions, and the parameters that each declares."""
    return {
        text_of(of_type(function, "function_name")[0]): {
            text_of(variable)[1:]
            for block in of_type(function, "param_block")[:1]
            for parameter in of_type(block, "script_parameter")
            for variable in parameter.children
            if variable.type == "variable"
        }
        for function in of_type(script, "function_statement")
    }


def unknown(script: Node) -> set[tuple[str, str]]:
    """Calls of no known command, and parameters that the command does not have."""
    known = KNOWN | functions(script)
    blocks = {("$Ask", "")}  # a parameter that holds a script block
    return {
        (name, parameter)
        for name, given in commands(script)
        for parameter in (given - known[name] if name in known else {""})
    } - blocks


def by_culture(script: Node) -> set[str]:
    """Comparisons that might be of text."""
    found = {text_of(node) for node in of_type(script, "switch_statement")}
    for node in walk(script):
        operators = [n for n in node.children if n.type == "comparison_operator"]
        for operator in operators:
            word = text_of(operator).lower()
            sides = [text_of(n).strip("() ") for n in node.children if n != operator]
            numbers = word in NUMBERS_ONLY and any(NOT_TEXT.fullmatch(side) for side in sides)
            if word not in SAFE_OPERATORS and not numbers:
                found.add(text_of(node))
    return found


def dropped(script: Node) -> set[str]:
    """Calls of methods that stand alone, and may give back what then is part of the output."""
    found = set()
    for call in of_type(script, "invokation_expression"):
        around = call.parent
        while around and around.type != "statement_list" and around.text == call.text:
            around = around.parent
        method = text_of(next(n for n in call.children if n.type == "member_name"))
        if around and around.type == "statement_list" and method not in GIVES_NOTHING:
            found.add(text_of(call))
    return found


def test_every_command_and_parameter_is_there(script):
    assert unknown(script) == set()


def test_every_function_is_named_as_ours_and_called(script):
    own = functions(script)
    assert own
    assert all(re.fullmatch(r"[A-Z][a-zA-Z]+-Orch[A-Za-z]+", name) for name in own)
    assert own.keys() <= {name for name, _ in commands(script)}


def test_nothing_is_compared_by_culture(script):
    assert by_culture(script) == set()


def test_the_language_mode_is_a_number_before_anything_is_defined(script):
    # [int] is one of the types that a constrained language mode allows; FullLanguage is 0.
    first = of_type(script, "comparison_operator")[0].parent
    assert text_of(first) == "[int]$ExecutionContext.SessionState.LanguageMode -ne 0"


def test_nothing_falls_into_the_output_by_accident(script):
    assert dropped(script) == set()


def test_modules_are_loaded_outside_strict_mode(sample):
    # The manifests of the AWS Tools name ImportGuard.ps1 in ScriptsToProcess, which PowerShell runs
    # in the caller's scope; it asks for a global variable that nobody has set.
    script = parse(render(sample(), "20260101T000000Z-abc123").text)
    words = "Set-StrictMode", "Import-OrchFamily"
    told = [text_of(n) for n in of_type(script, "command") if text_of(n).startswith(words)]
    loading = [line for line in told if line.startswith(words[1])]
    assert len(loading) == 3
    strict = "Set-StrictMode -Version 3.0"
    assert told == [strict, "Set-StrictMode -Off", *loading, strict]


def test_modules_are_loaded_by_their_paths(sample):
    # Import-Module -ModuleInfo drops every IOException, and a file that is missing or does not load
    # is one; the cmdlets would then be looked for in any module that PowerShell finds by itself.
    script = parse(render(sample(), "20260101T000000Z-abc123").text)
    loads = [text_of(n) for n in of_type(script, "command") if "Import-Module" in text_of(n)[:13]]
    assert loads == ["Import-Module -Name $module.Path -DisableNameChecking"]


def test_every_check_is_rendered_in_both_phases(sample):
    steps = every_step()
    script = parse(render(sample(steps=steps), "20260101T000000Z-abc123").text)
    asked = [name for name, _ in commands(script) if name in AWS]
    for check in all_checks().values():
        assert not check.cmdlet or asked.count(check.cmdlet) >= 2
    assert len(steps) == 2 * len(all_checks()) + 1


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("ConvertTo-Json -InputObject $x -AsArray", {("ConvertTo-Json", "AsArray")}),
        ("Get-Module -ListAvailable", set()),
        ("Get-Module -SkipEditionCheck", {("Get-Module", "SkipEditionCheck")}),
        ("Join-String -Separator ','", {("Join-String", "")}),
        ("Get-S3Bucket -BucketName 'b' -ErrorAction Stop", set()),
        ("Get-S3Bucket -Select '*'", {("Get-S3Bucket", "Select")}),
        (
            "if ($true) { @(& { Get-Clipboard }) }",
            {("Get-Clipboard", ""), ("{ Get-Clipboard }", "")},
        ),
        ("function Get-X { param($One) }\nGet-X -One 1 -Two 2", {("Get-X", "Two")}),
        ("function Get-X { param($One) }\nGet-X -One { Get-Y }", {("Get-Y", "")}),
    ],
)
def test_what_5_1_does_not_have_is_found(line, wrong):
    assert unknown(parse(line + "\n")) == wrong


@pytest.mark.parametrize(
    "line",
    [
        "if ($a -eq 'x') { }",
        "if ('FullLanguage' -ne $a) { }",
        "if ($a -CEQ $b) { }",
        "$list -contains $a",
        "$a -in $list",
        "if ($a -like 'x*') { }",
        "if ($a -match 'x') { }",
        "$a -replace 'x', 'y'",
        "if ($a -gt $b) { }",
        "switch ($a) { 'x' { } }",
        "$found = @($list | Where-Object { $_.Name -eq $name })",
    ],
)
def test_a_comparison_by_culture_is_found(line):
    assert len(by_culture(parse(line + "\n"))) == 1


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("$known.Remove($name)", 1),
        ("if ($x) { $known.Remove($name) }", 1),
        ("function Get-X { [System.IO.Directory]::CreateDirectory($path) }", 1),
        ("try { $task.Wait(3) } finally { $client.Close() }", 1),
        ("$null = $known.Remove($name)", 0),
        ("if ($task.Wait(3)) { $list.Add($x) }", 0),
        ("return $list.ToArray()", 0),
        ("$text = $list.ToArray() -join ','", 0),
    ],
)
def test_what_a_method_gives_back_is_found_where_nobody_takes_it(line, found):
    assert len(dropped(parse(line + "\n"))) == found


@pytest.mark.parametrize(
    "line",
    [
        "if ($null -eq $a) { }",
        "if ($a.Length -gt 0 -and ($b.Count) -ne 3) { }",
        "if ($a -is [string]) { }",
        "if ($uri.HostNameType -eq [System.UriHostNameType]::IPv6) { }",
        "if ($one.Version -gt $two.Version) { }",
        "[string]::Equals($a, $b, [System.StringComparison]::Ordinal)",
        "$a -join ','",
    ],
)
def test_numbers_and_null_may_be_compared(line):
    assert by_culture(parse(line + "\n")) == set()
