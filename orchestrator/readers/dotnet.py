"""A profile as the AWS SDK for .NET reads it: what ``-ProfileName`` means to the cmdlets.

By CredentialProfileStoreChain.cs, SharedCredentialsFile.cs and AWSCredentialsFactory.cs of
AWSSDK.Core, CredentialsArguments.cs of the AWS Tools (version 4), and the recorded cases. The
encrypted SDK store of Windows, which is asked before the files, cannot be seen from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orchestrator.readers.advice import notes, trouble
from orchestrator.readers.dotnet_kinds import kind_of
from orchestrator.readers.dotnet_source import KEYS, source_of
from orchestrator.readers.dotnet_store import Profile, Refused, Store
from orchestrator.readers.model import (
    Note,
    Problem,
    Question,
    Reader,
    Reading,
    Source,
    SourceKind,
    State,
)
from orchestrator.readers.paths import dotnet_paths


def read(question: Question) -> Reading:
    """What the cmdlets make of the profile; without a name, of none at all."""
    paths = dotnet_paths(question)
    store = Store(question, paths)
    reading = Reading(Reader.DOTNET, question.profile, State.INVALID, paths.all)
    if wrong := store.wrong_line():
        return replace(reading, problem=wrong)
    region, region_from = _region(store, question.environment)
    reading = replace(reading, region=region, region_from=region_from)
    if question.profile is None:
        return _unnamed(reading, store, question.environment)
    return _named(reading, store, question.profile)


def _named(reading: Reading, store: Store, name: str) -> Reading:
    try:
        profile = store.find(name)
    except Refused as refused:
        return replace(reading, problem=refused.problem)
    if isinstance(profile, Problem):
        return replace(reading, state=State.MISSING, problem=profile)
    reading = _said(reading, profile)
    try:
        source = source_of(store, profile)
    except Refused as refused:
        return replace(reading, problem=refused.problem)
    found = replace(reading, state=State.VALID, source=source)
    return replace(found, problem=trouble(found, profile.entries))


def _said(reading: Reading, profile: Profile) -> Reading:
    return replace(
        reading,
        sections=profile.sections,
        role_arn=profile.value("role_arn"),
        session_name=profile.value("role_session_name"),
        external_id=profile.value("external_id"),
        mfa_serial=profile.value("mfa_serial"),
        notes=(*_ignored(profile), *notes(profile.entries)),
    )


def _ignored(profile: Profile) -> tuple[Note, ...]:
    """What the cmdlets read over, while others go by it."""
    found = []
    if profile.value("duration_seconds"):
        what = "duration_seconds is ignored: the session has the default hour"
        found.append(Note(what, profile.place("duration_seconds")))
    if profile.value("region") and profile.name != "default":
        what = "region of a named profile is ignored: pass -Region"
        found.append(Note(what, profile.place("region")))
    return tuple(found)


def _unnamed(reading: Reading, store: Store, environment: Mapping[str, str]) -> Reading:
    """Version 4 of the cmdlets does not look at AWS_PROFILE; version 5 does."""
    if all(map(environment.get, KEYS)):
        return replace(reading, state=State.VALID, source=Source(SourceKind.ENVIRONMENT))
    try:
        profile = store.find("default")
    except Refused as refused:
        return replace(reading, problem=refused.problem)
    if isinstance(profile, Profile) and kind_of(profile.entries) is not None:
        return _named(reading, store, "default")
    return replace(reading, state=State.VALID, source=Source(SourceKind.HOST))


def _region(store: Store, environment: Mapping[str, str]) -> tuple[str | None, str]:
    """Without -Region (TryGetRegion): the profile ``default``, the environment, the instance."""
    try:
        default = store.find("default")
    except Refused:
        default = None
    if isinstance(default, Profile) and (region := default.value("region")):
        return region, "profile default"
    if region := environment.get("AWS_REGION"):
        return region, "AWS_REGION"
    return None, "instance metadata"
