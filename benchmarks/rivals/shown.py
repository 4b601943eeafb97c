"""The figures as tables, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rivals.aims import AIMS
from rivals.cases import NAMES, ORCH, RIVALS
from rivals.found import Figures, of, under

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
    """The same for fifty hosts, with who was wrong."""
    titles = ("", "API calls a host", "wall", "lag, median", "memory", *_WRONG.values())
    rows = []
    for name, title in NAMES.items():
        case = of(cases, name, 50)
        of_wrong = (_wrong(cases, name, fault) for fault in _WRONG)
        lag = _seconds(case["lag_median"])
        rows.append((title, _calls(case), _wall(case), lag, _memory(case), *of_wrong))
    return [titles, *rows]


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
        rows.append((aim.what, f"{aim.most:g}{aim.unit}", f"{found:.3g}{aim.unit}", is_met))
    return [("aim", "at most", "found", ""), *rows]


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
        NAMES[case["strategy"]],
        _calls(case),
        _about(case, f"{case['calls_per_second']:.2f}"),
        _wall(case),
        _about(case, _seconds(first)),
        _about(case, _seconds(case["lag_median"])),
        _about(case, _seconds(case["lag_p95"])),
        _seconds(case["cpu"]) if case["estimated_from"] is None else NOTHING,
        _memory(case),
    )


def _place(case: Figures) -> tuple[int, int]:
    return case["hosts"], [ORCH, *RIVALS].index(case["strategy"])


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
