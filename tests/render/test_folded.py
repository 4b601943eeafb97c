"""What is packed is what is shown beside the script, and comes out of it again."""

import pytest
from powershell_grammar import of_type, parse, text_of
from unpacking import unpacked

from orchestrator.model.enums import Mode, Platform, Shell
from orchestrator.render import python_source, read_header, render

RUN = "20261124T042501Z-3f9a1c"
HOW = [
    (Shell.POWERSHELL, Platform.WINDOWS, "files.ps1"),
    (Shell.PYTHON, Platform.WINDOWS, "files.py"),
    (Shell.PYTHON, Platform.LINUX, "files.py"),
]


@pytest.fixture(params=HOW, ids=lambda how: "-".join(how[:2]))
def how(request):
    return request.param


@pytest.fixture
def script(sample, how, monkeypatch):
    """A script that is packed because it may not take any room."""
    asked = sample(how[0], platform=how[1], mode=Mode.INSTALL)
    clear = render(asked, RUN)
    monkeypatch.setattr("orchestrator.render.script.LEAST_ROOM", 200_000)
    return asked, clear, render(asked, RUN)


def test_the_whole_of_it_is_the_script_in_the_clear(script, how):
    asked, clear, packed = script
    assert len(packed.text) < len(clear.text)
    assert "# packed" not in clear.text
    assert how[2] in dict(packed.parts)
    assert (clear.packed, packed.packed) == ("", how[2])
    for name in ("def begin_run", "def put_back", "function Enter-OrchFolder"):
        assert (name in clear.text) == (name in unpacked(packed))
        assert name not in packed.text
    assert read_header(packed.text).procedure == asked
    assert clear.sha256 != packed.sha256


def test_the_same_question_gives_the_same_script(script, how):
    asked, _, packed = script
    assert render(asked, RUN) == packed


def test_powershell_reads_it_as_a_block_of_its_own_scope(sample, monkeypatch):
    monkeypatch.setattr("orchestrator.render.script.LEAST_ROOM", 200_000)
    script = render(sample(mode=Mode.INSTALL), RUN)
    blocks = [
        text_of(node)
        for node in of_type(parse(script.text), "command")
        if "scriptblock" in text_of(node)
    ]
    # With a dot: what it defines is the script's own.
    assert blocks == [". ([scriptblock]::Create($OrchReader.ReadToEnd()))"]
    # It comes after the language mode was looked at, and after the trap.
    before = script.text[: script.text.index("$OrchPacked")]
    assert "LanguageMode" in before
    assert "\ntrap {" in before


def test_python_that_is_packed_is_python(sample, monkeypatch):
    monkeypatch.setattr("orchestrator.render.script.LEAST_ROOM", 200_000)
    source = python_source(render(sample(Shell.PYTHON, mode=Mode.INSTALL), RUN).text)
    (line,) = [line for line in source.split("\n") if line.startswith("exec(")]
    names: dict[str, object] = {}
    exec(f"import base64, gzip, os, tempfile\n{line}", names)
    assert callable(names["begin_run"])
    assert callable(names["install_profile"])
