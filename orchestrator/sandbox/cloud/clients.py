"""boto3 clients of the sandbox's own, which nothing in the user's surroundings can lead astray.

The user's profile, proxy or settings are for their AWS; a profile that does not exist would keep
the sandbox from starting, and a proxy would be asked for loopback.
"""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from typing import Any

from orchestrator.sandbox import world

_one_at_a_time = threading.Lock()
"""boto3's sessions make clients in one thread alone."""


def new_client(
    service: str,
    url: str,
    access_key_id: str,
    secret_access_key: str,
    token: str | None = None,
    *,
    region: str = world.REGION,
) -> Any:
    """A client of that service at ``url``, with these keys."""
    from botocore.config import Config

    with _one_at_a_time:
        return _session().client(
            service,
            region_name=region,
            endpoint_url=url,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            aws_session_token=token,
            config=Config(proxies={}, retries={"mode": "standard", "total_max_attempts": 1}),
        )


@lru_cache(maxsize=1)
def _session() -> Any:
    """A session that reads no environment and no file of the user's."""
    import boto3
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES as VARIABLES
    from botocore.session import Session

    own = {
        name: (place, None, default, kind) for name, (place, _, default, kind) in VARIABLES.items()
    }
    for name in ("config_file", "credentials_file"):
        own[name] = (None, None, os.devnull, None)
    return boto3.Session(botocore_session=Session(session_vars=own))
