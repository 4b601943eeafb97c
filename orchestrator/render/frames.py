"""Envelopes that are made beforehand, for a host on which the script cannot make its own."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from orchestrator.envelope import pack
from orchestrator.model.enums import Outcome, Shell
from orchestrator.model.procedure import Procedure
from orchestrator.render.literals import Literal

_STAGES = ("load", "before", "switch", "after", "restore", "total")


def failed_envelope(
    procedure: Procedure, run_id: str, kind: str, message: str, left: Sequence[str] = ()
) -> Literal:
    """An envelope without any observation, whose ``fatal`` is the given kind, e.g. ``orch.X``.

    ``left`` names what may still lie on the host; without it nothing was changed.
    """
    data = {
        "v": 1,
        "verdict": Outcome.UNKNOWN,
        "run": run_id,
        "plan": procedure.sha256(),
        "engine": "python" if procedure.shell is Shell.PYTHON else "powershell",
        "facts": {},
        "settings": {},
        "probes": {},
        "steps": [],
        # Whoever reads it takes what is not judged for unknown.
        "own": {},
        "restored": {
            "state": "failed" if left else "restored",
            "changed": list(left),
            "left": list(left),
        },
        "ms": dict.fromkeys(_STAGES, 0),
        "fatal": {"chain": [kind], "message": base64.b64encode(message.encode()).decode()},
    }
    return Literal(pack(procedure.sha256(), data))
