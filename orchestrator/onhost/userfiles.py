"""A user's two AWS files on a host."""

import os
from typing import Mapping, NamedTuple, Optional


class UserFiles(NamedTuple):
    """The two files, the home folder they belong to, and what led to them."""

    home: str
    config: str
    credentials: str
    source: str


def own_files(home: str, environment: Mapping[str, str]) -> UserFiles:
    """The files of the account itself, whose home this is. The variables of its tools count."""
    found = files_in(home, "the home of the account")
    config = environment.get("AWS_CONFIG_FILE")
    credentials = environment.get("AWS_SHARED_CREDENTIALS_FILE")
    if config:
        found = found._replace(config=_expanded(config), source="AWS_CONFIG_FILE")
    if credentials:
        found = found._replace(credentials=_expanded(credentials))
    return found


def files_in(home: str, source: str) -> UserFiles:
    """The files below a home folder."""
    folder = os.path.abspath(os.path.join(home, ".aws"))
    config, credentials = os.path.join(folder, "config"), os.path.join(folder, "credentials")
    return UserFiles(home, config, credentials, source)


def _expanded(path: str) -> str:
    return os.path.abspath(os.path.expanduser(os.path.expandvars(path)))


def file_bytes(path: str) -> Optional[bytes]:
    """What is in the file; None without one. OSError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
