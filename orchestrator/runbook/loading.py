"""From a runbook's text to the `Runbook`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.checks import all_checks
from orchestrator.errors import UsageError
from orchestrator.model.enums import Operator, Phase, Way
from orchestrator.model.procedure import ANSWER
from orchestrator.model.runbook import Runbook, RunbookCheck, RunbookInput, RunbookProfile, Wanted
from orchestrator.runbook.document import Document, read
from orchestrator.runbook.fitting import fit, parts_of
from orchestrator.runbook.meaning import Files, problems_of
from orchestrator.runbook.problems import Problem, failure
from orchestrator.runbook.shape import CheckForm, RunbookForm


def _no_files(_name: str) -> str:
    raise UsageError("this runbook has no folder", mend="load it from a file")


def load(text: str, source: str, files: Files = _no_files) -> Runbook:
    """The runbook that this YAML is. ``source`` names the file in messages.

    ``files`` reads what the runbook's checks carry with them: a path of its folder gives a text.

    Raises:
        UsageError: it is none; the text lists every mistake with its line, key and mend.
    """
    document = read(text)
    if not isinstance(document.data, dict):
        raise failure(document.problems or [_not_one(document)], source)
    form = fit(document)
    unfit = form if isinstance(form, list) else []
    problems = [*document.problems, *unfit, *problems_of(parts_of(document.data), document, files)]
    if problems or isinstance(form, list):
        raise failure(problems, source)
    return _runbook(form, source, files)


def _not_one(document: Document) -> Problem:
    mend = "begin with the line `orch: 1`; `orch runbook show switch-role` shows a whole one"
    return document.problem((), "this is not a runbook", mend)


def _runbook(form: RunbookForm, source: str, files: Files) -> Runbook:
    return Runbook(
        name=form.name,
        description=form.description.strip(),
        inputs=tuple(
            RunbookInput(name, item.kind, item.help.strip(), item.default, item.example)
            for name, item in form.inputs.items()
        ),
        profile=RunbookProfile(
            form.profile.name, form.profile.role_arn, form.profile.credential_source
        ),
        checks=tuple(
            RunbookCheck(item.check, dict(item.with_), tuple(_wanted(item)), _carried(item, files))
            for item in form.checks
        ),
        ways=tuple(Way(way) for way in form.ways or [form.way or "profile"]),
        source=source,
    )


def _carried(item: CheckForm, files: Files) -> Mapping[str, str]:
    """The text of the file that the check names, as the parameter ``content``."""
    for name, kind in all_checks()[item.check].params.items():
        if kind == "file":
            return {"content": files(item.with_[name])}
    return {}


def _wanted(item: CheckForm) -> Iterator[Wanted]:
    for phase, wanted in ((Phase.BEFORE, item.before), (Phase.AFTER, item.after)):
        if isinstance(wanted, str):
            yield Wanted(phase, ANSWER, Operator(wanted))
            continue
        for field, expected in wanted.items():
            if isinstance(expected, str):
                yield Wanted(phase, field, Operator(expected))
            else:
                ((key, value),) = expected.model_dump().items()
                yield Wanted(phase, field, Operator(key), value)
