"""Unknown conditions: once in the caller's favour, once against it; and what comes near."""

import pytest

from orchestrator.iam import Miss, Policies, Verdict, decide, near, supposing
from support.policies import (
    ROLE,
    TARGET,
    A,
    assuming,
    policy,
    statement,
    trust_policy,
    trusting,
)

MAY = policy(statement(action="sts:AssumeRole", resource=TARGET))
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


def verdicts(known, **policies):
    """What `decide` says in the caller's favour, and against it."""
    given = Policies(**policies)
    return tuple(
        decide(assuming(), supposing(given, known, generous=generous)).verdict
        for generous in (True, False)
    )


def nothing(_clause):
    return False


def everything(_clause):
    return True


def test_an_allow_under_an_unknown_condition_may_apply():
    trust = trust_policy(trusting({"AWS": ROLE}, Condition=ORGANIZATION))
    assert verdicts(nothing, identity=(MAY,), resource=trust) == (
        Verdict.ALLOWED,
        Verdict.IMPLICIT_DENY,
    )


def test_a_deny_under_an_unknown_condition_may_apply():
    elsewhere = statement(
        "Deny", "sts:*", Condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    )
    trust = trust_policy(trusting({"AWS": ROLE}))
    assert verdicts(nothing, identity=(MAY, policy(elsewhere)), resource=trust) == (
        Verdict.ALLOWED,
        Verdict.EXPLICIT_DENY,
    )


def test_a_known_condition_is_judged_beside_an_unknown_one():
    both = {**ORGANIZATION, "StringLike": {"sts:ExternalId": "*"}}
    trust = trust_policy(trusting({"AWS": ROLE}, Condition=both))
    assert verdicts(
        lambda clause: clause.key == "sts:externalid", identity=(MAY,), resource=trust
    ) == (Verdict.IMPLICIT_DENY, Verdict.IMPLICIT_DENY)


def test_where_all_is_known_nothing_is_taken_out():
    trust = trust_policy(trusting({"AWS": ROLE}, Condition=ORGANIZATION))
    given = Policies(identity=(MAY,), resource=trust)
    assert supposing(given, everything, generous=True) == given


@pytest.mark.parametrize(
    ("close", "miss", "keys"),
    [
        (trust_policy(trusting({"AWS": f"{ROLE}X"})), Miss.PRINCIPAL, ()),
        (
            trust_policy(trusting({"AWS": A}, Condition=ORGANIZATION)),
            Miss.CONDITION,
            ("aws:principalorgid",),
        ),
        (policy(statement(action="sts:Assume*", resource=f"{TARGET}X")), Miss.RESOURCE, ()),
    ],
)
def test_an_allow_that_does_not_apply_says_what_it_misses(close, miss, keys):
    (found,) = near(assuming(), close)
    assert (found.miss, found.keys, found.ref.index) == (miss, keys, 0)


def test_a_statement_about_something_else_and_one_that_applies_are_not_near():
    assert near(assuming(), policy(statement(action="s3:*"))) == ()
    assert near(assuming(), MAY) == ()
