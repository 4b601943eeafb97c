"""What AWS IAM would decide: policies compiled once, requests decided by them, and why.

`parse_policy` reads a document as strictly as AWS, `decide` puts a request before the policies that
have a say in it. Both are pure. The rules are those of the IAM User Guide; where it leaves a case
open, the stricter reading is taken, so that nothing is allowed here that AWS refuses.
"""

from orchestrator.iam.decision import Policies, decide
from orchestrator.iam.model import (
    Caller,
    Decision,
    PolicyError,
    PolicyKind,
    Request,
    StatementRef,
    Verdict,
)
from orchestrator.iam.parsing import parse_policy
from orchestrator.iam.sizes import SizeLimit, check_size, size
from orchestrator.iam.statement import Policy
from orchestrator.iam.supposing import Known, Miss, Near, near, supposing

__all__ = [
    "Caller",
    "Decision",
    "Known",
    "Miss",
    "Near",
    "Policies",
    "Policy",
    "PolicyError",
    "PolicyKind",
    "Request",
    "SizeLimit",
    "StatementRef",
    "Verdict",
    "check_size",
    "decide",
    "near",
    "parse_policy",
    "size",
    "supposing",
]
