"""The figures as bars: one SVG, readable on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

from rivals.cases import NAMES, ORCH
from rivals.found import Figures, of, under

HOSTS = 50
_LEFT, _TOP, _ROW, _BAR, _PANEL, _GAP = 210, 64, 30, 16, 130, 62
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

Figure = Callable[[Sequence[Figures], str], tuple[float, str]]
"""A strategy's figure, and how it is written."""


def drawn(cases: Sequence[Figures]) -> str:
    """The whole picture as SVG."""
    width = _LEFT + len(_PANELS) * (_PANEL + _GAP)
    height = _TOP + len(NAMES) * _ROW + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{HOSTS} hosts whose scripts take 10 s: orch run beside what people use</title>",
        f"<style>{_STYLE}</style>",
        _text(8, 22, f"before and after a switch on {HOSTS} hosts; shorter is better", "title"),
    ]
    for row, (name, title) in enumerate(NAMES.items()):
        y = _TOP + row * _ROW + _BAR - 3
        parts.append(_text(8, y, title.strip("`"), "title" if name == ORCH else ""))
    for column, (title, figure) in enumerate(_PANELS.items()):
        parts += _panel(_LEFT + column * (_PANEL + _GAP), title, figure, cases)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(x: int, title: str, figure: Figure, cases: Sequence[Figures]) -> list[str]:
    found = {name: figure(cases, name) for name in NAMES}
    longest = max(value for value, _ in found.values()) or 1.0
    bottom = _TOP + len(NAMES) * _ROW - 8
    parts = [_text(x, _TOP - 14, title, "small")]
    parts.append(f'<line class="axis" x1="{x}" y1="{_TOP - 4}" x2="{x}" y2="{bottom}"/>')
    for row, (name, (value, written)) in enumerate(found.items()):
        y, length = _TOP + row * _ROW, round(_PANEL * value / longest, 1)
        kind = "ours" if name == ORCH else "other"
        size = f'width="{length}" height="{_BAR}"'
        parts.append(f'<rect class="{kind}" x="{x}" y="{y}" {size}/>')
        parts.append(_text(x + length + 5, y + _BAR - 3, written))
    return parts


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    styled = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{styled}>{escape(words)}</text>'


def _measured(name: str, unit: str, digits: int) -> Figure:
    def figure(cases: Sequence[Figures], strategy: str) -> tuple[float, str]:
        case = of(cases, strategy, HOSTS)
        return case[name], f"{case[name]:.{digits}f}{unit}"

    return figure


def _wrong(cases: Sequence[Figures], strategy: str) -> tuple[float, str]:
    case = under(cases, strategy, "slow")
    return case["wrong"] / case["hosts"], f"{case['wrong']} of {case['hosts']}"


_PANELS: Mapping[str, Figure] = {
    "API calls a host": _measured("calls_per_host", "", 2),
    "wall": _measured("wall", " s", 0),
    "lag, median": _measured("lag_median", " s", 1),
    "wrong, load of 222 s": _wrong,
}
