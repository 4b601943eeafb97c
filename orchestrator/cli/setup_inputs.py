"""What a stack is told: by options, else by orch.toml. All that is wrong is said together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from orchestrator.cli.inputs import Surroundings
from orchestrator.cli.settings import Settings
from orchestrator.errors import UsageError
from orchestrator.kinds import Kind, partition_of, role_parts
from orchestrator.setup import Deployment, Setup, Slot, Value
from orchestrator.setup.kinds import FEATURES, OWN_KINDS


@dataclass(frozen=True, slots=True)
class SetupRequest:
    """What was said on the command line. ``given`` are the options of the stack itself."""

    setup: Setup
    given: Mapping[str, str | Sequence[str] | None]
    stack_name: str | None = None
    profile: str | None = None
    region: str | None = None


_NEVER_EMPTY = {"role-name", "policy-name", "feature"}


class _Given(NamedTuple):
    """A value as it was given, and by whom: an option or a file."""

    value: str
    origin: str


@dataclass(slots=True)
class _Collecting:
    """What is known of one stack so far, and all that is wrong."""

    request: SetupRequest
    around: Surroundings
    problems: list[UsageError] = field(default_factory=list)

    def complain(self, where: str, what: str, mend: str) -> None:
        """Note a mistake."""
        self.problems.append(UsageError(what, where=where, mend=mend))

    def checked(self, option: str, given: _Given, rule: Kind) -> str | None:
        """The value if it is right."""
        try:
            return rule.check(given.value)
        except ValueError as error:
            where = option if given.origin == option else f"{option} (from {given.origin})"
            self.complain(where, str(error), f"e.g. {option} {rule.example}")
            return None


def collect_setup(request: SetupRequest, around: Surroundings, *, show: bool = False) -> Deployment:
    """The stack as it is wanted. To ``show`` it, no region needs to be known.

    Raises:
        UsageError: something is malformed or cannot be meant; the text lists all of it.
        CredentialsError: the AWS profile does not exist.
    """
    collecting = _Collecting(request, around)
    profile = _profile(request, around.settings)
    region = _region(collecting, profile, show=show)
    name = _Given(request.stack_name or request.setup.stack_name, "--stack-name")
    stack_name = collecting.checked("--stack-name", name, OWN_KINDS["stack-name"]) or ""
    values = list(_values(collecting, region))
    _check_external_id(collecting)
    _check_accounts(collecting, values, region)
    if collecting.problems:
        texts = [str(problem) for problem in collecting.problems]
        first, _, mend = texts[-1].rpartition("\n  mend: ")
        raise UsageError("\n".join([*texts[:-1], first]), mend=mend)
    return Deployment(request.setup, stack_name, tuple(values), region, profile)


def _profile(request: SetupRequest, settings: Settings) -> str | None:
    """The profile in the stack's own account."""
    key = "target_profile" if request.setup.name == "b" else "profile"
    return request.profile or settings.values.get(key)


def _region(collecting: _Collecting, profile: str | None, *, show: bool) -> str:
    around, given = collecting.around, collecting.request.region
    found = [_Given(given, "--region")] if given is not None else []
    if "region" in around.settings.values:
        found.append(_Given(around.settings.values["region"], around.settings.origins["region"]))
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if around.environment.get(variable):
            found.append(_Given(around.environment[variable], variable))
    if not found and not show and (named := around.profile_region(profile)):
        found.append(_Given(named, "your AWS profile"))
    if found:
        return collecting.checked("--region", found[0], OWN_KINDS["region"]) or ""
    if not show:
        collecting.complain(
            "--region", "missing: where the stack is to be", "e.g. --region ap-northeast-1"
        )
    return ""


def _values(collecting: _Collecting, region: str) -> Iterator[Value]:
    for slot in collecting.request.setup.slots:
        given = _given(collecting, slot)
        if given is None:
            continue
        parts = [part.strip() for part in given.value.split(",")] if slot.is_list else [given.value]
        if parts == [""] and not slot.needed and slot.kind not in _NEVER_EMPTY:
            # What is given empty is taken out again.
            good = True
        else:
            checks = [
                collecting.checked(slot.option, _Given(part, given.origin), slot.rule)
                for part in parts
            ]
            good = None not in checks
        if good:
            origin = given.origin if given.origin == slot.option else Path(given.origin).name
            yield from _parameters(slot, list(dict.fromkeys(parts)), origin, region)


def _parameters(slot: Slot, parts: list[str], origin: str, region: str) -> Iterator[Value]:
    if slot.kind == "feature":
        for feature, parameter in FEATURES.items():
            yield Value(parameter, "true" if feature in parts else "false", origin)
        return
    if slot.kind == "bucket":
        begin = f"arn:{partition_of(region)}:s3:::"
        parts = [f"{begin}{part}" for part in parts if part]
    yield Value(slot.parameter, ",".join(parts), origin)


def _given(collecting: _Collecting, slot: Slot) -> _Given | None:
    name = slot.option.removeprefix("--").replace("-", "_")
    value = collecting.request.given.get(name)
    if isinstance(value, str):
        return _Given(value, slot.option)
    if value:
        return _Given(",".join(value), slot.option)
    return _setting(collecting.request.setup, slot, collecting.around.settings)


def _setting(setup: Setup, slot: Slot, settings: Settings) -> _Given | None:
    """What orch.toml says of it: the settings of `orch run`, and ``source_role_arn``."""
    values, origins = settings.values, settings.origins
    match setup.name, slot.option:
        case "a", "--target-role-arn":
            key = "role_arn"
        case "b", "--bucket":
            key = "bucket"
        case _, "--output-s3-bucket-name":
            key = "output_s3_bucket_name"
        case _, "--output-s3-key-prefix":
            key = "output_s3_key_prefix"
        case "b", "--source-role-arn" if "source_role_arn" in settings.set:
            return _Given(settings.set["source_role_arn"], origins["set.source_role_arn"])
        case "b", "--role-name" if "role_arn" in values:
            return _role_name(values["role_arn"], origins["role_arn"])
        case _:
            return None
    return _Given(values[key], origins[key]) if key in values else None


def _role_name(arn: str, origin: str) -> _Given | None:
    """The name in the role's ARN; the template makes roles without a path."""
    try:
        parts = role_parts(arn)
    except ValueError:
        return None
    return _Given(parts.name, origin) if parts.path == "/" else None


def _check_external_id(collecting: _Collecting) -> None:
    if collecting.request.given.get("external_id") is not None:
        what = (
            "the hosts' profiles have a credential_source, and tools then send no external id: "
            "a trust policy that asks for one refuses every switch"
        )
        mend = "leave it out; --principal-org-id, --principal-tag or --source-ip narrow the trust"
        collecting.complain("--external-id", what, mend)


def _check_accounts(collecting: _Collecting, values: Sequence[Value], region: str) -> None:
    """What is a role's ARN, and of the wrong account or partition for this stack."""
    arns = {item.parameter: item for item in values if item.parameter.endswith("RoleArn")}
    for item in arns.values():
        for arn in filter(None, item.value.split(",")):
            partition = arn.split(":")[1]
            if region and partition != partition_of(region):
                what = f"{arn} is of the partition {partition}, and {region} is not"
                collecting.complain(item.parameter, what, "roles are switched within one partition")
    source, target = arns.get("SourceRoleArn"), collecting.around.settings.values.get("role_arn")
    if source is not None and target is not None and ":" in target:
        account = target.split(":")[4] if target.count(":") >= 5 else ""
        for arn in source.value.split(","):
            if arn.split(":")[4] == account:
                what = f"{arn} is of account {account}, which is account B itself"
                mend = "give the role of the instances, which is in account A"
                collecting.complain("--source-role-arn", what, mend)
