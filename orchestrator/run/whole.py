"""What a host said, from the nearest place that has all of it: a page, the invocation, S3."""

from __future__ import annotations

from dataclasses import dataclass, replace

from orchestrator.envelope import beginning
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
        """Whether the host may have said more than this."""
        if isinstance(self.evidence, Evidence):
            return False
        is_long = len(self.output.encode()) >= self.limit
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
            return replace(_but(said, error.what), source="")
        if fetched is None:
            return said
        output = fetched.output
        return Said(self._read(output), "GetCommandInvocation", output, FETCHED_OUTPUT)

    def _stored(self, said: Said, command_id: str, instance_id: str) -> Said:
        where = self.plan.output_s3
        key = where.key(self.plan.document, command_id, instance_id)
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
        if beginning(said.output) not in "".join(output.split()):
            evidence: Evidence | NoEvidence = NoEvidence(
                "ambiguous", f"the envelope in {url} begins otherwise than the one that SSM has"
            )
        else:
            evidence = self._read(output)
        if isinstance(evidence, NoEvidence):
            evidence = replace(evidence, stored=Stored.READ)
        return Said(evidence, "S3", output, len(output.encode()) + 1)

    def _read(self, output: str) -> Evidence | NoEvidence:
        return read(output, self.plan.procedure, self.plan.run_id)


def _but(said: Said, why: str, stored: Stored = Stored.NOT_ASKED) -> Said:
    """The same, and cut for all that anybody knows, since more of it could not be read."""
    evidence = said.evidence
    assert isinstance(evidence, NoEvidence)  # else nobody would ask for more
    return replace(said, evidence=NoEvidence("truncated", f"{evidence.detail}; {why}", stored))
