"""The PowerShell modules of a host: folders with manifests, as ``Get-Module -ListAvailable`` reads.

``Modules/NAME/VERSION/NAME.psd1``, or ``Modules/NAME/NAME.psd1``. Of a manifest its version counts;
in a folder that is named after another version it is passed over, as PowerShell does it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

USUAL: Mapping[str, str] = {
    "AWS.Tools.Common": "4.1.81",
    "AWS.Tools.S3": "4.1.81",
    "AWS.Tools.SecurityToken": "4.1.81",
}
"""What a host has where nothing is said: the version that was recorded."""

FAMILIES = ("AWSPowerShell.NetCore", "AWSPowerShell")
"""What a script takes where it does not find the modules of AWS.Tools, in this order."""

Version = tuple[int, ...]

_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){1,3}")
_SAID = re.compile(rf"^\s*ModuleVersion\s*=\s*['\"]({_VERSION.pattern})['\"]", re.MULTILINE)


def install(folder: Path, modules: Mapping[str, str]) -> None:
    """Give the host these modules, each in one version."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in modules.items():
        place = folder / name / version
        place.mkdir(parents=True, exist_ok=True)
        text = f"# The stand-in goes by this manifest.\n@{{\n    ModuleVersion = '{version}'\n}}\n"
        (place / f"{name}.psd1").write_text(text, encoding="utf-8")


def versions(name: str, environment: Mapping[str, str]) -> Mapping[Version, str]:
    """The versions of a module, each as four numbers, and as it is written; names have no case."""
    found = {}
    for folder in filter(None, environment.get("PSModulePath", "").split(os.pathsep)):
        for text in _of_folder(Path(folder), name.lower()):
            numbers = [*map(int, text.split(".")), 0, 0, 0]
            found[tuple(numbers[:4])] = text
    return found


def newest(name: str, environment: Mapping[str, str]) -> str | None:
    """The newest version of a module, as it is written; None where there is none."""
    found = versions(name, environment)
    return found[max(found)] if found else None


def loaded(names: Sequence[str], environment: Mapping[str, str]) -> tuple[str, str] | None:
    """The family that a script loads, and its version: see `modules.ps1.j2`.

    All of ``names`` in the newest version that they have in common, else a module of all services.
    """
    each = [versions(name, environment) for name in names]
    together = set(each[0]).intersection(*each[1:])
    if together:
        return "AWS.Tools", each[0][max(together)]
    for family in FAMILIES:
        if version := newest(family, environment):
            return family, version
    return None


def _of_folder(folder: Path, name: str) -> Iterator[str]:
    for module in folder.iterdir() if folder.is_dir() else ():
        if module.name.lower() != name or not module.is_dir():
            continue
        for manifest in (*module.glob("*.psd1"), *module.glob("*/*.psd1")):
            said = _SAID.search(manifest.read_text(encoding="utf-8", errors="replace"))
            fits = manifest.parent == module or (said and manifest.parent.name == said[1])
            if manifest.stem.lower() == name and said and fits:
                yield said[1]
