"""A profile as botocore reads it, and so boto3: ``Session(profile_name=...)``.

By session.py, configprovider.py and credentials.py of botocore 1.44 and the recorded cases of 1.43.
Credentials of other places than the shared files and the environment (``~/.boto``) are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orchestrator.readers.advice import notes, trouble
from orchestrator.readers.botocore_source import Refused, source_of
from orchestrator.readers.hints import Text, why_missing
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
from orchestrator.readers.paths import Paths, botocore_paths
from orchestrator.readers.python_ini import UnreadableFile
from orchestrator.readers.python_profiles import Profile, Profiles, profiles

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_MISSING = "botocore.exceptions.ProfileNotFound"


def read(question: Question) -> Reading:
    """What boto3 makes of the profile; without a name, of AWS_PROFILE or of ``default``."""
    paths = botocore_paths(question)
    environment = question.environment
    named = question.profile or _from_environment(environment)
    reading = Reading(Reader.BOTOCORE, named, State.INVALID, paths.all)
    try:
        found = profiles(question.files, paths)
    except UnreadableFile as error:
        said = f"Unable to parse config file: {error.place.path}"
        problem = Problem(error.what, error.mend, error.place, error.exception, said)
        return replace(reading, problem=problem)
    if named is not None and named not in found.by_name:
        return _missing(reading, question, paths, named)
    profile = found.by_name.get(named or "default")
    region, region_from = _region(profile, environment)
    reading = replace(reading, region=region, region_from=region_from)
    if question.profile is None and all(map(environment.get, KEYS)):
        return replace(reading, state=State.VALID, source=Source(SourceKind.ENVIRONMENT))
    if profile is None:
        return replace(reading, state=State.VALID, source=Source(SourceKind.HOST))
    return _read(reading, profile, found, environment)


def _from_environment(environment: Mapping[str, str]) -> str | None:
    return environment.get("AWS_DEFAULT_PROFILE", environment.get("AWS_PROFILE"))


def _read(
    reading: Reading, profile: Profile, found: Profiles, environment: Mapping[str, str]
) -> Reading:
    reading = replace(
        reading,
        sections=profile.sections,
        role_arn=profile.value("role_arn"),
        session_name=profile.value("role_session_name"),
        external_id=profile.value("external_id"),
        mfa_serial=profile.value("mfa_serial"),
        notes=(*_passed_over(profile), *notes(profile.entries)),
    )
    try:
        source = source_of(found, profile, environment)
    except Refused as refused:
        return replace(reading, problem=refused.problem)
    read_ = replace(reading, state=State.VALID, source=source)
    return replace(read_, problem=trouble(read_, profile.entries))


def _passed_over(profile: Profile) -> tuple[Note, ...]:
    if "role_arn" in profile.entries and "aws_access_key_id" in profile.entries:
        what = "the keys under this name are passed over: the role wins"
        return (Note(what, profile.place("aws_access_key_id")),)
    return ()


def _missing(reading: Reading, question: Question, paths: Paths, name: str) -> Reading:
    texts = [
        Text(path, question.files[path].decode("utf-8"), path == paths.config)
        for path in paths.all
        if path in question.files
    ]
    hint = why_missing(name, texts, paths.all)
    said = f"The config profile ({name}) could not be found"
    problem = Problem(hint.what, hint.mend, hint.place, (_MISSING,), said)
    return replace(reading, state=State.MISSING, problem=problem)


def _region(profile: Profile | None, environment: Mapping[str, str]) -> tuple[str | None, str]:
    """Without ``region_name``: the environment, then the profile. The instance is not asked."""
    if "AWS_DEFAULT_REGION" in environment:
        return environment["AWS_DEFAULT_REGION"], "AWS_DEFAULT_REGION"
    if profile and (region := profile.value("region")):
        return region, f"profile {profile.name}"
    return None, "nowhere"
