"""The figures as bars: one SVG, readable on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

from rivals.cases import ORCH
from rivals.found import Figures, under
from rivals.shown import NOTHING, beside, title

HOSTS = 50
_LEFT, _TOP, _ROW, _BAR, _PANEL, _GAP = 190, 64, 28, 16, 112, 64
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.small { font-size: 12px; fill: #57606a }
.other { fill: #8c959f }
.ours { fill: #0969da }
.axis { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9198a1 }
  .other { fill: #656c76 }
  .ours { fill: #4493f8 }
  .axis { stroke: #3d444d }
}
"""

Figure = Callable[[Sequence[Figures], Figures], tuple[float, str]]
"""A case's figure, and how it is written."""


def drawn(cases: Sequence[Figures]) -> str:
    """The whole picture as SVG."""
    rows = beside(cases, HOSTS)
    width = _LEFT + len(_PANELS) * (_PANEL + _GAP)
    height = _TOP + len(rows) * _ROW + 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{HOSTS} hosts whose scripts take 10 s: orch run beside what people use</title>",
        f"<style>{_STYLE}</style>",
        _text(8, 22, f"before and after a switch on {HOSTS} hosts; shorter is better", "title"),
    ]
    for place, case in enumerate(rows):
        y = _TOP + place * _ROW + _BAR - 3
        kind = "title" if case["strategy"] == ORCH else ""
        parts.append(_text(8, y, title(case).replace("`", ""), kind))
    for column, (name, figure) in enumerate(_PANELS.items()):
        found = [(case["strategy"], *figure(cases, case)) for case in rows]
        parts += _panel(_LEFT + column * (_PANEL + _GAP), name, found)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(x: int, name: str, found: Sequence[tuple[str, float, str]]) -> list[str]:
    longest = max(value for _, value, _ in found) or 1.0
    bottom = _TOP + (len(found) - 1) * _ROW + _BAR + 4
    parts = [_text(x, _TOP - 14, name, "small")]
    for place, (strategy, value, written) in enumerate(found):
        y, length = _TOP + place * _ROW, round(_PANEL * value / longest, 1)
        kind = "ours" if strategy == ORCH else "other"
        parts.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{length}" height="{_BAR}"/>')
        parts.append(_text(x + length + 5, y + _BAR - 3, written))
    # Above the bars, so that the shortest of them do not hide it.
    parts.append(f'<line class="axis" x1="{x}" y1="{_TOP - 4}" x2="{x}" y2="{bottom}"/>')
    return parts


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    styled = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{styled}>{escape(words)}</text>'


def _measured(name: str, unit: str, digits: int) -> Figure:
    def figure(_: Sequence[Figures], case: Figures) -> tuple[float, str]:
        return case[name], f"{case[name]:.{digits}f}{unit}"

    return figure


def _wrong(cases: Sequence[Figures], case: Figures) -> tuple[float, str]:
    if case["asked_before"]:
        return 0.0, NOTHING
    slow = under(cases, case["strategy"], "slow")
    return slow["wrong"] / slow["hosts"], f"{slow['wrong']} of {slow['hosts']}"


_PANELS: Mapping[str, Figure] = {
    "API calls a host": _measured("calls_per_host", "", 2),
    "wall": _measured("wall", " s", 0),
    "lag, median": _measured("lag_median", " s", 1),
    "wrong, slow modules": _wrong,
}
