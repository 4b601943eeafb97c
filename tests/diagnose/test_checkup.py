"""The examination's lines: one for each thing, and what could not be seen is never called right."""

from dataclasses import replace

import pytest

from orchestrator.diagnose.checkup import Examined, examine, wanted_of
from orchestrator.model.access import AccessRead, AccessWanted, PolicyText, RoleRead, Unread
from orchestrator.model.checkup import Checkup, HostCheckup, InstanceRead
from orchestrator.model.enums import Outcome
from orchestrator.model.report import Cause, HostReport
from support import samples
from support.cases import ONLINE, case_of
from support.policies import ROLE, TARGET, A
from support.policy_texts import allow, document, trusting

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
DENIED = Unread("it", "it was denied", "some:Permission")
INSTANCE = InstanceRead(
    samples.INSTANCE,
    exists=True,
    state="running",
    profile_arn=f"arn:aws:iam::{A}:instance-profile/EC2RoleforSSM",
    roles=(ROLE,),
    endpoint="enabled",
    tokens="required",
    hops=2,
)
MAY_ASSUME = PolicyText("SwitchRole", document(allow("sts:AssumeRole", TARGET)))
MAY_LIST = PolicyText("Read", document(allow("s3:List*")))
OWN = RoleRead(ROLE, True, ROLE, tags={}, policies=(MAY_ASSUME,), whole=True, bounded=False)
OTHER = RoleRead(
    TARGET,
    True,
    TARGET,
    trust=document(trusting()),
    tags={},
    policies=(MAY_LIST,),
    whole=True,
    bounded=False,
)


def probe(outcome=PASS, causes=()):
    case = case_of()
    return HostReport(
        samples.INSTANCE, "", outcome, "c", "Success", "", 0, case.found, case.verdicts, causes
    )


WHOLE = Examined(samples.plan(), INSTANCE, ONLINE, True, AccessRead(OWN, OTHER), probe())


def lines(**changes):
    return {found.what: found for found in examine(replace(WHOLE, **changes))}


def test_a_healthy_host_is_right_in_every_line():
    found = lines()
    assert list(found) == [
        *("instance", "role", "metadata", "agent"),
        *("may switch", "is trusted", "may ask", "host"),
    ]
    assert {line.outcome for line in found.values()} == {PASS}
    assert not any(line.mend for line in found.values())


DENY = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}
UNDER_CONDITION = trusting(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})
DENY_OTHERS = trusting(effect="Deny", Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})
LINES = {
    "stopped": ("instance", FAIL, {"instance": replace(INSTANCE, state="stopped")}),
    "no such instance": ("instance", FAIL, {"instance": InstanceRead("i-1", exists=False)}),
    "ec2 denied": ("instance", UNKNOWN, {"instance": InstanceRead("i-1", unread=(DENIED,))}),
    "no profile": ("role", FAIL, {"instance": replace(INSTANCE, profile_arn="", roles=())}),
    "an empty profile": ("role", FAIL, {"instance": replace(INSTANCE, roles=())}),
    "profile denied": (
        "role",
        UNKNOWN,
        {"instance": replace(INSTANCE, roles=None, unread=(DENIED,))},
    ),
    "metadata off": ("metadata", FAIL, {"instance": replace(INSTANCE, endpoint="disabled")}),
    "unmanaged": ("agent", FAIL, {"managed": None}),
    "offline": ("agent", FAIL, {"managed": replace(ONLINE, ping_status="ConnectionLost")}),
    "linux": ("agent", FAIL, {"managed": replace(ONLINE, platform="Linux")}),
    "ssm denied": ("agent", UNKNOWN, {"managed": None, "asked": False}),
    "not allowed": ("may switch", FAIL, {"access": AccessRead(replace(OWN, policies=()), OTHER)}),
    "denied": (
        "may switch",
        FAIL,
        {"access": AccessRead(replace(OWN, policies=(PolicyText("X", document(DENY)),)), OTHER)},
    ),
    "policies unread": (
        "may switch",
        UNKNOWN,
        {"access": AccessRead(RoleRead(ROLE, unread=(DENIED,)), OTHER)},
    ),
    "trust in others": (
        "is trusted",
        FAIL,
        {"access": AccessRead(OWN, replace(OTHER, trust=document(trusting("333333333333"))))},
    ),
    "trust under an unknown condition": (
        "is trusted",
        UNKNOWN,
        {"access": AccessRead(OWN, replace(OTHER, trust=document(UNDER_CONDITION)))},
    ),
    "trust with a deny under an unknown condition": (
        "is trusted",
        UNKNOWN,
        {"access": AccessRead(OWN, replace(OTHER, trust=document(trusting(), DENY_OTHERS)))},
    ),
    "no such role": (
        "is trusted",
        FAIL,
        {"access": AccessRead(OWN, RoleRead(TARGET, exists=False))},
    ),
    "trust unread": (
        "is trusted",
        UNKNOWN,
        {"access": AccessRead(OWN, RoleRead(TARGET, unread=(DENIED,)))},
    ),
    "no list of buckets": (
        "may ask",
        FAIL,
        {"access": AccessRead(OWN, replace(OTHER, policies=()))},
    ),
    "not probed": ("host", UNKNOWN, {"probe": None, "no_probe": "not probed: --no-probe"}),
    "a host that fails": (
        "host",
        UNKNOWN,
        {"probe": probe(UNKNOWN, (Cause("module-missing", "t", "e", "m"),))},
    ),
}


@pytest.mark.parametrize(("what", "outcome", "changes"), LINES.values(), ids=LINES)
def test_a_line_that_is_not_right_says_why(what, outcome, changes):
    found = lines(**changes)
    assert found[what].outcome is outcome
    assert found[what].said
    assert bool(found[what].mend) or outcome is UNKNOWN


def test_what_is_denied_names_the_permission():
    found = lines(instance=InstanceRead("i-1", unread=(DENIED,)))
    assert "ask for some:Permission" in found["instance"].said


def test_the_role_is_learnt_from_the_host_where_ec2_may_not_be_asked():
    unread = replace(WHOLE, instance=InstanceRead(samples.INSTANCE, unread=(DENIED,)))
    assert wanted_of(unread) == AccessWanted(ROLE, TARGET, target_policies=True)
    assert wanted_of(replace(unread, probe=None)).caller is None


def test_without_knowing_the_role_neither_side_is_called_right():
    unread = InstanceRead(samples.INSTANCE, unread=(DENIED,))
    found = lines(instance=unread, probe=None, access=AccessRead(None, OTHER))
    assert (found["may switch"].outcome, found["is trusted"].outcome) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({}, PASS, 0),
        ({"probe": None}, UNKNOWN, 4),
        ({"probe": None, "managed": None}, FAIL, 1),
    ],
)
def test_what_is_wrong_wins_over_what_is_unknown(changes, outcome, code):
    found = examine(replace(WHOLE, **changes))
    checkup = Checkup((HostCheckup(samples.INSTANCE, found),), {})
    assert (checkup.outcome, checkup.exit_code) == (outcome, code)
