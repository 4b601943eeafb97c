"""What is particular about a host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a host differs from a healthy one. Times are seconds.

    ``module_load`` is what Python's boto3, or the stand-in's botocore, takes longer to load.
    ``says_before`` and ``says_after`` come out around each script, as from a profile script.
    ``stopped``: EC2 says that it does not run. ``has_metadata``: whether 169.254.169.254 answers.
    ``is_killed``: each script is killed at the moment it asks for the role's credentials.
    """

    online: bool = True
    stopped: bool = False
    has_metadata: bool = True
    start_delay: float = 0.0
    module_load: float = 0.0
    says_before: str = ""
    says_after: str = ""
    is_killed: bool = False
