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
REPORTS = allow("ssm:UpdateInstanceInformation")
BOTH = allow(["ssmmessages:*", "ec2messages:*"])
MAY_BE = PolicyText("Core", document(REPORTS, BOTH))
OWN = RoleRead(ROLE, True, ROLE, tags={}, policies=(MAY_ASSUME, MAY_BE), whole=True, bounded=False)
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
        *("instance", "role", "metadata", "agent", "agent version", "agent's role"),
        *("may switch", "is trusted", "may ask", "host"),
    ]
    assert {line.outcome for line in found.values()} == {PASS}
    assert not any(line.mend for line in found.values())


NO_EC2 = {"instance": InstanceRead("i-1", unread=(DENIED,))}
LOST = replace(ONLINE, ping_status="ConnectionLost")
DENY_REPORT = {"Effect": "Deny", "Action": "ssm:Update*", "Resource": "*"}
ELSEWHERE = allow("ssm:*", "arn:aws:ec2:ap-northeast-1:111111111111:instance/i-0123456789abcdef0")
IN_VPC = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
UNDER_VPC = PolicyText("Core", document(REPORTS, {**BOTH, "Condition": IN_VPC}))


def own(*policies):
    return {"access": AccessRead(replace(OWN, policies=policies), OTHER)}


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
    "not probed": ("host", UNKNOWN, {"probe": None, "no_probe": "not probed: see agent"}),
    "role where ec2 is denied": ("role", UNKNOWN, NO_EC2),
    "metadata where ec2 is denied": ("metadata", UNKNOWN, NO_EC2),
    "an old agent": ("agent version", UNKNOWN, {"managed": replace(ONLINE, agent_version="2.3.1")}),
    "an agent without a version": (
        "agent version",
        UNKNOWN,
        {"managed": replace(ONLINE, agent_version="")},
    ),
    "an agent that may not be": ("agent's role", FAIL, {"managed": LOST, **own(MAY_ASSUME)}),
    "an agent that is there though it may not": ("agent's role", UNKNOWN, own(MAY_ASSUME)),
    "an agent that may only report": (
        "agent's role",
        FAIL,
        {"managed": LOST, **own(PolicyText("Part", document(REPORTS)))},
    ),
    "an agent that may report on another instance": (
        "agent's role",
        FAIL,
        {"managed": None, **own(PolicyText("Part", document(ELSEWHERE, BOTH)))},
    ),
    "an agent of a role that is denied it": (
        "agent's role",
        FAIL,
        {"managed": None, **own(MAY_BE, PolicyText("No", document(DENY_REPORT)))},
    ),
    "an agent under an unknown condition": ("agent's role", UNKNOWN, own(UNDER_VPC)),
    "an agent of a role that was not read": (
        "agent's role",
        UNKNOWN,
        {"managed": LOST, "access": AccessRead(RoleRead(ROLE, unread=(DENIED,)), OTHER)},
    ),
    "an agent of a role that was read in part": (
        "agent's role",
        UNKNOWN,
        {
            "managed": LOST,
            "access": AccessRead(replace(OWN, policies=(), whole=False, unread=(DENIED,)), OTHER),
        },
    ),
    "a host that fails": (
        "host",
        UNKNOWN,
        {"probe": probe(UNKNOWN, (Cause("module-missing", "t", "e", "m"),))},
    ),
}


@pytest.mark.parametrize("channel", ["ssmmessages", "ec2messages"])
def test_one_channel_is_enough_for_an_agent(channel):
    line = lines(**own(PolicyText("One", document(REPORTS, allow(f"{channel}:*")))))["agent's role"]
    assert (line.outcome, line.said.endswith(f"by {channel}")) == (PASS, True)


def test_a_boundary_counts_for_the_agent_too():
    bounded = replace(OWN, bounded=True, boundary=MAY_ASSUME)
    line = lines(managed=LOST, access=AccessRead(bounded, OTHER))["agent's role"]
    assert (line.outcome, line.cause) == (FAIL, "agent-not-allowed")
    assert "attach-role-policy --role-name EC2RoleforSSM" in line.mend


def test_where_ec2_is_denied_each_line_names_the_permission_and_no_role_is_called_right():
    found = lines(**NO_EC2)
    for what in ("instance", "role", "metadata"):
        assert found[what].outcome is UNKNOWN
        assert "some:Permission" in found[what].said
    assert f"the host acts as {ROLE}" in found["role"].said


def test_what_could_not_be_read_is_told_once():
    found = lines(access=AccessRead(OWN, RoleRead(TARGET, unread=(DENIED,))))
    told = [line.what for line in found.values() if "it was denied" in line.said]
    assert told == ["is trusted"]
    assert found["may switch"].outcome is PASS
    assert found["may ask"].said == "not known either: see is trusted"


def test_where_no_probe_was_wanted_nothing_is_said_of_the_host():
    found = lines(probe=None)
    assert "host" not in found
    assert {line.outcome for line in found.values()} == {PASS}


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
        ({"probe": None}, PASS, 0),
        ({"probe": None, "no_probe": "it is offline"}, UNKNOWN, 4),
        ({"probe": None, "managed": None}, FAIL, 1),
    ],
)
def test_what_is_wrong_wins_over_what_is_unknown(changes, outcome, code):
    found = examine(replace(WHOLE, **changes))
    checkup = Checkup((HostCheckup(samples.INSTANCE, found),), {})
    assert (checkup.outcome, checkup.exit_code) == (outcome, code)
