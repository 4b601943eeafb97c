"""Where botocore takes a profile's first credentials from: the providers of credentials.py."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.kinds import shown
from orchestrator.readers.model import Entry, Place, Problem, Source, SourceKind
from orchestrator.readers.python_profiles import Profile, Profiles

INVALID = "botocore.exceptions.InvalidConfigError"
PARTIAL = "botocore.exceptions.PartialCredentialsError"
LOOP = "botocore.exceptions.InfiniteLoopConfigError"
NOTHING_THERE = "botocore.exceptions.CredentialRetrievalError"
SOURCES = ("Ec2InstanceMetadata", "Environment", "EcsContainer")
_ENVIRONMENT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_KEYS = ("aws_access_key_id", "aws_secret_access_key")
_SSO = ("sso_role_name", "sso_account_id")
_SSO_REQUIRED = (*_SSO, "sso_start_url", "sso_region")


class Refused(Exception):  # noqa: N818 - the profile is refused; nothing of ours went wrong
    """botocore raises over the profile."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


def source_of(found: Profiles, profile: Profile, environment: Mapping[str, str]) -> Source:
    """Where the profile's credentials come from; `Refused` where botocore raises.

    Source profiles are followed to the last one, whose credentials must be there.
    """
    if not _is_role(profile):
        return _without_role(found, profile) or Source(SourceKind.HOST)
    visited = [profile.name]
    first = current = _role_source(profile, environment)
    while current.kind is SourceKind.SOURCE_PROFILE:
        source = _source_profile(found, profile, current.name, visited)
        visited.append(source.name)
        if _has_keys(source) or not _is_role(source):
            if _without_role(found, source) is None:
                what = f"its source profile {shown(source.name)} has no credentials"
                said = f'The source profile "{source.name}" must have credentials.'
                raise Refused(
                    Problem(what, "give it keys or a role", source.sections[0], (INVALID,), said)
                )
            break
        profile, current = source, _role_source(source, environment)
    return first


def _is_role(profile: Profile) -> bool:
    return "role_arn" in profile.entries and "web_identity_token_file" not in profile.entries


def _has_keys(profile: Profile) -> bool:
    return any(key in profile.entries for key in _KEYS)


def _role_source(profile: Profile, environment: Mapping[str, str]) -> Source:
    named, source = profile.value("credential_source"), profile.value("source_profile")
    if named is not None and source is not None:
        said = f'The profile "{profile.name}" contains both source_profile and credential_source.'
        what = "it has both source_profile and credential_source"
        place = max(
            (profile.place(key) for key in ("credential_source", "source_profile")), key=_line
        )
        raise Refused(Problem(what, "delete one of the two", place, (INVALID,), said))
    if named is not None:
        return Source(SourceKind.CREDENTIAL_SOURCE, _credential_source(profile, named, environment))
    if source is not None:
        return Source(SourceKind.SOURCE_PROFILE, source)
    said = "Partial credentials found in assume-role, missing: source_profile or credential_source"
    what = "it has a role and no source of credentials"
    mend = "add credential_source = Ec2InstanceMetadata"
    raise Refused(Problem(what, mend, profile.place("role_arn"), (PARTIAL,), said))


def _line(place: Place) -> int:
    return place.line


def _credential_source(profile: Profile, named: str, environment: Mapping[str, str]) -> str:
    place = profile.place("credential_source")
    if named not in SOURCES:
        said = (
            f'The credential source "{named}" referenced in profile "{profile.name}" is not valid.'
        )
        mend = f"write one of {', '.join(SOURCES)}: letter case counts"
        raise Refused(
            Problem(f"{shown(named)} is no credential source", mend, place, (INVALID,), said)
        )
    said = (
        f"Error when retrieving credentials from {named}: No credentials found in "
        f"credential_source referenced in profile {profile.name}"
    )
    if named == "Environment" and not environment.get(_ENVIRONMENT[0]):
        mend = f"set {' and '.join(_ENVIRONMENT)}"
        raise Refused(Problem("the environment holds no keys", mend, place, (NOTHING_THERE,), said))
    if named == "EcsContainer" and not any(name in environment for name in _CONTAINER):
        what, mend = "this environment is not a container's", f"use it where {_CONTAINER[0]} is set"
        raise Refused(Problem(what, mend, place, (NOTHING_THERE,), said))
    return named


def _source_profile(found: Profiles, profile: Profile, name: str, visited: list[str]) -> Profile:
    place = profile.place("source_profile")
    source = found.by_name.get(name)
    if source is None:
        said = (
            f'The source_profile "{name}" referenced in the profile "{profile.name}" does not '
            "exist."
        )
        what = f"its source profile {shown(name)} is missing"
        raise Refused(Problem(what, f"add {shown(name)} to a file", place, (INVALID,), said))
    # A profile may name itself, to take its own keys for its own role.
    if name in visited and (name != profile.name or not _has_keys(source)):
        said = (
            f'Infinite loop in credential configuration detected. Attempting to load from "{name}"'
        )
        mend = "let one profile of the circle have credentials of its own"
        raise Refused(Problem("its source profiles go in a circle", mend, place, (LOOP,), said))
    return source


def _without_role(found: Profiles, profile: Profile) -> Source | None:
    """The providers of a profile that come after its role; None where it has no credentials."""
    if profile.value("web_identity_token_file"):
        return _web_identity(profile)
    if any(key in profile.entries for key in _SSO):
        return _sso(found, profile)
    if source := _keys(profile.in_credentials):
        return source
    if "login_session" in profile.entries:
        return Source(SourceKind.LOGIN)
    if "credential_process" in profile.entries:
        return Source(SourceKind.PROCESS)
    return _keys(profile.in_config)


def _web_identity(profile: Profile) -> Source:
    if not profile.value("role_arn"):
        said = (
            "The provided profile or the current environment is configured to assume role with web "
        )
        place = profile.place("web_identity_token_file")
        raise Refused(
            Problem(
                "it has a web identity token and no role", "add role_arn", place, (INVALID,), said
            )
        )
    return Source(SourceKind.WEB_IDENTITY)


def _sso(found: Profiles, profile: Profile) -> Source:
    entries, required = profile.entries, list(_SSO_REQUIRED)
    session = profile.value("sso_session")
    if session is not None:
        section = found.sso_sessions.get(session)
        if section is None:
            said = f'The specified sso-session does not exist: "{session}"'
            what = f"there is no section [sso-session {session}]"
            place = profile.place("sso_session")
            raise Refused(Problem(what, "add it to the config file", place, (INVALID,), said))
        for key, entry in section.entries.items():
            if key in entries and entries[key].value != entry.value:
                what = f"{key} is another one in [sso-session {session}]"
                raise Refused(
                    Problem(what, "delete it in the profile", entries[key].place, (INVALID,), what)
                )
        entries, required = {**entries, **section.entries}, [*required, "sso_session"]
    if lacking := [key for key in required if key not in entries]:
        what = f"it is an SSO profile without {', '.join(lacking)}"
        said = (
            f'The profile "{profile.name}" is configured to use SSO but is missing required '
            f"configuration: {', '.join(lacking)}"
        )
        mend = f"add {', '.join(lacking)}"
        raise Refused(Problem(what, mend, profile.sections[0], (INVALID,), said))
    return Source(SourceKind.SSO)


def _keys(entries: Mapping[str, Entry]) -> Source | None:
    """A file's own keys: both must stand in one file."""
    if _KEYS[0] not in entries:
        return None
    if _KEYS[1] not in entries:
        said = f"Partial credentials found in shared-credentials-file, missing: {_KEYS[1]}"
        place = entries[_KEYS[0]].place
        raise Refused(
            Problem(
                f"it has {_KEYS[0]} and no {_KEYS[1]}", f"add {_KEYS[1]}", place, (PARTIAL,), said
            )
        )
    return Source(SourceKind.KEYS)
