"""What is published: built from the source archive, installed elsewhere, and run there."""

import ast
import os
import re
import sys
import venv
import zipfile
from email import message_from_bytes
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from support.processes import INSTANCE, call

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
COMES_WITH = {"botocore": "boto3", "werkzeug": "flask"}
"""Packages that another one, which is named, brings along for good."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, made from the source archive as an installer without a wheel would make it."""
    folder = tmp_path_factory.mktemp("dist")
    words = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    built = call(*words)
    assert built.code == 0, built.err + built.out
    assert len(list(folder.glob("orch-*.tar.gz"))) == 1
    (found,) = folder.glob("orch-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Runs words where the wheel alone is installed; what it depends on is borrowed from here."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "venv", with_pip=True, symlinks=os.name != "nt")
    binaries = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    surroundings = {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": "",
        "HOME": str(folder),
    }

    def run(*words):
        return call(*words, cwd=folder, **surroundings)

    pip = ("python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel)
    done = run(*pip)
    assert done.code == 0, done.err
    # Lines of a .pth file are searched last, and the .pth files found there are not obeyed: an
    # editable install of this clone stays out of sight.
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    asked = run("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    Path(asked.out.strip(), "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    return run


def held(wheel):
    """The files of the wheel, by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def metadata(wheel):
    (text,) = (data for name, data in held(wheel).items() if name.endswith("dist-info/METADATA"))
    return message_from_bytes(text)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("templates", "orchestrator/_data/templates"),
        ("runbooks", "orchestrator/_data/runbooks"),
        ("orchestrator", "orchestrator"),
    ],
)
def test_the_wheel_holds_all_of_the_checkout_and_nothing_else(wheel, here, there):
    expected = {
        f"{there}/{path.relative_to(ROOT / here).as_posix()}": path.read_bytes()
        for path in (ROOT / here).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    found = {
        name: data
        for name, data in held(wheel).items()
        if name.startswith(f"{there}/") and (here != "orchestrator" or "/_data/" not in name)
    }
    assert expected
    assert found == expected
    assert {name.split("/")[0].partition("-")[0] for name in held(wheel)} == {
        "orchestrator",
        "orch",
    }


def test_the_wheel_names_what_the_package_imports(wheel):
    required = [line.split(";") for line in metadata(wheel).get_all("Requires-Dist")]
    named = {requirement(line[0]) for line in required if len(line) == 1}
    sandbox = {requirement(line[0]) for line in required if "extra == 'sandbox'" in line[-1]}
    for path in (ROOT / "orchestrator").rglob("*.py"):
        in_sandbox = "sandbox" in path.relative_to(ROOT).parts
        missing = foreign(path) - named - (sandbox if in_sandbox else set())
        assert not missing, path


def requirement(line):
    """The distribution of ``moto[s3]>=5``."""
    return normal(line.partition(">")[0].partition("[")[0].strip())


def normal(name):
    """A distribution's name as all of its spellings are compared (PEP 503)."""
    return re.sub("[-_.]+", "-", name).lower()


def foreign(path):
    """The distributions that a file imports from."""
    tops = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            tops.add(node.module.split(".")[0])
    tops -= {*sys.stdlib_module_names, "orchestrator"}
    known = packages_distributions()
    found = {normal(known[top][0]) for top in tops}
    return {COMES_WITH.get(name, name) for name in found}


def test_the_package_and_its_data_come_from_the_wheel(installed):
    code = (
        "import orchestrator, orchestrator.resources as r, sys; "
        "print(orchestrator.__file__, r.templates_folder(), r.runbooks_folder(), sys.prefix)"
    )
    asked = installed("python", "-c", code)
    *places, prefix = asked.out.split()
    assert len(places) == 3, asked.err
    assert all(Path(place).is_relative_to(prefix) for place in places)


def test_it_tells_the_version_of_the_wheel(installed, wheel):
    assert installed("orch", "--version").out == f"orch {metadata(wheel)['Version']}\n"


def test_its_runbooks_and_its_schema_are_there(installed):
    listed = installed("orch", "runbook", "list")
    for path in (ROOT / "runbooks").glob("*.yaml"):
        assert path.stem in listed.out
    schema = installed("orch", "runbook", "schema")
    assert schema.out == (ROOT / "orchestrator/schemas/runbook.schema.json").read_text()


def test_its_templates_are_there(installed):
    shown = installed("orch", "setup", "show", "operator")
    path = ROOT / "templates/cloudformation/operator-policy.yaml"
    assert shown.out.endswith(path.read_text()), shown.err


@pytest.mark.parametrize("shell", ["powershell", "python"])
def test_the_demo_runs_from_the_wheel(installed, shell):
    run = ("orch", "run", "--instance", INSTANCE, "--shell", shell)
    ended = installed("orch", "sandbox", "exec", "--", *run)
    assert ended.code == 0, ended.err + ended.out
    assert ended.out.startswith("PASS  switch-role on 1 host")
    assert "6 of 6 hold" in ended.out
