"""The figures as tables, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rivals.aims import AIMS
from rivals.cases import NAMES, ORCH, RIVALS
from rivals.found import Figures, under

Table = Sequence[Sequence[str]]
"""Rows of cells; the first one are the titles."""

NOTHING = "-"


def work(cases: Sequence[Figures]) -> Table:
    """What everybody takes for the same work, on so many hosts."""
    titles = (
        *("hosts", "who", "API calls a host", "a second", "wall", "one command", "lag, median"),
        *("lag, 95 %", "client's CPU", "memory"),
    )
    found = sorted((c for c in cases if not c["fault"]), key=_place)
    return [titles, *(_row(case) for case in found)]


def short(cases: Sequence[Figures]) -> Table:
    """The same for fifty hosts, with who was wrong; with faults nothing was asked before."""
    titles = ("", "API calls a host", "wall", "lag, median", "memory", *_WRONG.values())
    rows = []
    for case in beside(cases, 50):
        of_wrong = (_wrong(cases, case["strategy"], fault) for fault in _WRONG)
        if case["asked_before"]:
            of_wrong = (NOTHING for _ in _WRONG)
        lag = _seconds(case["lag_median"])
        rows.append((title(case), _calls(case), _wall(case), lag, _memory(case), *of_wrong))
    return [titles, *rows]


def beside(cases: Sequence[Figures], hosts: int) -> Sequence[Figures]:
    """The cases on so many hosts where nothing goes wrong, in the order in which they are shown."""
    return sorted((c for c in cases if (c["hosts"], c["fault"]) == (hosts, "")), key=_place)


def title(case: Figures) -> str:
    """Who it was, in Markdown."""
    return NAMES[case["strategy"]] + (", asked before" if case["asked_before"] else "")


def wrong(cases: Sequence[Figures]) -> Table:
    """How many verdicts were wrong, or never came."""
    rows = ((title, *(_wrong(cases, name, f) for f in _WRONG)) for name, title in NAMES.items())
    return [("who", *_WRONG.values()), *rows]


def aims(cases: Sequence[Figures]) -> Table:
    """What `orch` means to be held to, and what came of it."""
    rows = []
    for aim in AIMS:
        found = aim.found(cases)
        is_met = "met" if found <= aim.most else "**missed**"
        bounds = (f"{aim.most:g}{aim.unit}", f"{found:.3g}{aim.unit}")
        rows.append((aim.what, *bounds, is_met, aim.remark(cases)))
    return [("aim", "at most", "found", "", "remark"), *rows]


TABLES: Mapping[str, Callable[[Sequence[Figures]], Table]] = {
    "short": short,
    "work": work,
    "wrong": wrong,
    "aims": aims,
}


def markdown(table: Table) -> str:
    """As a table of a page: numbers to the right, as in every row but the first column."""
    titles, *rows = table
    lines = [titles, [":--" if n == 0 else "--:" for n, _ in enumerate(titles)], *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def text(table: Table) -> str:
    """In columns, for a terminal."""
    plain = [[cell.strip("*`").replace("`", "") for cell in row] for row in table]
    widths = [max(len(row[n]) for row in plain) for n in range(len(plain[0]))]
    return "\n".join(
        "  ".join(cell.ljust(w) if n < 2 else cell.rjust(w) for n, (cell, w) in enumerate(pairs))
        for pairs in ([*zip(row, widths, strict=True)] for row in plain)
    )


_WRONG = {
    "slow": "wrong, modules load in 222 s",
    "throttle": "wrong, every fifth call throttled",
}


def _row(case: Figures) -> Sequence[str]:
    first = case["first_script"] if case["strategy"] != ORCH else None
    return (
        f"{case['hosts']:,}",
        title(case),
        _calls(case),
        _about(case, f"{case['calls_per_second']:.2f}"),
        _wall(case),
        _about(case, _seconds(first)),
        _about(case, _seconds(case["lag_median"])),
        _about(case, _seconds(case["lag_p95"])),
        *((NOTHING, NOTHING) if case["estimated_from"] else (_seconds(case["cpu"]), _memory(case))),
    )


def _place(case: Figures) -> tuple[int, int, bool]:
    return case["hosts"], [ORCH, *RIVALS].index(case["strategy"]), case["asked_before"]


def _wrong(cases: Sequence[Figures], name: str, fault: str) -> str:
    case = under(cases, name, fault)
    return f"{case['wrong']} of {case['hosts']}"


def _about(case: Figures, words: str) -> str:
    """Marked where it is not measured to the end."""
    is_measured = case["estimated_from"] is None or words == NOTHING
    return words if is_measured else f"≈ {words}"


def _calls(case: Figures) -> str:
    return _about(case, f"{case['calls_per_host']:.3g}")


def _wall(case: Figures) -> str:
    return _about(case, _seconds(case["wall"]))


def _memory(case: Figures) -> str:
    return f"{case['memory']:.0f} MiB"


def _seconds(seconds: float | None) -> str:
    return NOTHING if seconds is None else f"{seconds:.1f} s"
