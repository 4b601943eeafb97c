"""Role ARNs and partitions.

The ARN's form is that of the IAM User Guide, "IAM identifiers"; partitions and their DNS suffixes
are those of botocore's ``partitions.json``, which a test compares.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ROLE_NAME = r"[A-Za-z0-9_+=,.@-]{1,64}"
"""IAM API Reference, CreateRole, RoleName."""

_ROLE_ARN = re.compile(
    rf"arn:(aws[a-z-]*):iam::([0-9]{{12}}):role(/(?:[!-~]{{1,510}}/)?)({ROLE_NAME})"
)

_SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-us-gov": "amazonaws.com",
}

_PARTITIONS = {
    "cn-": "aws-cn",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "us-gov-": "aws-us-gov",
}


class RoleParts(NamedTuple):
    """A role ARN, taken apart. ``path`` begins and ends with a slash; it is ``/`` where none is."""

    partition: str
    account: str
    path: str
    name: str


def role_parts(arn: str) -> RoleParts:
    """The parts of a role ARN; ValueError where it is none."""
    found = _ROLE_ARN.fullmatch(arn)
    if found is None or found[1] not in _SUFFIXES:
        raise ValueError("not the ARN of a role")
    return RoleParts(*found.groups())


def partition_of(region: str) -> str:
    """The partition that a region lies in, told by its prefix as AWS gives them out."""
    return next((p for prefix, p in _PARTITIONS.items() if region.startswith(prefix)), "aws")


def dns_suffix(region: str) -> str:
    """What the host names of a region's endpoints end in, e.g. ``amazonaws.com.cn``."""
    return _SUFFIXES[partition_of(region)]
