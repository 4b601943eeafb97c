"""What is wanted against what there is: the acts that bring it about, and what each changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from orchestrator.errors import CannotRunError
from orchestrator.model.codec import as_data
from orchestrator.model.procedure import Procedure
from orchestrator.model.schedule import (
    Act,
    Association,
    Deed,
    Document,
    Found,
    KnownAssociation,
    Targets,
    Wanted,
)
from orchestrator.schedules.content import mark, read_content
from orchestrator.schedules.targeting import targets_words

_NAMES = {
    "document_version": "document version",
    "expression": "schedule",
    "only_at_cron": "only at the cron's times",
    "max_concurrency": "at once",
    "max_errors": "failures allowed",
    "output_s3": "output",
    "dispatch_role": "dispatch role",
    "sync": "compliance by",
}
_UNUSABLE = {"Failed", "Deleting"}


def applying(wanted: Wanted, found: Found, before: Procedure | None) -> tuple[Act, ...]:
    """What has to be done so that State Manager has it; nothing where it has.

    ``before`` is what the version asks that the association runs now, if that is known.

    Raises:
        CannotRunError: a document of this name is somebody else's.
    """
    _refuse_foreign(wanted.name, found)
    version = serving(wanted.document, found)
    acts = [] if version else [_of_document(wanted, found, before)]
    kept, *extra = ours(wanted.name, found) or (None,)
    if kept is None:
        words = f"{targets_words(wanted.association.targets)}, {wanted.association.expression}"
        acts.append(Act(Deed.MAKE_ASSOCIATION, words))
    else:
        changes = tuple(_changes(kept.spec, wanted.association, version))
        if changes or not version:
            acts.append(Act(Deed.UPDATE_ASSOCIATION, "", changes, kept.association_id))
    return (
        *acts,
        *(_removal(item, "a second one, of an apply that was cut off") for item in extra),
    )


def removing(name: str, found: Found) -> tuple[Act, ...]:
    """What has to be done so that nothing of it is left; nothing where nothing is.

    Raises:
        CannotRunError: a document of this name is somebody else's, or somebody else uses it.
    """
    _refuse_foreign(name, found)
    mine = ours(name, found)
    for other in found.associations:
        if other not in mine:
            what = f"the association {other.spec.name or other.association_id} runs its document"
            mend = f"`aws ssm delete-association --association-id {other.association_id}` first"
            raise CannotRunError(what, where=name, mend=mend)
    acts = [_removal(item, item.spec.expression) for item in mine]
    if found.document is not None:
        count = len(found.document.versions)
        words = "with its 1 version" if count == 1 else f"with all its {count} versions"
        acts.append(Act(Deed.DELETE_DOCUMENT, words))
    return tuple(acts)


def ours(name: str, found: Found) -> tuple[KnownAssociation, ...]:
    """The associations that `orch` has made for the schedule; mostly one, the one to keep first."""
    mine = [item for item in found.associations if item.spec.name == name == item.document]
    return tuple(sorted(mine, key=lambda item: (item.last is None, item.association_id)))


def serving(document: Document, found: Found) -> str:
    """The number of the version that has this content already; empty for none."""
    versions = found.document.versions if found.document else ()
    same = (item for item in versions if item.label == document.label)
    return next((item.number for item in same if item.status not in _UNUSABLE), "")


def is_foreign(name: str, found: Found) -> bool:
    """Whether there is a document of this name that `orch` has not made for the schedule."""
    document = found.document
    return document is not None and not document.description.startswith(mark(name))


def _refuse_foreign(name: str, found: Found) -> None:
    if is_foreign(name, found):
        what = "a document of this name is there, and orch has not made it for this schedule"
        mend = "give the schedule another name: --name orch-..."
        raise CannotRunError(what, where=name, mend=mend)


def _of_document(wanted: Wanted, found: Found, before: Procedure | None) -> Act:
    if found.document is None:
        return Act(Deed.MAKE_DOCUMENT, f"{len(wanted.document.content)} bytes")
    size = f"{len(wanted.document.content)} bytes"
    if before is None:
        return Act(Deed.ADD_VERSION, size)
    why = (*question_changes(before, wanted.procedure), *_unasked(wanted, found.content))
    same = ("the script: rendered differently, for the same question",)
    return Act(Deed.ADD_VERSION, size, why or same)


def _unasked(wanted: Wanted, content: str) -> Iterator[str]:
    """What differs although the question does not."""
    was = read_content(content).timeout
    if was != wanted.timeout:
        yield f"how long the script may run: {was} s -> {wanted.timeout} s"


def _removal(item: KnownAssociation, why: str) -> Act:
    return Act(Deed.DELETE_ASSOCIATION, why, target=item.association_id)


def _changes(old: Association, new: Association, version: str) -> Iterator[str]:
    """What an update changes. A version that is yet to be made is told by the act before."""
    for field in fields(Association):
        was, wanted = getattr(old, field.name), getattr(new, field.name)
        if field.name == "document_version":
            wanted = version or was
        if field.name == "targets":
            was, wanted = _sorted(was), _sorted(wanted)
        if was != wanted:
            name = _NAMES.get(field.name, field.name)
            yield f"{name}: {_words(field.name, was)} -> {_words(field.name, wanted)}"


def _sorted(targets: Targets) -> Targets:
    return tuple(sorted((key, tuple(sorted(values))) for key, values in targets))


def _words(name: str, value: object) -> str:
    if name == "targets":
        return targets_words(value)  # type: ignore[arg-type]  # told apart by name
    if name == "output_s3":
        data = as_data(value)
        return "/".join(filter(None, data.values())) or "none" if isinstance(data, dict) else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "none"


def question_changes(old: Procedure, new: Procedure) -> Iterator[str]:
    """The parts of the question that differ, each with what it was."""
    was, now = dict(_leaves("", as_data(old))), dict(_leaves("", as_data(new)))
    for path in (*now, *(path for path in was if path not in now)):
        if was.get(path) == now.get(path):
            continue
        if path not in was:
            yield f"{path}: new, {now[path]}"
        elif path not in now:
            yield f"{path}: left out"
        else:
            yield f"{path}: {was[path]} -> {now[path]}"


def _leaves(path: str, data: object) -> Iterator[tuple[str, object]]:
    """Every value with the way to it. Items of lists go by their ids, where they have one."""
    if isinstance(data, Mapping):
        for key, item in data.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), item)
    elif isinstance(data, list):
        for number, item in enumerate(data):
            name = item.get("id", number) if isinstance(item, Mapping) else number
            yield from _leaves(f"{path}.{name}", item)
    else:
        yield path, data
