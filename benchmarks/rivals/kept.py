"""The figures as they are kept: `results.json`, and what README, docs and picture say of them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rivals import picture, shown
from rivals.cases import HOST_SECONDS, SEED
from rivals.found import Figures

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results.json"
PICTURE = ROOT / "docs" / "benchmarks.svg"
PAGES: Mapping[Path, Sequence[str]] = {
    ROOT / "README.md": ("machine", "short"),
    ROOT / "docs" / "benchmarks.md": ("machine", "work", "wrong", "aims"),
}
"""The pages, and what stands in them between its markers: where it was measured, and tables."""
BUSY = 0.5


def machine() -> dict[str, Any]:
    """Where it is measured, and how busy that was before."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def keep(on: Mapping[str, Any], cases: Sequence[Figures]) -> None:
    """Write the results, and what is made of them."""
    fleet = {"host_seconds": HOST_SECONDS, "seed": SEED}
    found = {"command": "make bench", "machine": on, "fleet": fleet, "cases": cases}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    publish(found)


def publish(results: Mapping[str, Any]) -> None:
    """Write the pages' tables and the picture."""
    for page, names in PAGES.items():
        page.write_text(filled(page.read_text(), names, results))
    PICTURE.write_text(picture.drawn(results["cases"]))


def read() -> Mapping[str, Any]:
    """The results of the last run."""
    results: Mapping[str, Any] = json.loads(RESULTS.read_text())
    return results


def said_of(machine: Mapping[str, Any]) -> str:
    """Where it was measured, and whether that was to itself."""
    where = f"Measured on {machine['date']} on {machine['cores']} cores, Python {machine['python']}"
    if machine["load_before"] <= BUSY:
        return f"{where}.\n"
    load = f"its load was {machine['load_before']:.1f} before"
    return f"{where}; **the machine was busy** ({load}): all times and lags are too long.\n"


def filled(text: str, names: Sequence[str], results: Mapping[str, Any]) -> str:
    """The page with these between their markers. ValueError where it has not both once."""
    for name in names:
        begin, end = f"<!-- bench {name} -->\n", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the page must hold {begin.strip()} and {end} once each")
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = before + begin + _block(name, results) + end + after
    return text


def _block(name: str, results: Mapping[str, Any]) -> str:
    if name == "machine":
        return said_of(results["machine"])
    return shown.markdown(shown.TABLES[name](results["cases"]))


if __name__ == "__main__":
    # The same figures in a new form.
    publish(read())
