"""One run of a procedure, from the folder to the evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from orchestrator.checks import all_checks, asked_inside
from orchestrator.model.enums import Phase, Way
from orchestrator.model.procedure import Procedure, Step, stored_profiles
from orchestrator.onhost.proxies import past_proxies
from orchestrator.sandbox.host.standin.errors import (
    GET_CREDENTIAL,
    SET_CREDENTIAL,
    CmdletError,
    as_data,
    cmdlet_class,
)
from orchestrator.sandbox.host.standin.evidence import Evidence
from orchestrator.sandbox.host.standin.files import HostFiles
from orchestrator.sandbox.host.standin.loading import load
from orchestrator.sandbox.host.standin.probes import probe_all
from orchestrator.sandbox.host.standin.profiles import find_profile
from orchestrator.sandbox.host.standin.store import STORE, SdkStore

if TYPE_CHECKING:
    from orchestrator.sandbox.host.standin.calls import Calls
    from orchestrator.sandbox.host.standin.programs import Cli

_INVALID = "System.IO.InvalidDataException"
_REMOVED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)


_NO_CLI = "there is no AWS CLI on this host: no aws on its PATH"
_OF_PROFILES = frozenset({Way.PROFILE, Way.SESSION_DEFAULT})


class Askers(NamedTuple):
    """What answers the steps: what stands in for the cmdlets, and the AWS CLI where it is asked."""

    cmdlets: Calls
    cli: Cli | None


class Session:
    """The process of one script: its environment, its credentials and what it has found so far.

    ``run_id`` names what it stores; ``inner`` is the Python source with which the script asks
    boto3, empty where it does not.
    """

    def __init__(
        self,
        procedure: Procedure,
        environment: Mapping[str, str],
        run_id: str = "run",
        inner: str = "",
    ) -> None:
        self.evidence = Evidence()
        self._procedure = procedure
        self._environment = dict(environment)
        self._stored = stored_profiles(run_id)
        self._inner = inner
        self._missing: dict[Way, Mapping[str, object]] = {}
        self._unfit: dict[Way, Mapping[str, object]] = {}
        self._unreachable: set[str] = set()
        self._folder = Path()

    def run(self, files: HostFiles, keep: Callable[[Evidence], bool]) -> Evidence:
        """Do all of it, in the order of docs/script-contract.md, and restore whatever happens.

        ``keep`` says of the evidence whether an installed profile is proved by it.
        """
        proved = False
        with self.evidence.stage("total"):
            try:
                self._body(files)
                proved = keep(self.evidence)
            except CmdletError as error:
                self.evidence.fatal = as_data(error, None)
            except Exception as error:  # noqa: BLE001 - the envelope must tell of it
                chain = (f"orch.{type(error).__name__}",)
                self.evidence.fatal = as_data(CmdletError(chain, str(error)), None)
            finally:
                with self.evidence.stage("restore"):
                    self.evidence.restored = self._restore(files, keep=proved)
        return self.evidence

    def _body(self, files: HostFiles) -> None:
        self._set_up(files)
        self._folder = Path(files.folder)
        self._probe()
        with self.evidence.stage("load"):
            self.evidence.facts["stood_in_for"], without = load(self._procedure, self._environment)
            self._missing |= without
            cmdlets = self._cmdlets()
        refused = files.touch(self.evidence.facts)
        if refused is not None:
            self._unfit |= dict.fromkeys(Way, refused)
        askers = Askers(cmdlets, self._cli())
        with self.evidence.stage("before"):
            self._ask(Phase.BEFORE, askers)
        with self.evidence.stage("switch"):
            self._switch(askers)
        with self.evidence.stage("after"):
            self._ask(Phase.AFTER, askers)
            if any(map(asked_inside, self._procedure.steps)):
                self._ask_inner()

    def _restore(self, files: HostFiles, *, keep: bool) -> Mapping[str, object]:
        """The store first: off Windows it is a file of the run's own."""
        still: list[str] = []
        is_stored = Way.SDK_STORE in self._procedure.ways and files.is_begun
        if is_stored:
            store = SdkStore(self._environment)
            store.remove(self._stored)
            still = [f"the AWS profile {name} in {STORE}" for name in store.listed(self._stored)]
        found = dict(files.restore(self.evidence.facts, keep=keep, still=still))
        if is_stored:
            found["changed"] = [*found["changed"], f"the AWS profiles {', '.join(self._stored)}"]
        return found

    def _cmdlets(self) -> Calls:
        """What stands in for the module; loading botocore belongs to what is timed."""
        from orchestrator.sandbox.host.standin.calls import Calls

        return Calls(self._procedure.region, self._environment)

    def _cli(self) -> Cli | None:
        from orchestrator.sandbox.host.standin.programs import Cli

        if Way.CLI not in self._procedure.ways:
            return None
        cli = Cli(self._procedure.region, self._environment, self._folder)
        self.evidence.facts["cli_version"] = cli.version
        if cli.program is None:
            self._missing[Way.CLI] = as_data(CmdletError(("orch.CliMissing",), _NO_CLI), None)
        return cli

    def _set_up(self, files: HostFiles) -> None:
        self.evidence.facts.update({"profile": "not asked", "profile_role_arn": None})
        settings = {
            **files.prepare(self.evidence.facts),
            "AWS_RETRY_MODE": "standard",
            "AWS_MAX_ATTEMPTS": "2",
            "AWS_REGION": self._procedure.region,
            "AWS_STS_REGIONAL_ENDPOINTS": "regional",
            **past_proxies(self._environment),
        }
        removed = [name for name in _REMOVED if self._environment.pop(name, None) is not None]
        self._environment.update(settings)
        self.evidence.settings.update(settings | dict.fromkeys(removed, "(removed)"))

    def _probe(self) -> None:
        self.evidence.probes = probe_all(self._procedure.endpoints, self._environment)
        self._unreachable = {
            service for service, said in self.evidence.probes.items() if said.startswith("failed")
        }

    def _switch(self, askers: Askers) -> None:
        if Way.SDK_STORE in self._procedure.ways and Way.SDK_STORE not in self._unfit:
            self._store(askers.cmdlets)
        if _OF_PROFILES.isdisjoint(self._procedure.ways) or self._unfit.keys() >= _OF_PROFILES:
            return
        found = self._ask_profile()
        if found is not None:
            self._unfit |= dict.fromkeys(_OF_PROFILES, found)
        elif Way.SESSION_DEFAULT in self._procedure.ways:
            try:
                askers.cmdlets.set_default(self._procedure.profile.name)
            except CmdletError as error:
                self._unfit[Way.SESSION_DEFAULT] = as_data(error, SET_CREDENTIAL)

    def _store(self, cmdlets: Calls) -> None:
        """Keys from the metadata as one profile, the role as another that rests on it."""
        try:
            keys = cmdlets.instance_keys()
        except CmdletError as error:
            data = as_data(error, None)
            self._unfit[Way.SDK_STORE] = {**data, "chain": ["orch.Metadata", *error.chain]}
            return
        store = SdkStore(self._environment)
        store.put_role(self._stored, self._procedure.profile.role_arn, keys)
        listed = store.listed(self._stored)
        self.evidence.facts["store"] = STORE
        self.evidence.facts["store_listed"] = f"{len(listed)} of 2"
        self.evidence.facts["store_expires"] = keys.expiration
        if len(listed) != len(self._stored):
            text = "Get-AWSCredential -ListProfileDetail does not show both stored profiles"
            self._unfit[Way.SDK_STORE] = as_data(CmdletError(("orch.StoreIncomplete",), text), None)

    def _ask_profile(self) -> Mapping[str, object] | None:
        """Ask ``Get-AWSCredential`` what it makes of the profile; None where it is fit."""
        name, facts = self._procedure.profile.name, self.evidence.facts
        try:
            profile = find_profile(name, self._environment)
        except CmdletError as error:
            data = as_data(error, GET_CREDENTIAL)
            if _INVALID not in error.chain:
                # Not the profile's fault. The steps after the switch will meet it themselves.
                facts["profile_error"] = error.chain[0]
                return None
            facts["profile"] = "invalid"
            return {**data, "chain": ["orch.ProfileInvalid", *error.chain]}
        facts["profile"] = "valid" if profile else "missing"
        if profile:
            facts["profile_role_arn"] = profile.role_arn
            return None
        text = f"Get-AWSCredential finds no profile {name}"
        return as_data(CmdletError(("orch.ProfileMissing",), text), None)

    def _ask(self, phase: Phase, askers: Askers) -> None:
        for step in self._procedure.in_phase(phase):
            if not asked_inside(step):
                begun = time.monotonic()
                result = self._step(step, askers)
                spent = round((time.monotonic() - begun) * 1000)
                self.evidence.steps.append({"id": step.id, "ms": spent, **result})

    def _step(self, step: Step, askers: Askers) -> Mapping[str, object]:
        check = all_checks()[step.check]
        services = {"sts", check.service} if step.phase is Phase.AFTER else {check.service}
        services = services if check.asks_aws else set()
        if obstacle := self._obstacle(step, services):
            return {"state": "skipped", "error": obstacle}
        profile = self._procedure.named_profile(step)
        if profile is not None and step.way is Way.SDK_STORE:
            profile = self._stored[0]
        asker = askers.cli if step.way is Way.CLI and askers.cli else askers.cmdlets
        try:
            if not check.asks_aws:
                return {"state": "ok", "value": self._answer(step, profile)}
            return {"state": "ok", "value": asker.ask(check, step, profile)}
        except CmdletError as error:
            if check.asks_aws and error.is_of_the_network:
                self._unreachable.add("sts" if error.came_while_assuming else check.service)
            is_cmdlet = check.asks_aws and step.way is not Way.CLI
            cmdlet = cmdlet_class(check) if is_cmdlet else None
            return {"state": "error", "error": as_data(error, cmdlet)}

    def _answer(self, step: Step, profile: str | None) -> Mapping[str, object]:
        """What the host itself answers."""
        from orchestrator.sandbox.host.standin.local import Local

        return Local(self._procedure, self._environment, self._folder).ask(step, profile)

    def _ask_inner(self) -> None:
        from orchestrator.sandbox.host.standin.programs import ask_inner

        if Way.PYTHON in self._unfit:
            self._skip_inner(self._unfit[Way.PYTHON])
            return
        try:
            said = ask_inner(self._inner, self._environment)
        except CmdletError as error:
            self._skip_inner(as_data(error, None))
            return
        self.evidence.facts["boto3_version"] = said["boto3"]
        self.evidence.steps += said["steps"]

    def _skip_inner(self, error: Mapping[str, object]) -> None:
        steps = [step for step in self._procedure.steps if asked_inside(step)]
        skipped = {"state": "skipped", "ms": 0, "error": error}
        self.evidence.steps += [{"id": step.id, **skipped} for step in steps]

    def _obstacle(self, step: Step, services: set[str]) -> Mapping[str, object] | None:
        if all_checks()[step.check].of_host:
            return None
        if step.way in self._missing:
            return self._missing[step.way]
        if services and step.phase is Phase.AFTER and step.way in self._unfit:
            return self._unfit[step.way]
        if dead := services & self._unreachable:
            text = f"{min(dead)} did not answer before"
            return as_data(CmdletError(("orch.Unreachable",), text), None)
        return None
