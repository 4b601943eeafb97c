"""What one decision of `orchestrator.iam` costs, for policies of usual size.

The policies are those of an instance that may be managed, assume a role and use a bucket: two
policies of its own with six statements, a boundary, a session policy, and the trust policy or the
bucket's policy with conditions.
"""

from __future__ import annotations

import json
import time

from orchestrator.iam import Caller, Policies, Policy, PolicyKind, Request, decide, parse_policy

A, B = "111111111111", "222222222222"
AIM = 0.000_2
ROUNDS = 2_000

HOST = Caller(
    f"arn:aws:sts::{A}:assumed-role/EC2RoleforSSM/i-0d176f4a5f9738429",
    A,
    "AROAEXAMPLEEXAMPLE001:i-0d176f4a5f9738429",
    f"arn:aws:iam::{A}:role/EC2RoleforSSM",
)
CONTEXT = {
    "aws:SourceIp": "203.0.113.7",
    "aws:SecureTransport": "true",
    "aws:CurrentTime": "2024-06-30T12:00:00Z",
    "aws:PrincipalTag/team": "red",
    "aws:PrincipalOrgID": "o-aaaaaaaaaa",
    "sts:ExternalId": "right",
}
MANAGED = [
    {"Effect": "Allow", "Action": [f"ssm:{name}" for name in names], "Resource": "*"}
    for names in (
        ["DescribeAssociation", "GetDocument", "GetManifest", "GetParameter*", "ListAssociations"],
        ["PutInventory", "PutComplianceItems", "PutConfigurePackageResult", "Update*"],
    )
] + [
    {"Effect": "Allow", "Action": ["ssmmessages:*", "ec2messages:*"], "Resource": "*"},
    {
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
]
INLINE = [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{B}:role/*"},
    {
        "Effect": "Allow",
        "Action": ["s3:Get*", "s3:List*"],
        "Resource": ["arn:aws:s3:::logs-*", "arn:aws:s3:::${aws:PrincipalTag/team, 'all'}-*"],
    },
]
WIDE = [{"Effect": "Allow", "Action": ["s3:*", "sts:*", "ssm:*", "ec2:*"], "Resource": "*"}]
TRUST = [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{A}:root", HOST.role_arn]},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"sts:ExternalId": "right", "aws:PrincipalOrgID": "o-aaaaaaaaaa"},
            "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]},
            "DateGreaterThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"},
            "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{A}:role/*"},
        },
    },
]
BUCKET = [
    {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
    {
        "Effect": "Allow",
        "Principal": {"AWS": A},
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::red-logs", "arn:aws:s3:::red-logs/*"],
    },
]


def measure() -> float:
    """Mean seconds of one decision, the policies read once before."""
    cases = _cases()
    for request, policies in cases:
        if not decide(request, policies).allowed:
            raise RuntimeError(f"{request.action} is not allowed; the measurement means nothing")
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        for request, policies in cases:
            decide(request, policies)
    return (time.perf_counter() - begun) / (ROUNDS * len(cases))


def _cases() -> list[tuple[Request, Policies]]:
    own = {
        "identity": (_policy(MANAGED, PolicyKind.IDENTITY), _policy(INLINE, PolicyKind.IDENTITY)),
        "boundary": _policy(WIDE, PolicyKind.BOUNDARY),
        "session": _policy(WIDE, PolicyKind.SESSION),
    }
    role = f"arn:aws:iam::{B}:role/Test-Switch-Role"
    object_arn = "arn:aws:s3:::red-logs/2024/06/30/events.json.gz"
    trust = Policies(**own, resource=_policy(TRUST, PolicyKind.TRUST))
    bucket = Policies(**own, resource=_policy(BUCKET, PolicyKind.RESOURCE))
    return [
        (Request(HOST, "sts:AssumeRole", role, B, CONTEXT), trust),
        (Request(HOST, "s3:GetObject", object_arn, A, CONTEXT), bucket),
        (Request(HOST, "s3:ListBucket", "arn:aws:s3:::red-logs", B, CONTEXT), bucket),
        (Request(HOST, "ssm:GetParameters", "*", A, CONTEXT), Policies(**own)),
    ]


def _policy(statements: list[dict[str, object]], kind: PolicyKind) -> Policy:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return parse_policy(text, kind)


def main() -> None:
    """Measure, and print one line."""
    print(f"one IAM decision: {measure() * 1000:.3f} ms on average (aim: {AIM * 1000:.1f} ms)")


if __name__ == "__main__":
    main()
