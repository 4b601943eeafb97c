"""The instance's metadata lie on the instance itself: no proxy is asked for them."""

import re
from typing import Dict, Mapping

PROXY_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
METADATA_HOSTS = "169.254.169.254,[fd00:ec2::254]"
URL_HOST = r"//(\[.*\]|[^:/]+)"


def has_proxy(environment: Mapping[str, str]) -> bool:
    """Whether the environment names a proxy for services."""
    return any(environment.get(name) for name in PROXY_NAMES)


def past_proxies(environment: Mapping[str, str]) -> Dict[str, str]:
    """The variables that keep the metadata from a proxy; what is excepted already stays so.

    None without a proxy: on Windows they would hide the system's own proxy from Python.
    """
    kept = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if kept == "*" or not has_proxy(environment):
        return {}
    own = re.search(URL_HOST, environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or "")
    hosts = [kept, METADATA_HOSTS, own[1] if own else ""]
    return dict.fromkeys(["no_proxy", "NO_PROXY"], ",".join(filter(None, hosts)))
