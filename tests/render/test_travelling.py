"""What travels to a host inside a script is the code that is tested here, and nothing else."""

import ast
import pkgutil

import pytest

from orchestrator import onhost
from orchestrator.onhost import profilefile, profiletext
from orchestrator.render.modes import TRAVELLERS
from orchestrator.render.travelling import onhost_source

ALL = tuple(info.name for info in pkgutil.iter_modules(onhost.__path__))
LINES = ["[profile p]", "role_arn = r"]


@pytest.mark.parametrize("name", ALL)
def test_it_is_plain_python_that_imports_nothing_of_ours(name):
    tree = ast.parse(onhost_source(name), feature_version=(3, 8))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [module for module in modules if module.startswith("orchestrator")]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert functions
    for node in functions:
        assert ast.get_docstring(node) is None
        given = (*node.args.args, *node.args.kwonlyargs)
        assert node.returns is None
        assert not [item.arg for item in given if item.annotation is not None]


@pytest.mark.parametrize("name", ALL)
def test_it_holds_nothing_that_ssm_or_a_here_string_would_change(name):
    source = onhost_source(name)
    assert source.isascii()
    assert "{{" not in source
    assert "noqa" not in source
    assert not [line for line in source.split("\n") if line.startswith("'@")]


def test_all_of_it_can_be_run_in_one_script():
    names: dict[str, object] = {}
    for name in (*TRAVELLERS, *sorted({*ALL} - {*TRAVELLERS})):
        exec(onhost_source(name), names)
    assert callable(names["answer_of"])


def test_all_of_it_together_does_what_the_modules_do():
    names: dict[str, object] = {}
    exec("\n\n".join(map(onhost_source, TRAVELLERS)), names)
    for before in (None, b"", b"[default]\r\nregion = y", b"[profile p]\na = b\n"):
        there = names["with_block"](before, "p", LINES, replace=True)
        assert there == profiletext.with_block(before, "p", LINES, replace=True)
        assert names["without_block"](there, "p") == profiletext.without_block(there, "p")
    assert names["digest"](b"x") == profilefile.digest(b"x")


def test_no_two_of_them_use_one_name():
    seen: dict[str, str] = {}
    for name in ALL:
        for node in ast.parse(onhost_source(name)).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                assert seen.setdefault(node.name, name) == name, node.name
