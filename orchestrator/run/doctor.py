"""The examination: what can be read of each host and of both roles, and nothing is switched.

Only one thing is sent to a host: the questions that come before the switch, as a run of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from orchestrator.diagnose.checkup import Examined, examine, wanted_of
from orchestrator.errors import CannotRunError
from orchestrator.model.checkup import Checkup, HostCheckup
from orchestrator.model.plan import Plan
from orchestrator.model.report import HostReport
from orchestrator.ports import Clock, Fleet, InstanceReader, Listener, PolicyReader
from orchestrator.run.runner import run
from orchestrator.run.targets import Targets, sort_targets

_NOT_PROBED = "--no-probe: the hosts were not asked, so nothing is said of what only they know"


@dataclass(frozen=True, slots=True)
class Readers:
    """Where is looked, besides SSM."""

    instances: InstanceReader
    policies: PolicyReader


@dataclass(frozen=True, slots=True)
class Examination:
    """``plan`` is what a run would do; ``probe`` its questions before the switch, None for none."""

    plan: Plan
    probe: Plan | None
    fleet: Fleet
    readers: Readers
    clock: Clock
    listener: Listener

    def carry_out(self) -> Checkup:
        """Examine every target.

        Raises:
            CannotRunError: AWS cannot be asked at all.
        """
        self.listener.stage("check")
        targets = sort_targets(self.plan, self.fleet)
        probed, why = self._probes(targets)
        self.listener.stage("examine")
        hosts = tuple(self._host(target, targets, probed, why) for target in self.plan.targets)
        notes = (*targets.notes, *([_NOT_PROBED] if self.probe is None else []))
        return Checkup(hosts, self.fleet.calls(), notes)

    def _host(
        self, target: str, targets: Targets, probed: Mapping[str, HostReport], why: str
    ) -> HostCheckup:
        unreached = "" if self.probe is None else "not probed: nothing would come of it (see agent)"
        found = Examined(
            plan=self.plan,
            instance=self.readers.instances.read(target),
            managed=targets.managed.get(target),
            asked=targets.asked,
            probe=probed.get(target),
            no_probe=why or unreached,
        )
        access = self.readers.policies.read(wanted_of(found))
        return HostCheckup(target, examine(replace(found, access=access)))

    def _probes(self, targets: Targets) -> tuple[Mapping[str, HostReport], str]:
        """The probe's result by host; and why there is none, where there is none at all."""
        if self.probe is None or not targets.reachable:
            return {}, ""
        try:
            report = run(self.probe, self.fleet, self.clock, self.listener, targets=targets)
        except CannotRunError as error:
            return {}, f"not probed: {error.where}: {error.what}"
        reachable = (host for host in report.hosts if host.instance_id in targets.reachable)
        return {host.instance_id: host for host in reachable}, ""
