"""What a host's AWS files say of one profile: names of keys and places, never values."""

import hashlib
import os
from typing import Dict, List, Mapping, Optional

from orchestrator.onhost.homes import user_homes
from orchestrator.onhost.profiletext import (
    as_utf8,
    encoding_of,
    headers,
    keys_in,
    name_in,
    sections_of,
)
from orchestrator.onhost.userfiles import UserFiles, file_bytes


def profile_facts(files: UserFiles, name: str) -> Dict[str, Optional[str]]:
    """Where the profile stands, with the names of its keys, and what is odd about the files."""
    raw = file_bytes(files.config)
    config, credentials = _text(raw), _text(file_bytes(files.credentials))
    here = sections_of(config, name, ours=True)
    there = sections_of(credentials, name, credentials=True, ours=True)
    keys = [keys_in(config, item) for item in here] + [keys_in(credentials, item) for item in there]
    twice = {key for each in keys for key in each if each.count(key) > 1}
    places = ["config"] * bool(here) + ["credentials"] * bool(there)
    return {
        "config_path": files.config,
        "config_source": files.source,
        "config_sha256": None if raw is None else hashlib.sha256(raw).hexdigest(),
        "config_encoding": encoding_of(raw or b"") or None,
        "credentials_path": files.credentials,
        "profile_source": " and ".join(places) or None,
        "profile_sections": str(len(here) + len(there)),
        "profile_keys": " ".join(sorted({key for each in keys for key in each})) or None,
        "profile_keys_twice": " ".join(sorted(twice)) or None,
    }


def _text(data: Optional[bytes]) -> bytes:
    """The file as UTF-8, where it says itself what else it is."""
    try:
        return as_utf8(data or b"")
    except UnicodeError:
        return b""


def profile_elsewhere(files: UserFiles, name: str, environment: Mapping[str, str]) -> Optional[str]:
    """Other users of this host who have the profile: at most three, each with the file."""
    found: List[str] = []
    for user, home in sorted(user_homes(environment).items()):
        path = os.path.join(home, ".aws", "config")
        if path == files.config or len(found) == 3:
            continue
        try:
            data = file_bytes(path) or b""
        except OSError:
            continue
        if any(name_in(item.title) == name for item in headers(data)):
            found.append("%s: %s" % (user, path))
    return "; ".join(found) or None
