"""What is particular about a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator.sandbox.host.between import Between
from orchestrator.sandbox.host.modules import USUAL


class Fate(StrEnum):
    """What befalls a host while a command is on its way.

    ``agent-gone``: its agent died a moment ago, so that SSM still calls it Online. ``terminated``:
    EC2 terminates the instance when the command reaches it. The others come at the moment at which
    a script asks for the role's credentials: ``agent-silent``, the agent dies and the script goes
    on; ``killed``, the script is killed; ``cancelled``, an administrator cancels the command.
    """

    NOTHING = "nothing"
    AGENT_GONE = "agent-gone"
    TERMINATED = "terminated"
    AGENT_SILENT = "agent-silent"
    KILLED = "killed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a host differs from a healthy one. Times are seconds.

    ``managed``: whether an agent runs that SSM knows of; ``platform`` and ``agent_version`` are
    empty for the usual ones. ``module_load`` is what Python's boto3, or the stand-in's botocore,
    takes longer to load. ``says_before`` and ``says_after`` come out around each script, as from a
    profile script. ``stopped``: EC2 says that it does not run. ``has_metadata``: whether
    169.254.169.254 answers. ``stale_credentials``: the metadata hand out credentials that have
    expired, as a cache between would. ``unreachable``: services (``sts``, ``s3``, ``imds``) whose
    address takes no connection from this host. ``clock_ahead``: how far its clock is ahead of
    AWS's. ``modules`` are its PowerShell modules and their versions, where the stand-in runs the
    scripts; ``has_boto3``: whether its Python has boto3. ``killed_at``: the first script that comes
    so far is killed just before its n-th change of a file (making, writing, flushing, renaming,
    removing, each counts); 0 for never. ``proxied``: its variables lead to AWS through a proxy.
    ``variables`` are more variables of its scripts. ``between``: what stands between its agent and
    the shell.
    """

    managed: bool = True
    online: bool = True
    stopped: bool = False
    platform: str = ""
    agent_version: str = ""
    has_metadata: bool = True
    stale_credentials: bool = False
    unreachable: frozenset[str] = field(default_factory=frozenset)
    clock_ahead: float = 0.0
    start_delay: float = 0.0
    module_load: float = 0.0
    says_before: str = ""
    says_after: str = ""
    modules: Mapping[str, str] = field(default_factory=lambda: USUAL)
    has_boto3: bool = True
    fate: Fate = Fate.NOTHING
    killed_at: int = 0
    proxied: bool = False
    between: Between = Between.NOTHING
    variables: Mapping[str, str] = field(default_factory=dict)
