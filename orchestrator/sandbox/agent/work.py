"""One command on its way through a host: read, run step by step, told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from orchestrator.ports import Clock
from orchestrator.sandbox.agent import files
from orchestrator.sandbox.agent.document.flow import Fate, Past, Verdict, verdict
from orchestrator.sandbox.agent.document.model import Document, Step
from orchestrator.sandbox.agent.document.payload import read_payload
from orchestrator.sandbox.agent.document.reading import read_document
from orchestrator.sandbox.agent.document.script import PLUGINS
from orchestrator.sandbox.agent.endings import result_of
from orchestrator.sandbox.agent.scripts import LostError, Scripts, Watch
from orchestrator.sandbox.agent.settings import AgentSettings
from orchestrator.sandbox.agent.uploads import Uploads
from orchestrator.sandbox.parts import Host, ParameterStore
from orchestrator.sandbox.runcommand.info import PLATFORMS
from orchestrator.sandbox.runcommand.messages import Order, Reply, Result

_CRASHED = (
    "document process failed unexpectedly: ipc messaging received timeout signal ,"
    " check [ssm-document-worker]/[ssm-session-worker] log for crash reason"
)


@dataclass(slots=True)
class Work:
    """A command that this host took. `run` blocks; `watch` may be used from another thread."""

    host: Host
    order: Order
    document: Document
    uploads: Uploads
    clock: Clock
    settings: AgentSettings
    watch: Watch = field(default_factory=Watch)
    _results: dict[str, Result] = field(default_factory=dict)
    _past: list[Past] = field(default_factory=list)

    def run(self, tell: Callable[[Reply], None]) -> None:
        """Run all steps, and tell of each one's end and of the document's."""
        self.watch.cancelled.wait(self.host.start_delay)
        *before, last = self.document.steps
        try:
            for step in before:
                tell(self._after(self._step(step)))
            replies = [self._after(self._step(last)), self._final()]
        except LostError:
            replies = [self._crashed()]
        for reply in reversed(replies) if self.settings.is_final_first else replies:
            tell(reply)

    def _step(self, step: Step) -> Result:
        began = self.clock.now()
        found = verdict(self.document, step, self._past, self.host.platform)
        result = self._ran(step) if found.fate is Fate.RUN else not_run(step, found)
        result = replace(result, began=began, ended=self.clock.now())
        self._results[step.key] = result
        self._past.append(Past(step, result.status, result.code))
        return result

    def _ran(self, step: Step) -> Result:
        if step.plugin not in PLUGINS:
            words = f"{step.plugin} is not in the sandbox. Step name: {step.key}"
            return Result(step.key, step.plugin, "Failed", 1, output=words)
        orchestration = files.Orchestration(self.host, self.order.command_id)
        scripts = Scripts(self.host, orchestration, self._variables(), self.uploads, self.watch)
        return self.uploads.named_in(result_of(step, scripts.run(step)), step)

    def _after(self, result: Result) -> Reply:
        return Reply("InProgress", result, self._counts())

    def _final(self) -> Reply:
        """With more than one step the final reply says nothing of any of them."""
        only = next(iter(self._results.values())) if len(self._results) == 1 else None
        return Reply(document_status(self._counts()), only, self._counts())

    def _crashed(self) -> Reply:
        """The one reply to a command whose document worker died; the steps' names are lost too."""
        self.watch.cancelled.wait(self.settings.timing.crash)
        lost = [Result(step.key, "", "Failed", 1, output=_CRASHED) for step in self.document.steps]
        return Reply("Failed", lost[0] if len(lost) == 1 else None, {"Failed": len(lost)})

    def _counts(self) -> Mapping[str, int]:
        return Counter(result.status for result in self._results.values())

    def _variables(self) -> Mapping[str, str]:
        """What the agent adds to a script's environment."""
        name, version = PLATFORMS[self.host.platform]
        return {
            "SSM_COMMAND_ID": self.order.command_id,
            "AWS_SSM_INSTANCE_ID": self.host.instance_id,
            "AWS_SSM_REGION_NAME": self.order.region,
            "AWS_SSM_PLATFORM_NAME": name,
            "AWS_SSM_PLATFORM_VERSION": version,
        }


def read_work(
    host: Host, order: Order, store: ParameterStore, clock: Clock, settings: AgentSettings
) -> Work:
    """The work that an order makes. RefusedError where its document cannot be run."""
    payload = read_payload(order.payload)
    document = read_document(payload.content, payload.values, store)
    prefix = PurePosixPath(payload.key_prefix, order.command_id, host.instance_id)
    uploads = Uploads(settings.objects, payload.bucket, str(prefix))
    return Work(host, order, document, uploads, clock, settings)


def not_run(step: Step, found: Verdict) -> Result:
    """What is told of a step that its document skips, or fails before it begins."""
    status, code = ("Skipped", 0) if found.fate is Fate.SKIP else ("Failed", 1)
    return Result(step.key, step.plugin, status, code, output=found.words)


def document_status(counts: Mapping[str, int]) -> str:
    """A document's status: the worst of its steps', and skipped is a kind of success."""
    worst = ("Failed", "TimedOut", "Cancelled")
    return next((status for status in worst if counts.get(status)), "Success")
