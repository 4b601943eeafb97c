"""`orch explain`: the catalogue of causes."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.errors import UsageError

if TYPE_CHECKING:
    from orchestrator.diagnose import Rule


def add_to(app: typer.Typer) -> None:
    """Give the command to the command line."""
    app.command()(explain)


def explain(
    cause: Annotated[
        str | None, typer.Argument(metavar="[CAUSE]", help="A cause's name, as reports give it.")
    ] = None,
) -> None:
    """Explain a cause: what it means, and how to mend it.

    Without CAUSE all of them are listed, in the order in which they are looked for.

    Example: orch explain assume-role-refused
    """
    from orchestrator.cli.console import columns
    from orchestrator.diagnose import CATALOGUE

    if cause is None:
        lines = list(columns([(rule.name, _title(rule)) for rule in CATALOGUE]))
    else:
        from orchestrator.diagnose.page import entry

        lines = entry(_named(cause))
    for line in lines:
        typer.echo(line)


def _title(rule: Rule) -> str:
    return rule.title if rule.certain else f"{rule.title} (possible)"


def _named(name: str) -> Rule:
    from orchestrator.diagnose import CATALOGUE

    known = {rule.name: rule for rule in CATALOGUE}
    if name in known:
        return known[name]
    close = get_close_matches(name.lower(), known, n=3, cutoff=0.4)
    meant = f"did you mean {', '.join(close)}? " if close else ""
    raise UsageError(
        f"there is no cause {name[:80]!a}",
        where="explain",
        mend=f"{meant}`orch explain` lists all of them",
    )
