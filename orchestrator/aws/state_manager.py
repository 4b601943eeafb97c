"""State Manager of one account and region: the port `StateManager`, for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, HTTPClientError, SSLError

from orchestrator.aws.associations import (
    association_of,
    execution_of,
    known_association,
    known_version,
    request_of,
    target_of,
)
from orchestrator.aws.errors import THROTTLED, as_ours, code_of
from orchestrator.aws.paging import pages
from orchestrator.aws.session import READS, SENDS, Access
from orchestrator.errors import CannotRunError, LostAnswerError
from orchestrator.model.schedule import (
    Association,
    Document,
    Execution,
    ExecutionTarget,
    Found,
    KnownAssociation,
    KnownDocument,
)
from orchestrator.ports import Clock
from orchestrator.waiting import try_again

PAGE = 50
"""The largest page of all the calls that list something here."""

_GONE = {"AssociationDoesNotExist", "InvalidDocument", "AssociationExecutionDoesNotExist"}


class AwsStateManager:
    """See `orchestrator.ports.schedules.StateManager` for what each method promises."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._reads = access.client("ssm", READS)
        self._writes = access.client("ssm", SENDS)

    def calls(self) -> Mapping[str, int]:
        """Requests so far, by operation, retries included."""
        return dict(self._access.calls)

    def find(self, name: str) -> Found:
        """The document, what runs it, and the content of the version that is run."""
        document = self.document(name)
        ids = [
            row["AssociationId"]
            for page in self._pages("ListAssociations", _filter("Name", name))
            for row in page.get("Associations", [])
        ]
        found = (self._association(association_id) for association_id in ids)
        associations = tuple(item for item in found if item is not None)
        pinned = next(
            (item.spec.document_version for item in associations if item.spec.name == name), ""
        )
        known = {version.number for version in document.versions} if document else set()
        content = self.content(name, pinned) if pinned in known else ""
        return Found(document, associations, content)

    def _association(self, association_id: str) -> KnownAssociation | None:
        answer = self._read("DescribeAssociation", AssociationId=association_id)
        return known_association(answer["AssociationDescription"]) if answer else None

    def document(self, name: str) -> KnownDocument | None:
        """Its description, and every version it has."""
        answer = self._read("DescribeDocument", Name=name)
        if answer is None:
            return None
        versions = tuple(
            known_version(row)
            for page in self._pages("ListDocumentVersions", {"Name": name, "MaxResults": PAGE})
            for row in page.get("DocumentVersions", [])
        )
        return KnownDocument(name, answer["Document"].get("Description", ""), versions)

    def content(self, name: str, version: str) -> str:
        """The JSON of that version."""
        with as_ours("GetDocument", self._access.region, self._access.profile):
            answer = self._reads.get_document(
                Name=name, DocumentVersion=version, DocumentFormat="JSON"
            )
        return str(answer["Content"])

    def names(self) -> Sequence[str]:
        """Those of associations that are named as their document is."""
        rows = (
            row
            for page in self._pages("ListAssociations", {"MaxResults": PAGE})
            for row in page.get("Associations", [])
        )
        names = (row.get("AssociationName", "") for row in rows if _is_named_alike(row))
        return sorted({name for name in names if name.startswith("orch-")})

    def make_document(self, document: Document) -> str:
        """A command document in JSON."""
        answer = self._write(
            "CreateDocument",
            Name=document.name,
            Content=document.content,
            VersionName=document.label,
            DocumentType="Command",
            DocumentFormat="JSON",
        )
        return str(answer["DocumentDescription"]["DocumentVersion"])

    def add_version(self, document: Document) -> str:
        """The version behind the newest."""
        answer = self._write(
            "UpdateDocument",
            Name=document.name,
            Content=document.content,
            VersionName=document.label,
            DocumentVersion="$LATEST",
            DocumentFormat="JSON",
        )
        return str(answer["DocumentDescription"]["DocumentVersion"])

    def delete_document(self, name: str) -> None:
        """All versions go with it."""
        self._write("DeleteDocument", Name=name)

    def make_association(self, association: Association) -> str:
        """It runs at once, unless it is to run only at the cron's times."""
        answer = self._write("CreateAssociation", **request_of(association))
        return str(answer["AssociationDescription"]["AssociationId"])

    def update_association(self, association_id: str, association: Association) -> None:
        """With everything given again."""
        self._write("UpdateAssociation", AssociationId=association_id, **request_of(association))

    def delete_association(self, association_id: str) -> None:
        """Its history goes with it."""
        self._write("DeleteAssociation", AssociationId=association_id)

    def start(self, association_id: str) -> None:
        """Run it once now."""
        self._write("StartAssociationsOnce", AssociationIds=[association_id])

    def document_versions(self, association_id: str) -> Mapping[str, Association]:
        """What every version of the association was."""
        request = {"AssociationId": association_id, "MaxResults": PAGE}
        return {
            row["AssociationVersion"]: association_of(row)
            for page in self._pages("ListAssociationVersions", request)
            for row in page.get("AssociationVersions", [])
        }

    def executions(self, association_id: str, after: datetime | None) -> Iterator[Execution]:
        """Page by page, in AWS's order."""
        request: dict[str, Any] = {"AssociationId": association_id, "MaxResults": PAGE}
        if after is not None:
            value = after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            request["Filters"] = [{"Key": "CreatedTime", "Value": value, "Type": "GREATER_THAN"}]
        for page in self._pages("DescribeAssociationExecutions", request):
            yield from map(execution_of, page.get("AssociationExecutions", []))

    def targets(self, execution: Execution) -> Sequence[ExecutionTarget]:
        """The instances among what it targeted."""
        request = {
            "AssociationId": execution.association_id,
            "ExecutionId": execution.execution_id,
            "MaxResults": PAGE,
        }
        try:
            return [
                target_of(row)
                for page in self._pages("DescribeAssociationExecutionTargets", request)
                for row in page.get("AssociationExecutionTargets", [])
            ]
        except CannotRunError as error:
            if _is_gone(error.__cause__):
                return []
            raise

    def _pages(self, operation: str, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        return pages(self._access, self._reads, operation, request, whole=True)

    def _read(self, operation: str, **request: Any) -> Any:
        """The answer; None where there is no such thing."""
        with as_ours(operation, self._access.region, self._access.profile):
            try:
                return getattr(self._reads, xform_name(operation))(**request)
            except ClientError as error:
                if _is_gone(error):
                    return None
                raise

    def _write(self, operation: str, **request: Any) -> Any:
        """Throttled requests were not taken, and are sent again; a lost answer is told.

        What is to be deleted, and is gone, is as it should be.
        """
        method: Callable[..., Any] = getattr(self._writes, xform_name(operation))
        with as_ours(operation, self._access.region, self._access.profile):
            try:
                return try_again(
                    lambda: method(**request), when=_throttled, clock=self._clock, attempts=8
                )
            except (HTTPClientError, SSLError) as error:
                raise LostAnswerError(
                    f"it may or may not have been done: {error}",
                    where=f"{operation} in {self._access.region}",
                    mend="run the same command again: it looks first what there is",
                ) from error
            except ClientError as error:
                if operation.startswith("Delete") and _is_gone(error):
                    return None
                raise


def _filter(key: str, value: str) -> Mapping[str, Any]:
    return {"AssociationFilterList": [{"key": key, "value": value}], "MaxResults": PAGE}


def _is_named_alike(row: Mapping[str, Any]) -> bool:
    return bool(row.get("Name")) and row.get("AssociationName") == row.get("Name")


def _is_gone(error: BaseException | None) -> bool:
    return isinstance(error, ClientError) and code_of(error) in _GONE


def _throttled(error: BaseException) -> bool:
    return isinstance(error, ClientError) and code_of(error) in THROTTLED | {"TooManyUpdates"}
