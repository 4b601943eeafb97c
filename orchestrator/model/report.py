"""The one value that every report is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator.model.enums import OWN_EXIT_CODES, Outcome, sum_of
from orchestrator.model.evidence import Evidence
from orchestrator.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one expectation holds on one host, and by what. Texts are for people.

    One that does not count is about a way to ask that the host does not have.
    """

    expectation: str
    outcome: Outcome
    expected: str
    observed: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is not PASS. ``certain`` is False for a cause that is only possible.

    ``id`` is a name of the catalogue, ``evidence`` what was seen, ``mend`` what can be pasted.
    """

    id: str
    title: str
    evidence: str
    mend: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class HostTask:
    """What became of a task on one host that proves nothing: putting back, taking out.

    PASS: done, or nothing was to be done. FAIL: something is ``left``, each with the way to remove
    it. UNKNOWN: nobody knows, or a run still goes on. ``said`` is the host's own account.
    """

    instance_id: str
    name: str
    outcome: Outcome
    command_id: str | None
    status_details: str
    said: tuple[str, ...]
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostReport:
    """One host's result. ``seconds`` is the script's time on the host as SSM states it.

    ``left`` names what may still lie on the host, each with the way to remove it. ``put_back`` is
    what became of that afterwards, where something was sent to put it back. ``region`` and
    ``account_role`` say where the host is: the operator's own account where the role is empty.
    ``agent_version`` is its SSM agent's, as SSM knows it; empty where SSM was not asked.
    """

    instance_id: str
    name: str
    outcome: Outcome
    command_id: str | None
    status: str
    status_details: str
    response_code: int | None
    evidence: Evidence | None
    verdicts: tuple[Verdict, ...]
    causes: tuple[Cause, ...]
    left: tuple[str, ...] = ()
    seconds: float | None = None
    source: str = ""
    put_back: HostTask | None = None
    region: str = ""
    account_role: str = ""
    agent_version: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One run, after it happened. ``timings`` are seconds by stage, ``api_calls`` are counts.

    There is one plan for each account and region; they ask the same. ``hosts`` may be read from
    the journal one by one, so ``tally`` has counted their outcomes already.
    """

    run_id: str
    plans: tuple[Plan, ...]
    hosts: Sequence[HostReport]
    tally: Mapping[Outcome, int]
    started: datetime
    ended: datetime
    api_calls: Mapping[str, int]
    timings: Mapping[str, float]
    interrupted: bool = False
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """FAIL wins over UNKNOWN, UNKNOWN over PASS; no host at all is UNKNOWN."""
        return sum_of(outcome for outcome, count in self.tally.items() if count)

    @property
    def plan(self) -> Plan:
        """The first of the plans, for what is the same in all of them."""
        return self.plans[0]

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 a check failed, 4 inconclusive, 130 interrupted."""
        if self.interrupted:
            return 130
        return OWN_EXIT_CODES[self.outcome]


@dataclass(frozen=True, slots=True)
class TaskReport:
    """A task on all its hosts."""

    plan: Plan
    hosts: tuple[HostTask, ...]
    api_calls: Mapping[str, int]
    interrupted: bool = False
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """As a run's."""
        return sum_of(host.outcome for host in self.hosts)

    @property
    def exit_code(self) -> int:
        """0 done everywhere, 1 something is left, 4 not known, 130 interrupted."""
        if self.interrupted:
            return 130
        return OWN_EXIT_CODES[self.outcome]
