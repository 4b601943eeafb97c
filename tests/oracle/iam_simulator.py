"""The independent evaluator, `@cloud-copilot/iam-simulate`, as one process for many pairs."""

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
NOTHING = {"Statement": {"Effect": "Allow", "Action": "ec2:DescribeRegions", "Resource": "*"}}
NOBODY = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::999999999999:role/Nobody"},
        "Action": "sts:AssumeRole",
    }
}
VERDICTS = {
    "Allowed": "allowed",
    "ExplicitlyDenied": "explicitly denied",
    "ImplicitlyDenied": "implicitly denied",
}


def missing():
    """What is not there to run it, or None."""
    if shutil.which("node") is None:
        return "there is no node"
    if not (HERE / "node_modules" / "@cloud-copilot" / "iam-simulate").is_dir():
        return "iam-simulate is not installed (npm install --prefix tests/oracle)"
    return None


def answers(pairs, *, session_policies=True):
    """The verdict of each pair, in their order, or why the simulator refused it.

    Without ``session_policies`` it is not told of them.
    """
    told = [translated(pair) for pair in pairs]
    return untranslated(told if session_policies else [pair | {"session": None} for pair in told])


def untranslated(told):
    """The same for pairs as they are."""
    lines = "".join(json.dumps(_simulation(pair)) + "\n" for pair in told)
    done = subprocess.run(
        ["node", "oracle.mjs"], cwd=HERE, input=lines, capture_output=True, text=True, check=True
    )
    return [_verdict(json.loads(line)) for line in done.stdout.splitlines()]


def _verdict(answer):
    if "error" in answer:
        return f"refused: {json.dumps(answer['error'])}"
    return VERDICTS[answer["result"]]


def _simulation(pair):
    caller = pair["caller"]
    return {
        "request": {
            "principal": caller["arn"] or caller["service"],
            "action": pair["action"],
            "resource": {"resource": pair["resource"], "accountId": pair["resource_account"]},
            "contextVariables": pair["context"] | _of_caller(caller),
        },
        "identityPolicies": _named(pair["identity"]),
        "serviceControlPolicies": [
            {"orgIdentifier": f"level-{number}", "policies": _named(level)}
            for number, level in enumerate(pair["service_control"])
        ],
        "resourceControlPolicies": [],
        "resourcePolicy": pair["resource_policy"] or None,
        "permissionBoundaryPolicies": _named([pair["boundary"]]) if pair["boundary"] else None,
        "sessionPolicy": pair["session"] or None,
    }


def translated(pair):
    """The pair in words that the simulator understands; each line is one thing it does not know.

    The root user may do everything in its account. A role always has a trust policy. A federated
    user's session without a session policy has no permissions.
    """
    pair = dict(pair)
    if pair["caller"]["arn"].endswith(":root"):
        pair["identity"] = [EVERYTHING]
    if pair["trust"] and not pair["resource_policy"]:
        pair["resource_policy"] = NOBODY
    if ":federated-user/" in pair["caller"]["arn"] and not pair["session"]:
        pair["session"] = NOTHING
    return pair


def _named(policies):
    return [{"name": f"policy-{n}", "policy": policy} for n, policy in enumerate(policies)]


def _of_caller(caller):
    """The keys that follow from the caller; the simulator wants to be told them."""
    if not caller["arn"]:
        return {}
    kind = caller["arn"].split(":", 5)[5].split("/")[0]
    types = {"user": "User", "assumed-role": "AssumedRole", "root": "Account"}
    found = {
        "aws:PrincipalArn": caller.get("role_arn", caller["arn"]),
        "aws:PrincipalAccount": caller["account"],
        "aws:PrincipalType": types.get(kind, "FederatedUser"),
    }
    if "user_id" in caller:
        found["aws:userid"] = caller["user_id"]
    if kind == "user":
        found["aws:username"] = caller["arn"].rpartition("/")[2]
    return found
