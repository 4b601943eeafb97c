"""`orch report`: a run's report in another form, later."""

from __future__ import annotations

import typer

from orchestrator.cli.reporting import QuietOption, Reporting, ReportOption, wanted
from orchestrator.cli.runs_commands import RunArgument, find_run, report_of
from orchestrator.cli.state import open_journal
from orchestrator.errors import UsageError


def add_to(app: typer.Typer) -> None:
    """Give the command to the command line."""
    app.command()(report)


def report(run: RunArgument, *, report: ReportOption = None, quiet: QuietOption = False) -> None:
    """Write a run's report in other forms, any time after it.

    It is made from what is kept of the run; no host is asked. Exit codes: 0 all is written,
    whatever the verdict (`orch runs show` ends with the run's own), 2 usage, 3 something could not
    be written.

    Example: orch report latest --report junit:results.xml

    Example: orch report latest --report sarif:- | less
    """
    if not report:
        mend = "write e.g. --report json:report.json; docs/reports.md lists the kinds"
        raise UsageError("no report is named", where="--report", mend=mend)
    found = wanted(report)
    journal = open_journal()
    kept = report_of(journal, find_run(journal, run))
    Reporting(wanted=found, quiet=quiet, files_only=True).tell(kept)
