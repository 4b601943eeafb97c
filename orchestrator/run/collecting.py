"""What a schedule has done since it was last looked at, execution by execution.

An execution is a run in the journal, under its own id, from the first look on; it is ended there
when none of its hosts can change any more, and looked at again until then. So whoever is killed in
between, or comes after a month, misses nothing that AWS still shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestrator.errors import CannotRunError, DeniedError, UnreachableError
from orchestrator.model.journal import Closing, KeptRun, ScheduledRun
from orchestrator.model.plan import Plan, Script
from orchestrator.model.report import Report
from orchestrator.model.schedule import Association, Execution, Found, KnownAssociation
from orchestrator.plan import scheduled_plan
from orchestrator.ports import Clock, Fleet, PolicyReader
from orchestrator.ports.schedules import ScheduleJournal, StateManager
from orchestrator.render import read_header
from orchestrator.run.executed import Executed, Judging
from orchestrator.run.hosts import KeptHosts
from orchestrator.run.scheduling import association_of
from orchestrator.schedules import Content, label_of, output_folder, read_content

SHOWN_LATE = timedelta(days=2)
"""How far back executions are looked for that were not shown the last time, and how long one that
is not shown any more is waited for: SSM's lists are eventually consistent."""

FORGOTTEN = timedelta(days=60)
"""After which nothing of an execution can come any more, whatever became of its association."""


@dataclass(frozen=True, slots=True)
class Place:
    """One account and region, and how it is asked."""

    region: str
    account_role: str
    manager: StateManager
    fleet: Fleet
    policies: PolicyReader | None = None


@dataclass(slots=True)
class Collecting:
    """Collects one schedule in one place. ``notes`` are about it as a whole."""

    name: str
    place: Place
    journal: ScheduleJournal
    clock: Clock
    notes: list[str] = field(default_factory=list)
    _contents: dict[str, Content] = field(default_factory=dict)
    _labels: Mapping[str, str] = field(default_factory=dict)
    _versions: Mapping[str, Association] | None = None

    def reports(self, found: Found) -> Iterator[Report]:
        """What is new, oldest first; each is kept when it is given.

        ``found`` is what there is of the schedule.

        Raises:
            CannotRunError: AWS cannot be asked, there is no such schedule, or the journal fails.
        """
        association = association_of(self.name, found)
        versions = found.document.versions if found.document else ()
        self._labels = {version.number: version.label for version in versions}
        self._remember(association.spec.document_version, found.content)
        known = {run.run_id: run for run in self._known()}
        # Another account may have a schedule of the same name: its runs say nothing of this one's.
        mine = [run for run in known.values() if _is_of(run, association)]
        shown = list(self.place.manager.executions(association.association_id, _from(mine)))
        self._note_gap(mine, shown)
        if known and not mine:
            self._note_other(known.values())
        ids = {execution.execution_id for execution in shown}
        for run in known.values():
            if not run.is_ended and run.run_id not in ids and self._is_over(run, association):
                yield self._drop(run)
        pruned = self.journal.pruned(sorted(ids))
        for execution in sorted(shown, key=lambda item: (item.created, item.execution_id)):
            before = known.get(execution.execution_id)
            if execution.execution_id in pruned or (before is not None and before.is_ended):
                continue
            # Another collect may have come first, since this one looked.
            kept = self.journal.load(execution.execution_id)
            if kept is None or kept.closing is None:
                yield self._take(execution, association, kept)

    def _known(self) -> list[ScheduledRun]:
        here = (self.place.region, self.place.account_role)
        runs = self.journal.scheduled(self.name)
        return [run for run in runs if (run.region, run.account_role) == here]

    def _is_over(self, run: ScheduledRun, association: KnownAssociation) -> bool:
        """Whether a run that is not shown any more will not be shown again.

        With somebody else's credentials another association is seen, and says nothing of this. What
        has only just run may be shown again a moment later.
        """
        age = self.clock.now() - run.started
        return age > FORGOTTEN or (_is_of(run, association) and age > SHOWN_LATE)

    def _note_gap(self, runs: Collection[ScheduledRun], shown: list[Execution]) -> None:
        """Say where AWS's history does not reach back to what was collected last."""
        if not runs:
            return
        newest = max(runs, key=lambda run: run.started)
        if any(execution.execution_id == newest.run_id for execution in shown):
            return
        first = min((execution.created for execution in shown), default=None)
        until = "now" if first is None else f"{first:%Y-%m-%d %H:%M} UTC"
        since = f"{newest.started:%Y-%m-%d %H:%M} UTC"
        self.notes.append(
            f"AWS does not show the execution of {since} any more: what ran between it and {until} "
            "cannot be known"
        )

    def _note_other(self, runs: Collection[ScheduledRun]) -> None:
        """Say that what was collected before is of an association that is not this one."""
        newest = max(run.started for run in runs)
        self.notes.append(
            f"the runs that were collected until {newest:%Y-%m-%d %H:%M} UTC are of another "
            "association of this name: it was removed, or is another account's; what it ran since "
            "cannot be known from here"
        )

    def _take(
        self, execution: Execution, association: KnownAssociation, kept: KeptRun | None
    ) -> Report:
        calls = dict(self.place.fleet.calls())
        done = self._executed(execution, association)
        if kept is None:
            self.journal.begin(done.plan, execution.created, {}, asked=False)
        final = self._judging().judge(done) and (execution.final or bool(done.missing))
        vanished = set(kept.plan.targets if kept else ()).difference(done.plan.targets)
        if vanished and self.clock.now() - execution.created <= SHOWN_LATE:
            final = False  # it may be shown again a moment later
        if final and vanished:
            why = "State Manager does not show it in the execution any more"
            only = replace(done.plan, targets=tuple(sorted(vanished)))
            self._judging().drop(only, execution, why)
        notes = [] if final else ["it has not ended yet; `orch collect` looks again"]
        if not done.targets:
            notes.append(f"no host: State Manager says {execution.details or execution.status}")
        over = _last_of(done) if final else None
        return self._report(done.plan, execution.created, notes, calls, over)

    def _judging(self) -> Judging:
        place = self.place
        return Judging(place.fleet, self.journal, self.clock.now(), place.policies)

    def _executed(self, execution: Execution, association: KnownAssociation) -> Executed:
        """What ran then, and on whom. What cannot be read any more cannot be judged by."""
        spec = self._spec(execution.version, association)
        targets = self.place.manager.targets(execution)
        missing = "" if spec else f"version {execution.version} of the association is not shown"
        content = None
        if spec is not None and not spec.document_version.isdigit():
            missing = f"the association ran {spec.document_version or 'no version that is named'}"
            missing += ", and which version that was then is not kept"
        elif spec is not None:
            content, missing = self._content(spec.document_version)
        if content is None:
            # The question that is asked now stands in for the one that cannot be read.
            content, _ = self._content(association.spec.document_version)
        if content is None:
            raise CannotRunError(missing, where=self.name, mend="`orch schedule apply` again")
        ids = [item.instance_id for item in targets]
        plan = self._plan(execution, content, spec or association.spec, ids)
        return Executed(plan, execution, targets, missing)

    def _spec(self, version: str, association: KnownAssociation) -> Association | None:
        if version == association.version:
            return association.spec
        if self._versions is None:
            found = self.place.manager.document_versions(association.association_id)
            self._versions = found
        return self._versions.get(version)

    def _remember(self, version: str, text: str) -> None:
        """What was read already need not be asked again.

        A version is named after its content. One that was edited by hand keeps its header, and may
        ask something else.
        """
        with suppress(ValueError):  # what cannot be read is told where it is needed
            content = read_content(text)
            header = read_header(content.script)
            if self._labels.get(version) == label_of(header.sha256, text):
                self._contents[version] = content

    def _content(self, version: str) -> tuple[Content | None, str]:
        """What that version of the document asks, or why nobody can tell."""
        if version not in self._contents:
            why = "it is not what orch put there"
            try:
                self._remember(version, self.place.manager.content(self.name, version))
            except (UnreachableError, DeniedError):
                raise
            except CannotRunError as error:
                why = error.what
            if version not in self._contents:
                return None, f"version {version} of the document cannot be read: {why}"
        return self._contents[version], ""

    def _plan(
        self, execution: Execution, content: Content, spec: Association, ids: list[str]
    ) -> Plan:
        header, data = read_header(content.script), content.script.encode()
        sha256 = hashlib.sha256(data).hexdigest()
        return scheduled_plan(
            header.procedure,
            Script(content.script, sha256, len(data), run_id=header.run_id),
            execution.execution_id,
            ids,
            schedule=self.name,
            timeout=content.timeout,
            output_folder=output_folder(content.platform),
            output_s3=spec.output_s3,
            account_role=self.place.account_role,
        )

    def _drop(self, run: ScheduledRun) -> Report:
        """An execution that was not at its end, and is not shown any more."""
        kept = self.journal.load(run.run_id)
        assert kept is not None  # it was listed a moment ago
        calls = dict(self.place.fleet.calls())
        why = "its execution is not shown any more"
        gone = Execution(run.run_id, "", "", "Failed", "", run.started)
        self._judging().drop(kept.plan, gone, why)
        return self._report(kept.plan, run.started, [why], calls, run.started)

    def _report(
        self,
        plan: Plan,
        started: datetime,
        notes: list[str],
        calls: Mapping[str, int],
        over: datetime | None,
    ) -> Report:
        """The report, which is also how the run is ended in the journal where it has.

        ``over`` is when State Manager last saw an end in it, however late it is collected; None
        where there is none yet.
        """
        journal, run_id = self.journal, plan.run_id
        hosts = (*plan.targets, *journal.strays(run_id, plan.targets))
        made = {
            operation: count - calls.get(operation, 0)
            for operation, count in self.place.fleet.calls().items()
            if count > calls.get(operation, 0)
        }
        report = Report(
            run_id=run_id,
            plans=(plan,),
            hosts=KeptHosts(journal, run_id, hosts, {}),
            tally=journal.tally(run_id),
            started=started,
            ended=over or self.clock.now(),
            api_calls=made,
            timings={},
            notes=tuple(notes),
        )
        if over is not None:
            closing = Closing(
                ended=report.ended,
                outcome=report.outcome,
                exit_code=report.exit_code,
                api_calls=made,
                timings={},
                interrupted=False,
                notes=report.notes,
            )
            journal.end(run_id, closing)
        return report


def _last_of(done: Executed) -> datetime:
    """When the last of its hosts ended, as far as State Manager says so."""
    return max([done.execution.created, *(item.at for item in done.targets if item.at)])


def _is_of(run: ScheduledRun, association: KnownAssociation) -> bool:
    return run.options.get("association") == association.association_id


def _from(runs: Collection[ScheduledRun]) -> datetime | None:
    """From when on executions are looked for: the oldest that has not ended, or the newest."""
    if not runs:
        return None
    open_since = [run.started for run in runs if not run.is_ended]
    newest = max(run.started for run in runs)
    return min([newest, *open_since]) - SHOWN_LATE
