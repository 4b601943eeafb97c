"""``orch runbook``: list, show, check, schema."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    help="Read, check and complete runbooks.", no_args_is_help=True, rich_markup_mode=None
)

_Which = Annotated[str, typer.Argument(metavar="NAME", help="A runbook's name, or a file.")]
_File = Annotated[str, typer.Argument(metavar="FILE", help="A runbook's file, or its name.")]


@app.command("list")
def list_runbooks() -> None:
    """List the built-in runbooks.

    Each with what it proves.

    Example: orch runbook list
    """
    from orchestrator.cli.console import columns
    from orchestrator.runbook import find, names

    for line in columns([(name, find(name).description) for name in names()]):
        typer.echo(line)


@app.command()
def show(name: _Which = "switch-role") -> None:
    """Print a runbook as it is written.

    To read it, or to begin your own with.

    Example: orch runbook show switch-role > my.yaml
    """
    from orchestrator.runbook import checked_text

    typer.echo(checked_text(name), nl=False)


@app.command()
def check(file: _File) -> None:
    """Say all that is wrong with a runbook.

    The exit code is 2 if anything is, else 0.

    Example: orch runbook check my.yaml
    """
    from orchestrator.runbook import find

    runbook = find(file)
    wanted = sum(len(item.wanted) for item in runbook.checks)
    typer.echo(
        f"{runbook.source}: {runbook.name} is right: inputs {len(runbook.inputs)}, "
        f"checks {len(runbook.checks)}, expectations {wanted}"
    )


@app.command()
def schema() -> None:
    """Print the JSON Schema of runbooks.

    Editors complete and check by it.

    Example: orch runbook schema > runbook.schema.json
    """
    import json

    from orchestrator.runbook import schema as made

    typer.echo(json.dumps(made(), indent=2))
