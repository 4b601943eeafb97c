"""Python without its docstrings is the same Python."""

import ast

import pytest

from orchestrator.model.enums import Mode, Platform, Shell
from orchestrator.render import python_source, render
from orchestrator.render.plainpython import plainer_python
from orchestrator.render.wrapped import here_string

RUN = "20261124T042501Z-3f9a1c"


def plain(source: str) -> str | None:
    return python_source(plainer_python(f"$OrchSource = {here_string(source)}\n"))


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("import os\nimport re\nimport os\nx = 1", "import os\nimport re\nx = 1"),
        ("def f():\n    import os\n    import os", "def f():\n    import os\n    import os"),
        (
            'x = "a\\n", r"\\b", "it\'s", \'say "x"\', """d"""',
            'x = \'a\\n\', r"\\b", "it\'s", \'say "x"\', """d"""',
        ),
        ('class A(B):\n    """Two\n    lines."""\n\n\nx = 1', "class A(B):\n    pass\n\n\nx = 1"),
        ('def f():\n    """One."""\n    return f"{x}"', 'def f():\n    return f"{x}"'),
        ('x = {"a": ["b"]}', "x = {'a': ['b']}"),
    ],
)
def test_what_only_a_reader_needs_goes(source, short):
    assert plain(source) == short


@pytest.mark.parametrize("platform", Platform)
@pytest.mark.parametrize("mode", Mode)
def test_a_whole_check_does_the_same(sample, mode, platform):
    given = {"mode": mode, "platform": platform, "host_user": "bob"}
    text = render(sample(Shell.PYTHON, **given), RUN).text
    short = plainer_python(text)
    assert len(short) < len(text)
    before, after = (meant(python_source(item)) for item in (text, short))
    assert before == after


def meant(source: str | None) -> list[str]:
    """Its statements, without docstrings and without a second import of the same."""
    tree = ast.parse(source or "")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    found: list[str] = []
    for node in tree.body:
        said = ast.dump(node)
        if not (isinstance(node, ast.Import | ast.ImportFrom) and said in found):
            found.append(said)
    return found
