"""A command's output on its way to S3."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from orchestrator.sandbox.agent.document.model import Step
from orchestrator.sandbox.agent.files import STREAMS, output_parts
from orchestrator.sandbox.parts import ObjectStore
from orchestrator.sandbox.runcommand.messages import Result


@dataclass(frozen=True, slots=True)
class Uploads:
    """Where it goes: ``bucket`` is empty where nothing is to go, ``prefix`` is the command's."""

    objects: ObjectStore
    bucket: str
    prefix: str

    def send(self, folder: Path, step: Step, part: str) -> None:
        """Send the streams that lie in a folder, whole, but none that is empty.

        A failure is no word in any reply: the agent only writes it into its log.
        """
        if not self.bucket:
            return
        for name in STREAMS:
            if data := (folder / name).read_bytes():
                key = self._key(*output_parts(step, part), name)
                with contextlib.suppress(OSError):
                    self.objects.put_object(self.bucket, key, data)

    def named_in(self, result: Result, step: Step) -> Result:
        """The result with the words about where its output lies."""
        if not self.bucket:
            return result
        plugin, part = output_parts(step, _last_part(step))
        return replace(result, bucket=self.bucket, key_prefix=self._key(plugin), step=part)

    def _key(self, *parts: str) -> str:
        return str(PurePosixPath(self.prefix, *parts))


def _last_part(step: Step) -> str:
    """The id of a step's inputs, of the last ones where it has several."""
    properties = step.properties
    last = properties[-1] if isinstance(properties, list) and properties else properties
    return str(last.get("id") or "") if isinstance(last, dict) else ""
