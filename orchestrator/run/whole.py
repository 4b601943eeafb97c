"""What a host said, from the nearest place that has all of it: a page, the invocation, S3."""

from __future__ import annotations

from dataclasses import dataclass, replace

from orchestrator.envelope import beginnings
from orchestrator.errors import CannotRunError, DeniedError
from orchestrator.model.evidence import Evidence, NoEvidence, Stored
from orchestrator.model.fleet import Invocation
from orchestrator.model.plan import Plan
from orchestrator.observe import read
from orchestrator.ports import Fleet

PAGE_OUTPUT = 2_400
"""Bytes from which on a page's output may have been cut: the agent gives 2,500 with its marks."""

FETCHED_OUTPUT = 23_900
"""The same of GetCommandInvocation, which has 24,000."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was read of one host's output, and where. From ``limit`` bytes on it may be cut."""

    evidence: Evidence | NoEvidence
    source: str
    output: str
    limit: int

    @property
    def maybe_cut(self) -> bool:
        """Whether the host may have said more: behind a whole envelope there may be another."""
        is_long = len(self.output.encode()) >= self.limit
        if isinstance(self.evidence, Evidence):
            return is_long
        return self.evidence.reason == "truncated" or (
            self.evidence.reason == "missing" and is_long
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads what the hosts of a plan said. Each place is asked only if the one before was cut."""

    plan: Plan
    fleet: Fleet

    def whole(self, command_id: str, seen: Invocation) -> Said:
        """All that there is of what the host said, of which a page was ``seen``."""
        said = Said(self._read(seen.output), "ListCommandInvocations", seen.output, PAGE_OUTPUT)
        if said.maybe_cut:
            said = self._fetched(said, command_id, seen.instance_id)
        if said.maybe_cut and self.plan.output_s3.bucket_name:
            said = self._stored(said, command_id, seen.instance_id)
        return said

    def _fetched(self, said: Said, command_id: str, instance_id: str) -> Said:
        try:
            fetched = self.fleet.fetch(command_id, instance_id)
        except CannotRunError as error:
            found = _but(said, error.what)
            return found if found is said else replace(found, source="")
        if fetched is None:
            return said
        output = fetched.output
        return Said(self._read(output), "GetCommandInvocation", output, FETCHED_OUTPUT)

    def _stored(self, said: Said, command_id: str, instance_id: str) -> Said:
        where = self.plan.output_s3
        key = where.key(self.plan.document, command_id, instance_id, self.plan.output_folder)
        url = f"s3://{where.bucket_name}/{key}"
        try:
            output = self.fleet.stored(where.bucket_name, key)
        except DeniedError as error:
            return _but(said, f"{url}: {error.what}", Stored.DENIED)
        except CannotRunError as error:
            return _but(said, f"{url}: {error.what}", Stored.UNREAD)
        if output is None:
            return _but(said, f"{url} is not there", Stored.ABSENT)
        # Whoever may write into the bucket is not asked: what SSM has must be the beginning of it.
        joined = "".join(output.split())
        if not all(begun in joined for begun in beginnings(said.output)):
            evidence: Evidence | NoEvidence = NoEvidence(
                "ambiguous", f"what SSM has of an envelope is not in {url}"
            )
        else:
            evidence = self._read(output)
        if isinstance(evidence, NoEvidence):
            evidence = replace(evidence, stored=Stored.READ)
        return Said(evidence, "S3", output, len(output.encode()) + 1)

    def _read(self, output: str) -> Evidence | NoEvidence:
        return read(output, self.plan.procedure, self.plan.answered_as)


def _but(said: Said, why: str, stored: Stored = Stored.NOT_ASKED) -> Said:
    """What there is, where more could not be read.

    A whole envelope counts. Anything else is cut, for all that anybody knows.
    """
    evidence = said.evidence
    if isinstance(evidence, Evidence):
        return said
    return replace(said, evidence=NoEvidence("truncated", f"{evidence.detail}; {why}", stored))
