"""Schedules as people read them, 80 columns wide where it can be."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from orchestrator.model.plan import Permission
from orchestrator.model.schedule import (
    Act,
    Deed,
    Execution,
    SchedulePlan,
    Shown,
    Wanted,
)
from orchestrator.schedules.targeting import targets_words
from orchestrator.wording import place_words

WIDTH = 80

_WHO = {
    "operator": "You, to plan, apply, remove, collect and publish",
    "instance": "The instances' role",
    "target": "The target role",
}
_DEEDS = {
    Deed.MAKE_DOCUMENT: "make the document",
    Deed.ADD_VERSION: "add a version to the document",
    Deed.MAKE_ASSOCIATION: "make the association",
    Deed.UPDATE_ASSOCIATION: "change the association",
    Deed.DELETE_ASSOCIATION: "remove the association",
    Deed.DELETE_DOCUMENT: "remove the document",
}
_DONE = {
    Deed.MAKE_DOCUMENT: "made the document",
    Deed.ADD_VERSION: "added a version to the document",
    Deed.MAKE_ASSOCIATION: "made the association",
    Deed.UPDATE_ASSOCIATION: "changed the association",
    Deed.DELETE_ASSOCIATION: "removed the association",
    Deed.DELETE_DOCUMENT: "removed the document",
}


def wanted_lines(wanted: Wanted, following: str) -> Iterator[str]:
    """What the schedule is to be. ``following`` says when it runs."""
    asked, one = wanted.procedure, wanted.association
    yield f"Schedule {wanted.name} in {place_words(asked.region, wanted.account_role)}"
    yield ""
    yield from _pair("runbook", f"{asked.runbook}, in {asked.shell}, mode {asked.mode}")
    yield from _pair("profile", f"{asked.profile.name}, as it is on the host")
    yield from _pair("role", asked.profile.role_arn)
    yield from _pair("targets", targets_words(one.targets))
    yield from _pair("runs", f"{one.expression}{following}")
    yield from _pair("pace", f"{one.max_concurrency} at once, {one.max_errors} may fail")
    yield from _pair("severity", one.severity)
    yield from _pair("script", f"at most {wanted.timeout} s")
    if one.output_s3.bucket_name:
        where = one.output_s3
        yield from _pair("output", f"all of it goes to s3://{where.bucket_name}/{where.keys}")
    if one.dispatch_role:
        yield from _pair("sent as", one.dispatch_role)
    yield from _pair("plan", "its SHA-256, which the document names, is")
    yield f"    {wanted.plan_sha256}"


def permission_lines(needed: Iterable[Permission]) -> Iterator[str]:
    """Who has to be allowed what, by what it is allowed on."""
    groups: dict[tuple[str, str], list[str]] = {}
    for item in needed:
        groups.setdefault((item.who, item.resource), []).append(item.action)
    yield from ("", "Permissions")
    before = ""
    for (who, resource), actions in groups.items():
        if who != before:
            yield f"  {_WHO[who]}:"
        before = who
        yield from _wrapped(f"on {resource}:", 4)
        yield from _wrapped(", ".join(dict.fromkeys(actions)), 6)


def act_lines(plan: SchedulePlan, *, done: bool) -> Iterator[str]:
    """What is to be done, or was."""
    where = place_words(plan.region, plan.account_role)
    if not plan.acts:
        yield f"Nothing to do: {plan.name} is as it should be in {where}"
        return
    yield f"{'Done' if done else 'To be done'} in {where}"
    for act in plan.acts:
        yield from _act(act, _DONE if done else _DEEDS)


def _act(act: Act, words: dict[Deed, str]) -> Iterator[str]:
    said = f": {act.what}" if act.what else ""
    yield from _wrapped(f"- {words[act.deed]}{said}", 2)
    for change in act.changes:
        yield from _wrapped(change, 6)


def removed_lines(plan: SchedulePlan, *, done: bool) -> Iterator[str]:
    """What a removal takes away, or took."""
    if plan.acts:
        yield from act_lines(plan, done=done)
    else:
        yield f"Nothing of {plan.name} is in {place_words(plan.region, plan.account_role)}"


def shown_lines(name: str, place: str, shown: Shown) -> Iterator[str]:
    """A schedule as State Manager has it, and its newest executions."""
    yield f"Schedule {name} in {place}"
    yield ""
    if not shown.associations:
        yield "  there is a document, and no association: `orch schedule apply` goes on with it"
        return
    for one in shown.associations:
        yield from _pair("targets", targets_words(one.spec.targets))
        only = ", and at no other time" if one.spec.only_at_cron else ""
        when = one.spec.expression or "when it is made or changed, and at no time by itself"
        yield from _pair("runs", f"{when}{only}")
        if shown.following is not None:
            yield from _pair("next", f"about {shown.following:%Y-%m-%d %H:%M} UTC")
        yield from _pair("severity", one.spec.severity)
        count = len(shown.document.versions) if shown.document else 0
        yield from _pair("document", f"version {one.spec.document_version} of {count}")
        yield from _pair("plan", shown.plan_sha256 or "cannot be read from its document")
        yield from _pair("id", one.association_id)
    yield from ("", "Newest executions" if shown.executions else "It has not run yet")
    for item in shown.executions:
        yield f"  {item.created:%Y-%m-%d %H:%M}  {item.execution_id}  {_status(item)}"


def _status(item: Execution) -> str:
    more = f" ({item.details})" if item.details not in {"", item.status} else ""
    return f"{item.status}{more}"


def _pair(label: str, text: str) -> Iterator[str]:
    lines = _wrapped(text, 14) or [""]
    yield f"  {label:<11} {lines[0].strip()}"
    yield from lines[1:]


def _wrapped(text: str, indent: int) -> list[str]:
    """Lines with a hanging indent; a word is never broken, so that it can be copied."""
    return textwrap.wrap(
        "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if indent > 2 else indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def joined(parts: Iterable[Iterable[str]]) -> Iterator[str]:
    """Several of them, an empty line between."""
    for number, lines in enumerate(parts):
        if number:
            yield ""
        yield from lines
