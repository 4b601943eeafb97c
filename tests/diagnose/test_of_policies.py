"""What was read of the policies names the cause; what could not be read never does."""

from dataclasses import replace

import pytest

from orchestrator.diagnose import diagnose, of_policies, wanted
from orchestrator.diagnose.catalogue import rules_of
from orchestrator.model.access import AccessRead, AccessWanted, PolicyText, RoleRead, Unread
from support import samples
from support.cases import after, case_of
from support.policy_texts import allow, document, trusting

TARGET = samples.ROLE_ARN
CALLER = "arn:aws:iam::111111111111:role/EC2RoleforSSM"
WITH_PATH = "arn:aws:iam::111111111111:role/hosts/EC2RoleforSSM"
DENIED = Unread("the role", "GetRole was denied", "iam:GetRole")

REFUSED = case_of(**after(samples.ASSUME_REFUSED))
LIST_REFUSED = case_of(step={"after.s3_bucket": samples.failed("after.s3_bucket", samples.REFUSED)})


MAY_ASSUME = PolicyText("SwitchRole", document(allow("sts:AssumeRole", TARGET)))
MAY_LIST = PolicyText("Read", document(allow("s3:List*")))
OWN = RoleRead(CALLER, True, CALLER, tags={}, policies=(MAY_ASSUME,), whole=True, bounded=False)
OTHER = RoleRead(TARGET, True, TARGET, trust=document(trusting()), tags={}, bounded=False)
SWITCHED = replace(OTHER, policies=(MAY_LIST,), whole=True)


def policies(*statements, name="Some"):
    return (PolicyText(name, document(*statements)),)


def causes(case, caller=OWN, target=OTHER):
    found = diagnose(replace(case, access=AccessRead(caller, target)))
    return [(cause.id, cause.certain) for cause in found]


def of_switch(**changes):
    return causes(REFUSED, caller=replace(OWN, **changes))


def of_trust(*statements):
    return causes(REFUSED, target=replace(OTHER, trust=document(*statements)))


def of_call(**changes):
    return causes(LIST_REFUSED, None, replace(SWITCHED, **changes))


DENY = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}
OF_CALLER = {
    "assume-not-allowed": {"policies": ()},
    "assume-denied": {"policies": (MAY_ASSUME, *policies(DENY))},
    "assume-outside-boundary": {"bounded": True, "boundary": policies(allow("ssm:*"))[0]},
}


@pytest.mark.parametrize(("name", "changes"), OF_CALLER.items(), ids=OF_CALLER)
def test_the_callers_side_is_found(name, changes):
    assert of_switch(**changes) == [(name, True)]


def test_an_allow_for_another_role_is_shown_as_what_comes_near():
    other = replace(OWN, policies=policies(allow("sts:AssumeRole", f"{TARGET}-2")))
    (cause,) = diagnose(replace(REFUSED, access=AccessRead(other, OTHER)))
    assert f"{TARGET}-2" in cause.evidence
    assert "account 111111111111" in cause.mend
    assert f'"Resource": "{TARGET}"' in cause.mend


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"sts:ExternalId": "x"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"StringEquals": {"aws:PrincipalTag/team": "ops"}},
        {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    ],
    ids=lambda condition: next(iter(next(iter(condition.values())))),
)
def test_a_condition_that_this_call_cannot_fulfil_is_found(condition):
    assert of_trust(trusting(Condition=condition)) == [("trust-condition", True)]


SPELT = {
    "as AWS writes it": "aws:PrincipalTag/Team",
    "as somebody else writes it": "AWS:principalTAG/Team",
}


@pytest.mark.parametrize("key", SPELT.values(), ids=SPELT)
def test_a_condition_key_is_spelt_as_the_policy_spells_it(key):
    conditions = {"StringLike": {"sts:ExternalId": "x"}, "StringEquals": {key: "ops"}}
    target = replace(OTHER, trust=document(trusting(Condition=conditions)))
    (cause,) = diagnose(replace(REFUSED, access=AccessRead(OWN, target)))
    assert f"take out the condition on sts:ExternalId, {key}." in cause.mend
    assert "give the caller's role that tag" in cause.mend


@pytest.mark.parametrize(
    "key", ["aws:PrincipalOrgID", "aws:SourceVpc", "sts:RoleSessionName", "aws:UserAgent"]
)
def test_a_condition_on_what_nobody_here_knows_is_possible(key):
    found = of_trust(trusting(Condition={"StringEquals": {key: "x"}}))
    assert found == [("trust-condition", False), ("assume-role-refused", True)]


def test_a_deny_whose_condition_nobody_here_knows_is_possible():
    condition = {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}
    found = of_trust(trusting(), trusting(effect="Deny", Condition=condition))
    assert found == [("assume-denied", False), ("assume-role-refused", True)]


def test_a_trust_in_somebody_else_is_found_with_who_it_is():
    target = replace(OTHER, trust=document(trusting("arn:aws:iam::333333333333:root")))
    (cause,) = diagnose(replace(REFUSED, access=AccessRead(OWN, target)))
    assert cause.id == "trust-names-others"
    assert "333333333333" in cause.evidence
    assert CALLER in cause.mend


def test_a_trust_in_a_role_that_was_deleted_says_so():
    target = replace(OTHER, trust=document(trusting("AROAEXAMPLEEXAMPLE001")))
    (cause,) = diagnose(replace(REFUSED, access=AccessRead(OWN, target)))
    assert "AROAEXAMPLEEXAMPLE001 stands for a role that was deleted since" in cause.evidence


def test_both_sides_are_named_where_both_are_wrong():
    target = replace(OTHER, trust=document(trusting("333333333333")))
    found = causes(REFUSED, replace(OWN, policies=()), target)
    assert found == [("assume-not-allowed", True), ("trust-names-others", True)]


def test_the_roles_path_is_known_by_reading_it():
    trust = document(trusting(WITH_PATH))
    found = causes(REFUSED, replace(OWN, arn=WITH_PATH), replace(OTHER, trust=trust))
    assert found[0] == ("assume-refused-elsewhere", False)
    assert causes(REFUSED, replace(OWN, arn=WITH_PATH))[0] == ("trust-names-others", True)


def test_a_path_that_nobody_could_read_is_not_held_against_the_trust():
    unread = RoleRead(CALLER, unread=(DENIED,))
    target = replace(OTHER, trust=document(trusting(WITH_PATH)))
    assert causes(REFUSED, unread, target) == [("assume-role-refused", True)]


def test_where_both_sides_allow_it_something_else_is_possible():
    found = causes(REFUSED)
    assert sorted(found) == [("assume-refused-elsewhere", False), ("assume-role-refused", True)]


@pytest.mark.parametrize("policies", [(MAY_ASSUME,), (MAY_ASSUME, PolicyText("Odd", "{}"))])
def test_a_role_that_was_read_is_not_said_to_be_missing(policies):
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    target = replace(OTHER, trust=document(trusting(Condition=condition)))
    caller = replace(OWN, policies=policies)
    found = diagnose(replace(REFUSED, access=AccessRead(caller, target)))
    (refused,) = [cause for cause in found if cause.id == "assume-role-refused"]
    assert "exist" not in refused.mend


@pytest.mark.parametrize("trust", [None, document(trusting("arn:aws:iam::333333333333:root"))])
def test_nobody_is_told_to_trust_whom_a_host_names_without_a_word(trust):
    """It may name a role of anybody's; IAM alone knows which one is the instance's."""
    target = replace(OTHER, trust=trust) if trust else RoleRead(TARGET, unread=(DENIED,))
    for caller, warned in ((OWN, False), (RoleRead(CALLER, unread=(DENIED,)), True)):
        cause = diagnose(replace(REFUSED, access=AccessRead(caller, target)))[0]
        assert '"Principal": {"AWS": "' in cause.mend
        assert ("who the host says" in cause.mend) is warned
    assert "who the host says" in diagnose(REFUSED)[0].mend


def test_a_role_that_nobody_read_may_not_exist():
    access = AccessRead(OWN, RoleRead(TARGET, unread=(DENIED,)))
    (cause,) = diagnose(replace(REFUSED, access=access))
    assert f"or {TARGET} does not exist" in cause.mend


def test_a_role_that_is_not_there_is_found_with_what_is_like_it():
    like = "arn:aws:iam::222222222222:role/test-switchrole"
    target = RoleRead(TARGET, exists=False, others=(like, "arn:aws:iam::222222222222:role/Other"))
    (cause,) = diagnose(replace(REFUSED, access=AccessRead(OWN, target)))
    assert cause.id == "role-not-found"
    assert like in cause.mend
    assert "Other" not in cause.evidence


def test_a_role_with_a_path_is_found():
    arn = "arn:aws:iam::222222222222:role/apps/Test-Switch-Role"
    (cause,) = diagnose(replace(REFUSED, access=AccessRead(OWN, replace(OTHER, arn=arn))))
    assert (cause.id, cause.mend) == ("role-arn-differs", f"--role-arn {arn}")


UNREAD = {
    "policies": {"policies": (), "whole": False, "unread": (DENIED,)},
    "boundary": {"bounded": True, "boundary": None, "unread": (DENIED,)},
    "whether it is bounded": {"bounded": None, "unread": (DENIED,)},
}


@pytest.mark.parametrize("changes", UNREAD.values(), ids=UNREAD)
def test_what_could_not_be_read_is_said_and_names_no_cause(changes):
    access = AccessRead(replace(OWN, **changes), OTHER)
    (cause,) = diagnose(replace(REFUSED, access=access))
    assert cause.id == "assume-role-refused"
    assert "could not read the role: GetRole was denied (ask for iam:GetRole)" in cause.evidence
    assert "own policies allow it" not in cause.evidence


def test_a_deny_is_found_even_where_not_everything_could_be_read():
    changes = {"policies": policies(DENY), "whole": False, "unread": (DENIED,)}
    assert of_switch(**changes) == [("assume-denied", True)]


def test_a_policy_that_is_not_understood_leaves_it_open():
    odd = PolicyText("Odd", '{"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]}')
    access = AccessRead(replace(OWN, policies=(odd,)), OTHER)
    (cause,) = diagnose(replace(REFUSED, access=access))
    assert cause.id == "assume-role-refused"
    assert "policy Odd: not understood" in cause.evidence


OF_CALL = {
    "call-not-allowed": {"policies": policies(allow("s3:GetObject"))},
    "call-denied": {
        "policies": (
            MAY_LIST,
            *policies({"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*"}, name="No"),
        )
    },
    "call-outside-boundary": {"bounded": True, "boundary": policies(allow("s3:Get*"))[0]},
}


@pytest.mark.parametrize(("name", "changes"), OF_CALL.items(), ids=OF_CALL)
def test_the_refused_call_after_the_switch_is_explained(name, changes):
    assert of_call(**changes) == [(name, True)]


def test_a_call_that_every_policy_allows_is_only_called_refused():
    assert of_call() == [("bucket-list-refused", True)]


def test_policies_are_wanted_for_a_refusal_alone():
    assert wanted(case_of()) is None
    assert wanted(case_of(**after({"chain": ["orch.Unreachable"]}))) is None
    assert wanted(REFUSED) == AccessWanted(caller=CALLER, target=TARGET)
    assert wanted(LIST_REFUSED) == AccessWanted(target=TARGET, target_policies=True)


def test_every_cause_in_the_policies_has_a_row_here():
    others = {"role-not-found", "role-arn-differs", "trust-names-others", "trust-condition"}
    shown = {*OF_CALLER, *OF_CALL, *others, "assume-refused-elsewhere"}
    assert {rule.name for rule in rules_of(of_policies)} == shown
