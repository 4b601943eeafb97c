"""What the script would load: the AWS modules, as ``modules.ps1.j2`` looks for them."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.enums import Way
from orchestrator.model.procedure import Procedure
from orchestrator.render import modules
from orchestrator.sandbox.host.modules import FAMILIES, loaded
from orchestrator.sandbox.host.standin.errors import CmdletError, as_data


def load(
    procedure: Procedure, environment: Mapping[str, str]
) -> tuple[str | None, Mapping[Way, Mapping[str, object]]]:
    """The module with its version, None for none, and the ways that are missing without it.

    Raises:
        CmdletError: nothing of the procedure can be asked without one.
    """
    ways = [way for way in procedure.ways if way not in {Way.CLI, Way.PYTHON}]
    if not ways:
        return None, {}
    names = modules(procedure)
    if found := loaded(names, environment):
        return " ".join(found), {}
    text = f"none of these is installed: {' and '.join(names)} in one version; "
    error = CmdletError(("orch.ModuleMissing",), text + "; ".join(FAMILIES))
    if len(ways) == len(procedure.ways):
        raise error
    return None, dict.fromkeys(ways, as_data(error, None))
