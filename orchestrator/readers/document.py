"""A comparison as JSON. External ids are told as given or not, never by their value."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.readers.compare import Comparison
from orchestrator.readers.model import Place, Reading


def document(comparison: Comparison) -> Mapping[str, object]:
    """Plain values: ``verdict``, ``profile``, and ``readers`` by name."""
    return {
        "verdict": comparison.verdict,
        "profile": comparison.profile,
        "readers": {item.reader: _reading(item) for item in comparison.readings},
    }


def _reading(item: Reading) -> Mapping[str, object]:
    problem = item.problem
    return {
        "state": item.state,
        "sections": [_place(place) for place in item.sections],
        "role_arn": item.role_arn,
        "source": {"kind": item.source.kind, "name": item.source.name} if item.source else None,
        "role_session_name": item.session_name,
        "external_id_given": item.external_id is not None,
        "mfa_serial": item.mfa_serial,
        "region": item.region,
        "region_from": item.region_from,
        "problem": problem
        and {
            "what": problem.what,
            "mend": problem.mend,
            "place": _place(problem.place),
            "exception": list(problem.exception),
        },
        "notes": [{"what": note.what, "place": _place(note.place)} for note in item.notes],
    }


def _place(place: Place | None) -> Mapping[str, object] | None:
    if place is None:
        return None
    title = {"section": place.title} if place.title else {}
    return {"path": place.path, "line": place.line, **title}
