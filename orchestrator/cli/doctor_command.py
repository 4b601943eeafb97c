"""`orch doctor`: everything that a switch needs, looked at without switching."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.option_types import Output, OutputOption
from orchestrator.cli.options import Request, takes_request

if TYPE_CHECKING:
    from orchestrator.cli.preparing import Prepared
    from orchestrator.model.checkup import Checkup
    from orchestrator.model.plan import Plan

NoProbeOption = Annotated[
    bool, typer.Option("--no-probe", help="Send nothing to the host: read EC2, SSM and IAM alone.")
]


def add_to(app: typer.Typer) -> None:
    """Give the command to the command line."""
    app.command()(takes_request(doctor))


def doctor(
    request: Request, output: OutputOption = Output.TEXT, *, no_probe: NoProbeOption = False
) -> None:
    """Examine hosts and roles; switch nothing.

    A line each: the instance, the role in its profile, its metadata, its SSM agent with its version
    and what its role lets it do, the policies of both sides, and the host itself, which is asked
    what a run asks before the switch. Exit codes: 0 every line is right, 1 something is wrong,
    2 usage, 3 could not run, 4 something could not be seen. With --no-probe there is no line for
    the host, and 0 says that all else is right.

    Example: orch doctor --instance i-0d176f4a5f9738429 --target-profile account-b
    """
    from orchestrator.cli.preparing import prepare

    prepared = prepare(request, "orch doctor")
    checkup = _carry_out(prepared, probe=not no_probe)
    from orchestrator.cli.endings import writing
    from orchestrator.report.checkup import document, headline, lines

    with writing(headline(checkup)):
        if output is Output.JSON:
            typer.echo(json.dumps(document(checkup), indent=2))
        else:
            from orchestrator.cli.console import show

            show(lines(checkup))
    raise typer.Exit(checkup.exit_code)


def _carry_out(prepared: Prepared, *, probe: bool) -> Checkup:
    from orchestrator.aws.instances import Ec2InstanceReader
    from orchestrator.cli.edges import edges
    from orchestrator.cli.progress import Progress
    from orchestrator.run import Examination, Readers

    inputs = prepared.inputs
    aws = edges(inputs.profile, inputs.target_profile, inputs.region)
    readers = Readers(Ec2InstanceReader(aws.access), aws.policies)
    with Progress() as progress:
        return Examination(
            plan=prepared.plan,
            probe=_probe(prepared.plan) if probe else None,
            fleet=aws.fleet,
            readers=readers,
            clock=aws.clock,
            listener=progress,
        ).carry_out()


def _probe(plan: Plan) -> Plan:
    """The run's questions before the switch, as a plan of their own."""
    from orchestrator import plan as planning
    from orchestrator.render import render

    asked = planning.before_alone(plan.procedure)
    return planning.plan(
        asked,
        render(asked, plan.run_id),
        plan.run_id,
        plan.targets,
        delivery_timeout=plan.delivery_timeout,
        execution_timeout=plan.execution_timeout,
        output_s3=plan.output_s3,
        restore=plan.restore,
    )
