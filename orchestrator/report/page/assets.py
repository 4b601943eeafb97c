"""The page's own style and scripts, and the policy that allows these and nothing else."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from markupsafe import Markup

from orchestrator.model.enums import Outcome
from orchestrator.resources import templates_folder

_STYLES = ("base.css", "verdict.css", "hosts.css", "detail.css", "drawings.css", "print.css")
_SCRIPTS = ("say.js", "copy.js", "rows.js", "filters.js", "unpack.js", "keys.js", "start.js")

_ICONS = {
    Outcome.PASS: '<path d="m4 8.5 3 3 5-6.5" fill="none" stroke="#fff" stroke-width="2"/>',
    Outcome.FAIL: '<path d="m5 5 6 6m0-6-6 6" fill="none" stroke="#fff" stroke-width="2"/>',
    Outcome.UNKNOWN: '<path d="M4 8h8" fill="none" stroke="#fff" stroke-width="2"/>',
}
_COLOURS = {Outcome.PASS: "#1a6b42", Outcome.FAIL: "#b3261e", Outcome.UNKNOWN: "#8a5a00"}


@dataclass(frozen=True, slots=True)
class Assets:
    """``early`` is the script that runs before anything is seen, ``late`` the rest.

    ``policy`` is the Content-Security-Policy, ``icon`` a data URL of the outcome's mark.
    """

    style: Markup
    early: Markup
    late: Markup
    policy: str
    icon: str


@cache
def assets(outcome: Outcome) -> Assets:
    """What the page of a run with that outcome holds."""
    style = "\n".join(_text(name) for name in _STYLES)
    early = _alone(_text("theme.js"))
    late = _alone("\n".join(_text(name) for name in _SCRIPTS))
    policy = (
        "default-src 'none'",
        f"style-src {_hash(style)}",
        f"script-src {_hash(early)} {_hash(late)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return Assets(Markup(style), Markup(early), Markup(late), "; ".join(policy), _icon(outcome))  # noqa: S704 - files of ours


def _text(name: str) -> str:
    return (templates_folder() / "report" / name).read_text(encoding="utf-8")


def _alone(script: str) -> str:
    """The script in a scope of its own."""
    return f'(() => {{\n"use strict";\n{script}}})();\n'


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _icon(outcome: Outcome) -> str:
    ground = f'<rect width="16" height="16" rx="4" fill="{_COLOURS[outcome]}"/>'
    around = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    return f"data:image/svg+xml,{quote(f'{around}{ground}{_ICONS[outcome]}</svg>')}"
