"""Random requests with the policies that have a say in them, the same for the same seed.

Everything is plain JSON. Statements are made to fit their request more often than not, so that
allowed, explicitly and implicitly denied are all common.
"""

import random

import iam_clauses

A, B, C = "111111111111", "222222222222", "333333333333"
USER = {"arn": f"arn:aws:iam::{A}:user/alice", "account": A, "user_id": "AIDAEXAMPLEEXAMPLE001"}
UNDER_OPS = {"arn": f"arn:aws:iam::{A}:user/ops/bob", "account": A, "user_id": "AIDAEXAMPLE002"}
SESSION = {
    "arn": f"arn:aws:sts::{A}:assumed-role/EC2RoleforSSM/i-0d176f4a5f9738429",
    "account": A,
    "user_id": "AROAEXAMPLEEXAMPLE001:i-0d176f4a5f9738429",
    "role_arn": f"arn:aws:iam::{A}:role/EC2RoleforSSM",
}
DEEP = {
    "arn": f"arn:aws:sts::{A}:assumed-role/Deep/session@x",
    "account": A,
    "user_id": "AROAEXAMPLEEXAMPLE003:session@x",
    "role_arn": f"arn:aws:iam::{A}:role/ops/team/Deep",
}
FEDERATED = {"arn": f"arn:aws:sts::{A}:federated-user/carol", "account": A}
ROOT = {"arn": f"arn:aws:iam::{A}:root", "account": A, "user_id": A}
SERVICE = {"arn": "", "account": "", "service": "ec2.amazonaws.com"}
CALLERS = (
    [SESSION] * 6 + [DEEP] * 3 + [USER] * 6 + [UNDER_OPS] * 2 + [FEDERATED] + [ROOT] + [SERVICE]
)

REQUESTS = [
    ("s3:ListBucket", ["arn:aws:s3:::xxxxxxxx-cloudtrail", "arn:aws:s3:::home-alice"]),
    ("s3:GetObject", ["arn:aws:s3:::home-alice/red/x:y", "arn:aws:s3:::logs/2024/a b.json"]),
    ("s3:PutObject", ["arn:aws:s3:::xxxxxxxx-cloudtrail/AWSLogs/1"]),
    ("sts:AssumeRole", ["arn:aws:iam::{}:role/Test-Switch-Role", "arn:aws:iam::{}:role/ops/Deep"]),
]


NOTHING = {
    "trust": False,
    "identity": [],
    "resource_policy": None,
    "boundary": None,
    "session": None,
    "service_control": [],
}
"""The policies of a pair that has none."""


def statements(pair):
    """Every statement of every policy of a pair."""
    policies = [*pair["identity"], pair["resource_policy"], pair["boundary"], pair["session"]]
    policies += [policy for level in pair["service_control"] for policy in level]
    return [one for policy in policies if policy for one in policy["Statement"]]


def pairs(seed, count):
    """So many pairs."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _pair(chance)


def _pair(chance):
    caller = chance.choice(CALLERS)
    owner = chance.choice([A, A, B])
    # The root user assumes no role, which the simulator does not know.
    action, resources = chance.choice(
        REQUESTS[:-1] if caller is ROOT else [*REQUESTS, *REQUESTS[-1:] * 2]
    )
    resource = chance.choice(resources).format(owner)
    request = {
        "caller": caller,
        "action": action,
        "resource": resource,
        "resource_account": owner,
        "context": iam_clauses.context(chance, action),
    }
    trust = action == "sts:AssumeRole"
    principal = bool(caller["arn"]) and caller is not ROOT
    session = caller in (SESSION, DEEP, FEDERATED)
    make = _Maker(chance, request)
    return request | {
        "trust": trust,
        "identity": make.policies("identity", 0.85) if principal else [],
        "resource_policy": make.policy("trust" if trust else "resource", 0.9 if trust else 0.75),
        "boundary": make.policy("boundary", 0.2) if principal and caller is not FEDERATED else None,
        "session": make.policy("session", 0.9 if caller is FEDERATED else 0.2) if session else None,
        "service_control": make.levels(0.25) if caller["arn"] else [],
    }


class _Maker:
    """Makes policies for one request."""

    def __init__(self, chance, request):
        self.chance = chance
        self.request = request

    def policy(self, kind, likely):
        if self.chance.random() >= likely:
            return None
        count = self.chance.choice([1, 1, 2, 3])
        statements = [self.statement(kind) for _ in range(count)]
        # The simulator fills variables in any version; it must not see one in the old.
        old = self.chance.random() < 0.15 and "${" not in str(statements)
        return {"Version": "2008-10-17" if old else "2012-10-17", "Statement": statements}

    def policies(self, kind, likely):
        found = [self.policy(kind, likely), self.policy(kind, 0.2)]
        return [one for one in found if one]

    def levels(self, likely):
        if self.chance.random() >= likely:
            return []
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        full = {"Version": "2012-10-17", "Statement": [everything]}
        return [
            [one for one in (full, self.policy("service control", 0.4)) if one]
            if self.chance.random() < 0.7
            else [self.policy("service control", 1)]
            for _ in range(self.chance.randint(1, 3))
        ]

    def statement(self, kind):
        limits = kind in ("boundary", "session", "service control")
        denies = self.chance.random() < (0.1 if limits else 0.15)
        found = {"Effect": "Deny" if denies else "Allow"}
        if self.chance.random() < (0.25 if limits else 0.45):
            found["Condition"] = iam_clauses.condition(
                self.chance, self.request["action"], self.request["context"]
            )
        if kind in ("trust", "resource"):
            found |= self.principal(denies and kind == "resource")
        found |= self.action(kind, fit=0.55 if denies else 0.88)
        return found if kind == "trust" else found | self.resource(fit=0.55 if denies else 0.88)

    def principal(self, may_except):
        if may_except and self.chance.random() < 0.2:
            return self.exception()
        roll = self.chance.random()
        if roll < 0.12:
            return {"Principal": "*"}
        kind = "Service" if not self.request["caller"]["arn"] and roll < 0.7 else "AWS"
        entries = SERVICES if kind == "Service" else self.named() + OTHERS
        chosen = self.chance.sample(entries, self.chance.randint(1, min(2, len(entries))))
        mixed = {kind: chosen[0] if len(chosen) == 1 else chosen}
        if kind == "AWS" and roll > 0.9:
            mixed["Service"] = self.chance.choice(SERVICES)
        return {"Principal": mixed}

    def exception(self):
        """A NotPrincipal that names the caller at every level, or at none."""
        caller = self.request["caller"]
        every = [A, caller["arn"] or A, caller.get("role_arn", A)]
        names = sorted({*every}) if self.chance.random() < 0.5 else [B]
        return {"NotPrincipal": {"AWS": names}}

    def named(self):
        """Every way to name the caller, and a few others of its account."""
        caller = self.request["caller"]
        names = [A, f"arn:aws:iam::{A}:root"]
        if caller is not ROOT and caller["arn"]:
            names += [caller["arn"]] * 2
        if "role_arn" in caller:
            names += [caller["role_arn"]] * 2
        return [*names, "*"]

    def action(self, kind, fit):
        service, name = self.request["action"].split(":")
        fitting = [f"{service}:{name}", f"{service}:{name[:4]}*", f"{service}:{name[:-1]}?"]
        fitting += [f"{service.upper()}:{name.lower()}", f"{service}:*"]
        other = ["sts:TagSession"] if kind == "trust" else ["ec2:*", f"{service}:Tag*"]
        right = self.chance.random() < fit
        if kind != "trust":
            fitting += ["*", "*"]
            if self.chance.random() < 0.1:
                return {"NotAction": self.chance.choice(other if right else fitting[:5])}
        chosen = [self.chance.choice(fitting if right else other)]
        if self.chance.random() < 0.2:
            chosen.append(self.chance.choice(other))
        return {"Action": chosen[0] if len(chosen) == 1 else chosen}

    def resource(self, fit):
        arn = self.request["resource"]
        prefix, _, last = arn.rpartition(":")
        fitting = ["*", "*", arn, f"{arn[:-2]}*", f"{arn[:-1]}?", f"{prefix}:*", f"{arn}*"]
        fitting += (
            [f"{prefix}:{last.replace('alice', '${aws:username}')}"] if "y" not in last else []
        )
        if not prefix.endswith(":"):
            fitting[5:] = [f"{prefix}:role/*", f"{prefix}:role/*{last[-4:]}", f"{prefix}:*"]
        elif "y" not in last:
            fitting += [f"{prefix}:*{last[len(last) // 2 :]}"]
        other = ["arn:aws:s3:::other", f"{arn}/x", f"{arn[:-1]}", "arn:aws:s3:::${aws:username}"]
        other += ["arn:aws:s3:::home-${aws:PrincipalTag/team, 'alice'}/*", "arn:aws:s3:::a${*}b"]
        right = self.chance.random() < fit
        if self.chance.random() < 0.1:
            known = [one for one in (other if right else fitting) if "${aws:u" not in one]
            return {"NotResource": self.chance.choice(known)}
        chosen = [self.chance.choice(fitting if right else other)]
        if self.chance.random() < 0.2:
            chosen.append(self.chance.choice(other))
        return {"Resource": chosen[0] if len(chosen) == 1 else chosen}


OTHERS = [
    B,
    f"arn:aws:iam::{C}:root",
    f"arn:aws:iam::{A}:role/Another",
    f"arn:aws:iam::{A}:user/ali",
    f"arn:aws:sts::{A}:assumed-role/EC2RoleforSSM/another",
    "AROAEXAMPLEEXAMPLE001",
]
SERVICES = ["ec2.amazonaws.com", "lambda.amazonaws.com"]
