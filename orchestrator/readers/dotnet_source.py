"""Where the SDK for .NET takes a profile's first credentials from (AWSCredentialsFactory.cs)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.kinds import shown
from orchestrator.readers.dotnet_kinds import kind_of, wrong_keys
from orchestrator.readers.dotnet_store import INVALID, OPERATION, Profile, Refused, Store
from orchestrator.readers.model import Problem, Source, SourceKind

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
SOURCES = ("Ec2InstanceMetadata", "Environment", "EcsContainer")
_MENDS = {
    frozenset({"external_id"}): (
        "delete it; if the trust policy wants it, take Use-STSRole -ExternalId and -Credential"
    ),
    frozenset({"mfa_serial"}): "delete it: an instance has no MFA device",
}


def source_of(store: Store, profile: Profile) -> Source:
    """Where the profile's credentials come from; `Refused` where .NET throws.

    Source profiles are followed to the last one: each must be valid, and none may come twice.
    """
    trail: list[Profile] = []
    sources: list[Source] = []
    current = profile
    try:
        while True:
            sources.append(_own_source(store, current))
            if sources[-1].kind is not SourceKind.SOURCE_PROFILE:
                return sources[0]
            if any(current.name == earlier.name for earlier in trail):
                raise Refused(_circle(current))
            trail.append(current)
            current = _source_profile(store, sources[-1].name)
    except Refused as refused:
        raise Refused(_seen_from(trail, refused.problem)) from None


def _own_source(store: Store, profile: Profile) -> Source:
    kind = kind_of(profile.entries)
    if kind is None:
        raise Refused(_wrong_combination(profile))
    if kind is SourceKind.CREDENTIAL_SOURCE:
        return Source(kind, _credential_source(store, profile))
    if kind is SourceKind.SOURCE_PROFILE:
        return Source(kind, profile.value("source_profile") or "")
    return Source(kind)


def _wrong_combination(profile: Profile) -> Problem:
    many, few = wrong_keys(profile.entries)
    said = (
        f"Credential profile [{profile.name}] is not valid.  Please ensure the profile contains a "
        "valid combination of properties."
    )
    if not many:
        lacks = " and ".join(sorted(few))
        return Problem(f"it has no {lacks}", f"add {lacks}", profile.sections[0], (INVALID,), said)
    first = min(many, key=lambda key: profile.place(key).line)
    names = " and ".join(sorted(many))
    what = f"{names} may not stand in such a profile"
    mend = _MENDS.get(many, f"delete {names}")
    return Problem(what, mend, profile.place(first), (INVALID,), said)


def _circle(profile: Profile) -> Problem:
    said = f"Error reading profile [{profile.name}]: the source profile definition is cyclical."
    mend = "let one profile of the circle have credentials of its own"
    place = profile.place("source_profile")
    return Problem("its source profiles go in a circle", mend, place, (INVALID,), said)


def _source_profile(store: Store, name: str) -> Profile:
    found = store.find(name)
    if isinstance(found, Problem):
        said = f"Source profile [{name}] was not found."
        raise Refused(replace(found, exception=(INVALID,), said=said))
    return found


def _seen_from(trail: Sequence[Profile], problem: Problem) -> Problem:
    """The problem of the last source profile as the first one's reader is told of it."""
    if not trail or problem.exception[0] != INVALID:
        return problem
    said = [problem.said]
    for profile in reversed(trail):
        name = profile.value("source_profile")
        said.append(f"Error reading source profile [{name}] for profile [{profile.name}].")
    source = shown(trail[-1].value("source_profile") or "")
    return replace(
        problem,
        what=f"its source profile {source}: {problem.what}",
        exception=(*(INVALID for _ in trail), *problem.exception),
        said=" | ".join(reversed(said)),
    )


def _credential_source(store: Store, profile: Profile) -> str:
    said = profile.value("credential_source") or ""
    source = next((name for name in SOURCES if name.lower() == said.lower()), None)
    place = profile.place("credential_source")
    outer = f"Error reading credential source [{said}] for profile [{profile.name}]."
    if source is None:
        mend = f"write one of {', '.join(SOURCES)}, and nothing after it"
        inner = f"Credential source [{said}] is invalid."
        what = f"{shown(said)} is no credential source"
        raise Refused(Problem(what, mend, place, (INVALID, INVALID), f"{outer} | {inner}"))
    if source == "EcsContainer" and not any(map(store.environment.get, CONTAINER)):
        inner = (
            f"Cannot fetch credentials from container - neither {' or '.join(CONTAINER)} "
            "environment variables are set."
        )
        what = "this environment is not a container's"
        mend = f"use it where {CONTAINER[0]} is set"
        raise Refused(Problem(what, mend, place, (INVALID, INVALID), f"{outer} | {inner}"))
    if source == "Environment" and not all(map(store.environment.get, KEYS)):
        what = "the environment holds no keys"
        raise Refused(Problem(what, f"set {' and '.join(KEYS)}", place, (OPERATION,), what))
    return source
