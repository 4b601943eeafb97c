"""What must hold of every decision, whatever the policies say."""

import dataclasses
import random

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.iam import Policies, PolicyKind, Verdict, decide
from support.policies import (
    ALICE,
    HOST,
    ROLE,
    SESSION,
    USER,
    A,
    B,
    asked,
    assuming,
    listing,
    policy,
)

OWN_ROLE = f"arn:aws:iam::{A}:role/Target"
REQUESTS = [
    listing(HOST),
    listing(ALICE),
    listing(HOST, B),
    listing(ALICE, B),
    assuming(HOST),
    assuming(ALICE, OWN_ROLE),
    assuming(HOST, OWN_ROLE, aws__SourceIp="203.0.113.7", sts__ExternalId="x"),
]

effects = st.sampled_from(["Allow", "Allow", "Deny"])
actions = st.sampled_from(["*", "s3:*", "s3:List*", "sts:AssumeRole", "ec2:*"])
resources = st.sampled_from(
    ["*", "arn:aws:s3:::*", "arn:aws:iam::*:role/*", "arn:aws:s3:::${aws:username}"]
)
principals = st.sampled_from(["*", {"AWS": A}, {"AWS": ROLE}, {"AWS": [SESSION, USER]}, {"AWS": B}])
conditions = st.sampled_from(
    [
        {},
        {},
        {"StringEquals": {"sts:ExternalId": "x"}},
        {"StringNotEquals": {"sts:ExternalId": "x"}},
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"ForAllValues:StringLike": {"aws:username": "a*"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
        {"Null": {"aws:username": "false"}},
    ]
)


@st.composite
def statements(draw, kind, effect=effects):
    found = {"Effect": draw(effect), "Condition": draw(conditions)}
    if kind is PolicyKind.TRUST:
        return found | {"Principal": draw(principals), "Action": "sts:AssumeRole"}
    found |= {"Action": draw(actions), "Resource": draw(resources)}
    return found | ({"Principal": draw(principals)} if kind is PolicyKind.RESOURCE else {})


def lists(kind):
    return st.lists(statements(kind), min_size=1, max_size=3)


@st.composite
def worlds(draw):
    """A request, and the statements of each policy that has a say in it, or None."""
    request = draw(st.sampled_from(REQUESTS))
    owner = PolicyKind.TRUST if request.action == "sts:AssumeRole" else PolicyKind.RESOURCE
    kinds = {
        "identity": PolicyKind.IDENTITY,
        "resource": owner,
        "boundary": PolicyKind.BOUNDARY,
        "session": PolicyKind.SESSION,
        "service_control": PolicyKind.SERVICE_CONTROL,
    }
    often = st.integers(0, 2).map(bool)
    rarely = st.integers(0, 3).map(lambda n: n == 0)
    chosen = {
        place: draw(often if place in ("identity", "resource") else rarely) for place in kinds
    }
    return request, {
        place: (kind, draw(lists(kind)) if chosen[place] else None) for place, kind in kinds.items()
    }


def policies(world):
    made = {place: policy(*found, kind=kind) for place, (kind, found) in world.items() if found}
    for place in ("identity", "service_control"):
        made[place] = (made[place],) if place in made else ()
    made["service_control"] = (made["service_control"],) if made["service_control"] else ()
    return Policies(**made)


def verdict(request, world):
    return decide(request, policies(world)).verdict


def adding(world, place, statement):
    kind, found = world[place]
    return world | {place: (kind, [*(found or ()), statement])}


def existing(world):
    return sorted(place for place, (_, found) in world.items() if found)


@given(worlds(), st.data())
def test_an_added_deny_never_allows(drawn, data):
    request, world = drawn
    place = data.draw(st.sampled_from(["identity", "resource"]))
    deny = data.draw(statements(world[place][0], st.just("Deny")))
    before, after = verdict(request, world), verdict(request, adding(world, place, deny))
    assert after is before or after is Verdict.EXPLICIT_DENY


@given(worlds(), st.data())
def test_an_added_allow_never_denies(drawn, data):
    request, world = drawn
    # A boundary, a session policy or an SCP where there was none limits, Allow or not.
    place = data.draw(st.sampled_from(sorted({"identity", "resource", *existing(world)})))
    allow = data.draw(statements(world[place][0], st.just("Allow")))
    before, after = verdict(request, world), verdict(request, adding(world, place, allow))
    assert after is before or (before, after) == (Verdict.IMPLICIT_DENY, Verdict.ALLOWED)


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(drawn, chance: random.Random):
    request, world = drawn
    shuffled = {
        place: (kind, found and chance.sample(found, len(found)))
        for place, (kind, found) in world.items()
    }
    assert verdict(request, shuffled) is verdict(request, world)


@given(worlds(), st.sampled_from(["boundary", "session", "service_control"]), st.data())
def test_what_limits_never_widens(drawn, place, data):
    request, world = drawn
    kind, _ = world[place]
    without = world | {place: (kind, None)}
    limited = world | {place: (kind, data.draw(lists(kind)))}
    if verdict(request, limited) is Verdict.ALLOWED:
        assert verdict(request, without) is Verdict.ALLOWED


@given(worlds())
def test_statements_may_as_well_stand_in_policies_of_their_own(drawn):
    request, world = drawn
    found = policies(world)
    split = tuple(policy(one) for one in world["identity"][1] or ())
    assert (
        decide(request, dataclasses.replace(found, identity=split)).verdict
        is decide(request, found).verdict
    )


@given(worlds())
def test_a_decision_says_what_it_rests_on(drawn):
    request, world = drawn
    decision = decide(request, policies(world))
    assert bool(decision.missing) is (decision.verdict is Verdict.IMPLICIT_DENY)
    assert set(decision.missing) <= set(PolicyKind)
    assert bool(decision.statements) is not bool(decision.missing)
    effects = {world[_place(ref.kind)][1][ref.index]["Effect"] for ref in decision.statements}
    expected = {Verdict.ALLOWED: {"Allow"}, Verdict.EXPLICIT_DENY: {"Deny"}}
    assert effects == expected.get(decision.verdict, set())


def _place(kind):
    return "resource" if kind is PolicyKind.TRUST else kind.replace(" ", "_")


def test_the_requests_meet_all_three_verdicts():
    everything = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    nothing = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})
    assert asked(REQUESTS[0], identity=(everything,)).allowed
    assert asked(REQUESTS[0], identity=(nothing,)).verdict is Verdict.EXPLICIT_DENY
    assert asked(REQUESTS[0]).verdict is Verdict.IMPLICIT_DENY
