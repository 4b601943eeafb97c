"""``Set-AWSCredential -StoreAs`` and its like: profiles in the SDK's store.

Off Windows there is no encrypted store: the cmdlets write the shared credentials file, in the form
of the recorded cases, and so does the stand-in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.sandbox.host.standin.errors import CmdletError
from orchestrator.sandbox.host.standin.profiles import find_profile

if TYPE_CHECKING:
    from orchestrator.sandbox.host.standin.calls import Keys

STORE = "SharedCredentialsFile"
"""The StoreTypeName of what is listed."""


class SdkStore:
    """The credentials file of the process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._path = Path(environment["AWS_SHARED_CREDENTIALS_FILE"])

    def put_role(self, names: tuple[str, str], role_arn: str, keys: Keys) -> None:
        """The keys as the second of these profiles, the role that rests on it as the first."""
        role, source = names
        self.put(
            source,
            {
                "aws_access_key_id": keys.access_key_id,
                "aws_secret_access_key": keys.secret_access_key,
                "aws_session_token": keys.token,
            },
        )
        self.put(role, {"role_arn": role_arn, "source_profile": source})

    def put(self, name: str, values: Mapping[str, str]) -> None:
        """Write a section behind what is there, in the place of one of the same name."""
        sections = [*self._others({name}), [f"[{name}]", *(f"{k}={v}" for k, v in values.items())]]
        self._write(sections)

    def remove(self, names: Iterable[str]) -> None:
        """Take the sections of those names out; the file stays, if need be empty."""
        self._write(self._others({*names}))

    def listed(self, names: Iterable[str]) -> list[str]:
        """Which of them ``Get-AWSCredential -ListProfileDetail`` shows: those that are valid."""
        return [name for name in names if self._is_valid(name)]

    def values(self, name: str) -> Mapping[str, str]:
        """What the section of that name says; empty where there is none."""
        for section in self._sections():
            if section[0] == f"[{name}]":
                pairs = (line.partition("=") for line in section[1:])
                return {key.strip(): value.strip() for key, _, value in pairs}
        return {}

    def _is_valid(self, name: str) -> bool:
        try:
            return find_profile(name, self._environment) is not None
        except CmdletError:
            return False

    def _others(self, names: set[str]) -> list[list[str]]:
        return [lines for lines in self._sections() if lines[0][1:-1] not in names]

    def _sections(self) -> Iterator[list[str]]:
        found: list[str] = []
        for line in self._path.read_text("utf-8").splitlines():
            if line.startswith("[") and found:
                yield found
                found = []
            if line.strip():
                found.append(line)
        if found:
            yield found

    def _write(self, sections: Iterable[list[str]]) -> None:
        self._path.write_text("\n".join("\n".join(lines) for lines in sections), "utf-8")
