"""What each operation of documents does: from a valid request to its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from orchestrator.sandbox.runcommand.documents.kept import Documents, Kept, Version
from orchestrator.sandbox.runcommand.documents.own import OWNER
from orchestrator.sandbox.runcommand.documents.reading import written
from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.runcommand.paging import one_page
from orchestrator.sandbox.runcommand.tags import given, rows_of

if TYPE_CHECKING:
    from orchestrator.sandbox.runcommand.call import Call

Json = dict[str, Any]

_A_PAGE = 10
_KIND = "Document"
_MADE_WITH = frozenset(
    {
        *("Content", "Name", "DisplayName", "VersionName", "DocumentType", "DocumentFormat"),
        *("TargetType", "Tags", "DocumentVersion"),
    }
)


def create_document(call: Call) -> Json:
    """CreateDocument, of the type Command alone. Tags need leave of their own."""
    name = call.request["Name"]
    call.allow(call.documents.arn(name))
    _refuse_what_is_not_here(call)
    tags = given(call.request.get("Tags", []))
    if tags:
        call.permit("ssm:AddTagsToResource", call.documents.arn(name))
    kept = call.documents.create(name, call.request["Content"], _form(call), **_about(call))
    if tags:
        call.tags.put(_KIND, name, tags)
    return {"DocumentDescription": _description(call, kept, kept.latest, "Creating")}


def update_document(call: Call) -> Json:
    """UpdateDocument: a new version, which is not the default by that.

    Which version is meant where none is named is not documented: here it is the default.
    """
    name = call.request["Name"]
    call.allow(call.documents.arn(name))
    _refuse_what_is_not_here(call)
    followed = call.request.get("DocumentVersion", "")
    text, form = call.request["Content"], _form(call)
    version = call.documents.update(name, followed, text, form, **_about(call))
    kept = call.documents.get(name)
    return {"DocumentDescription": _description(call, kept, version, "Updating")}


def update_document_default_version(call: Call) -> Json:
    """UpdateDocumentDefaultVersion."""
    name = call.request["Name"]
    call.allow(call.documents.arn(name))
    version = call.documents.make_default(name, call.request["DocumentVersion"])
    told = {"Name": name, "DefaultVersion": version.number}
    return {
        "Description": told | ({"DefaultVersionName": version.label} if version.label else {}),
    }


def describe_document(call: Call) -> Json:
    """DescribeDocument."""
    kept, version = _asked(call)
    return {"Document": _description(call, kept, version)}


def get_document(call: Call) -> Json:
    """GetDocument: the text as it was given, or written anew in the other form."""
    kept, version = _asked(call)
    form = call.request.get("DocumentFormat", "JSON")
    if form == "TEXT":
        raise ApiError("ValidationException", "The format TEXT is not of command documents.")
    text = version.text if form == version.form else written(version.document.content, form)
    return {
        "Name": kept.name,
        "CreatedDate": version.created.timestamp(),
        "DocumentVersion": version.number,
        "Status": call.documents.status(version),
        "Content": text,
        "DocumentType": "Command",
        "DocumentFormat": form,
        **_names(version),
    }


def list_documents(call: Call) -> Json:
    """ListDocuments, by name: the default version of each."""
    call.allow("*")
    page, more = one_page(_listed(call), call.request, _A_PAGE)
    return {"DocumentIdentifiers": [_identifier(call, kept) for kept in page], **more}


def list_document_versions(call: Call) -> Json:
    """ListDocumentVersions: the newest first."""
    call.allow(call.documents.arn(call.request["Name"]))
    kept = call.documents.get(call.request["Name"])
    page, more = one_page(reversed(kept.versions), call.request, _A_PAGE)
    rows = [
        {
            "Name": kept.name,
            "DocumentVersion": version.number,
            "CreatedDate": version.created.timestamp(),
            "IsDefaultVersion": version.number == kept.default,
            "DocumentFormat": version.form,
            "Status": call.documents.status(version),
            **_names(version),
        }
        for version in page
    ]
    return {"DocumentVersions": rows, **more}


def delete_document(call: Call) -> Json:
    """DeleteDocument: all of it, or one version."""
    name, request = call.request["Name"], call.request
    call.allow(call.documents.arn(name))
    number, version_name = request.get("DocumentVersion", ""), request.get("VersionName", "")
    call.documents.delete(name, number, version_name)
    if not number and not version_name:
        call.tags.drop(_KIND, name)
    return {}


def arn_if_there(documents: Documents, name: str) -> str | None:
    """The ARN of a document that may have tags, None where there is no such."""
    try:
        documents.changeable(name)
    except ApiError:
        return None
    return documents.arn(name)


def _refuse_what_is_not_here(call: Call) -> None:
    odd = sorted(set(call.request) - _MADE_WITH)
    # A document that names no type is a Command here; AWS's example gives it always.
    kind = call.request.get("DocumentType", "Command")
    if kind != "Command":
        odd.append(f"the DocumentType {kind}")
    if call.request.get("DocumentFormat") == "TEXT":
        odd.append("the DocumentFormat TEXT")
    if odd:
        message = f"{call.operation} with {', '.join(odd)} is not in the sandbox"
        raise ApiError("ValidationException", message)


def _form(call: Call) -> str:
    return str(call.request.get("DocumentFormat", "JSON"))


def _about(call: Call) -> dict[str, str]:
    request = call.request
    return {
        "label": request.get("VersionName", ""),
        "shown_name": request.get("DisplayName", ""),
        "target_type": request.get("TargetType", ""),
    }


def _asked(call: Call) -> tuple[Kept, Version]:
    request = call.request
    call.allow(call.documents.arn(request["Name"]))
    kept = call.documents.get(request["Name"])
    number, name = request.get("DocumentVersion", ""), request.get("VersionName", "")
    return kept, kept.version(number, name)


def _description(call: Call, kept: Kept, version: Version, status: str = "") -> Json:
    document = version.document
    return {
        "Hash": version.sha256,
        "HashType": "Sha256",
        "Owner": kept.owner,
        "Status": status or call.documents.status(version),
        "Description": str(document.content.get("description", "")),
        "Parameters": [_parameter(*item) for item in document.parameters.items()],
        "LatestVersion": kept.latest.number,
        "DefaultVersion": kept.default,
        **_common(kept, version),
        "Tags": rows_of(call.tags.of(_KIND, kept.name)),
    }


def _identifier(call: Call, kept: Kept) -> Json:
    return {
        "Owner": kept.owner,
        **_common(kept, kept.version("")),
        "Tags": rows_of(call.tags.of(_KIND, kept.name)),
    }


def _common(kept: Kept, version: Version) -> Json:
    return {
        "Name": kept.name,
        "CreatedDate": version.created.timestamp(),
        "DocumentVersion": version.number,
        "PlatformTypes": sorted(version.document.platforms),
        "DocumentType": "Command",
        "SchemaVersion": version.document.content["schemaVersion"],
        "DocumentFormat": version.form,
        **({"TargetType": version.target_type} if version.target_type else {}),
        **_names(version),
    }


def _names(version: Version) -> Json:
    names = {"VersionName": version.label, "DisplayName": version.shown_name}
    return {key: value for key, value in names.items() if value}


def _parameter(name: str, definition: Mapping[str, Any]) -> Json:
    row = {"Name": name, "Type": definition["type"]}
    if "description" in definition:
        row["Description"] = str(definition["description"])
    default = definition.get("default")
    if default is not None:
        row["DefaultValue"] = default if isinstance(default, str) else str(default)
    return row


def _listed(call: Call) -> Iterator[Kept]:
    filters = [(f["Key"], f["Values"]) for f in call.request.get("Filters", [])]
    filters += [(f["key"], [f["value"]]) for f in call.request.get("DocumentFilterList", [])]
    tests = [(_filter(call, key), values) for key, values in filters]
    for kept in call.documents.all():
        if all(any(has(kept, value) for value in values) for has, values in tests):
            yield kept


def _filter(call: Call, key: str) -> Callable[[Kept, str], bool]:
    """Whether a document has the value of that filter. InvalidFilterKey."""
    if key.startswith("tag:"):
        tag = key.removeprefix("tag:")
        return lambda kept, value: call.tags.of(_KIND, kept.name).get(tag) == value
    if key not in _FILTERS:
        raise ApiError("InvalidFilterKey", f"There is no filter key {key}.")
    return _FILTERS[key]


def _owner_is(kept: Kept, value: str) -> bool:
    whose = {"Self": kept.owner != OWNER, "Amazon": kept.owner == OWNER, "All": True}
    return whose.get(value, value in {"Private"} and kept.owner != OWNER)


_FILTERS: Mapping[str, Callable[[Kept, str], bool]] = {
    "Name": lambda kept, value: kept.name.startswith(value),
    "Owner": _owner_is,
    "PlatformTypes": lambda kept, value: value in kept.version("").document.platforms,
    "DocumentType": lambda _, value: value == "Command",
    "TargetType": lambda kept, value: kept.version("").target_type == value,
}

OPERATIONS: Mapping[str, Callable[[Any], Json]] = {
    "CreateDocument": create_document,
    "UpdateDocument": update_document,
    "UpdateDocumentDefaultVersion": update_document_default_version,
    "DescribeDocument": describe_document,
    "GetDocument": get_document,
    "ListDocuments": list_documents,
    "ListDocumentVersions": list_document_versions,
    "DeleteDocument": delete_document,
}
