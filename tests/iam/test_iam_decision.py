"""Which policies must allow, within one account and across two."""

import pytest

from orchestrator.iam import Caller, Policies, PolicyKind, Request, Verdict
from support.policies import (
    ALICE,
    BUCKET,
    HOST,
    ROLE,
    SESSION,
    USER,
    A,
    B,
    asked,
    bucket_policy,
    listing,
    policy,
    statement,
)

LISTS = policy(statement(), name="lists")
NOTHING = policy(statement(action="ec2:*"))


def bucket_for(principal, effect="Allow", **more):
    return bucket_policy(statement(effect, Principal=principal, **more))


def limit(kind, action="ec2:*", effect="Allow"):
    return policy(statement(effect, action), kind=kind)


BOUNDARY = limit(PolicyKind.BOUNDARY)
SESSION_POLICY = limit(PolicyKind.SESSION)
SCP = limit(PolicyKind.SERVICE_CONTROL)
FULL_SCP = limit(PolicyKind.SERVICE_CONTROL, "*")


def test_without_any_policy_a_request_is_implicitly_denied():
    decision = asked(listing())
    assert decision.verdict is Verdict.IMPLICIT_DENY
    assert decision.missing == ("identity",)
    assert not decision.allowed


def test_an_allow_of_the_callers_own_is_enough_in_one_account():
    decision = asked(listing(), identity=(LISTS,))
    assert decision.allowed
    assert [str(ref) for ref in decision.statements] == ["identity policy lists, statement 1"]


def test_a_deny_wins_and_is_named():
    denying = policy(statement(), statement("Deny", "s3:*", Sid="NoS3"), name="limits")
    decision = asked(listing(), identity=(LISTS, denying), resource=bucket_for("*"))
    assert decision.verdict is Verdict.EXPLICIT_DENY
    assert [str(ref) for ref in decision.statements] == ["identity policy limits, statement NoS3"]


@pytest.mark.parametrize("place", ["resource", "boundary", "session", "service_control"])
def test_a_deny_wins_wherever_it_stands(place):
    deny = {
        "resource": bucket_for({"AWS": A}, "Deny"),
        "boundary": limit(PolicyKind.BOUNDARY, "*", "Deny"),
        "session": limit(PolicyKind.SESSION, "*", "Deny"),
        "service_control": ((FULL_SCP, limit(PolicyKind.SERVICE_CONTROL, "s3:*", "Deny")),),
    }
    decision = asked(listing(), identity=(LISTS,), **{place: deny[place]})
    assert decision.verdict is Verdict.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("caller", "principal", "spared"),
    [
        (HOST, {"AWS": SESSION}, {"identity", "boundary", "session"}),
        (HOST, "*", {"identity", "boundary", "session"}),
        (HOST, {"AWS": ROLE}, {"identity"}),
        (HOST, {"AWS": A}, set()),
        (ALICE, {"AWS": USER}, {"identity", "boundary"}),
        (ALICE, {"AWS": f"arn:aws:iam::{A}:root"}, set()),
    ],
)
def test_what_a_bucket_policy_spares_the_caller_in_one_account(caller, principal, spared):
    limits = {"boundary": BOUNDARY}
    if caller is HOST:
        limits["session"] = SESSION_POLICY
    bucket = bucket_for(principal)
    without = asked(listing(caller), identity=(NOTHING,), resource=bucket, **limits)
    assert set(without.missing) == {"identity", *limits} - spared
    assert without.allowed is (not without.missing)


@pytest.mark.parametrize("principal", ["*", {"AWS": B}, {"AWS": ROLE}, {"AWS": SESSION}])
def test_across_accounts_both_sides_must_allow(principal):
    bucket, request = bucket_for(principal), listing(account=B)
    assert asked(request, resource=bucket).missing[-1] == "identity"
    assert "resource" in asked(request, identity=(LISTS,)).missing
    both = asked(request, identity=(LISTS,), resource=bucket)
    assert both.allowed is (principal != {"AWS": B})


def test_across_accounts_boundary_and_session_policy_limit_whoever_is_named():
    decision = asked(
        listing(account=B),
        identity=(LISTS,),
        resource=bucket_for({"AWS": SESSION}),
        boundary=BOUNDARY,
        session=SESSION_POLICY,
    )
    assert decision.missing == ("boundary", "session")


def test_every_level_of_the_organization_must_allow():
    def with_levels(*levels):
        return asked(listing(), identity=(LISTS,), service_control=levels)

    assert with_levels((FULL_SCP,), (SCP, FULL_SCP)).allowed
    assert with_levels((FULL_SCP,), (SCP,)).missing == ("service control",)
    assert with_levels((FULL_SCP,), ()).missing == ("service control",)


def test_the_organization_limits_also_whom_a_bucket_policy_names():
    decision = asked(listing(), resource=bucket_for({"AWS": SESSION}), service_control=((SCP,),))
    assert decision.missing == ("service control",)


def test_the_organization_does_not_limit_service_linked_roles():
    role = f"arn:aws:iam::{A}:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"
    session = f"arn:aws:sts::{A}:assumed-role/AWSServiceRoleForAmazonSSM/x"
    linked = Caller(session, A, role_arn=role)
    assert asked(listing(linked), identity=(LISTS,), service_control=((SCP,),)).allowed


def test_the_root_user_may_do_all_in_its_account_but_what_is_denied():
    root = Caller(f"arn:aws:iam::{A}:root", A)
    assert asked(listing(root)).allowed
    assert asked(listing(root), service_control=((SCP,),)).missing == ("service control",)
    denied = asked(listing(root), resource=bucket_for({"AWS": A}, "Deny"))
    assert denied.verdict is Verdict.EXPLICIT_DENY
    assert asked(listing(root, B)).missing == ("resource",)


def test_a_federated_users_session_needs_its_session_policy():
    caller = Caller(f"arn:aws:sts::{A}:federated-user/bob", A)
    assert asked(listing(caller), identity=(LISTS,)).missing == ("session",)
    given = limit(PolicyKind.SESSION, "s3:*")
    assert asked(listing(caller), identity=(LISTS,), session=given).allowed
    assert asked(listing(caller), resource=bucket_for({"AWS": caller.arn})).allowed


def test_who_am_i_is_answered_to_everyone():
    request = Request(HOST, "sts:GetCallerIdentity", "*", A)
    denied = policy(statement("Deny", "*"))
    assert asked(request, identity=(denied,)).allowed


@pytest.mark.parametrize(
    ("named", "denied"),
    [
        ([SESSION, ROLE, f"arn:aws:iam::{A}:root"], False),
        ([SESSION, ROLE], True),
        ([ROLE, A], True),
        ([SESSION, A], True),
        ([USER, A], True),
    ],
)
def test_not_principal_leaves_out_who_is_named_at_every_level(named, denied):
    bucket = bucket_policy(statement("Deny", NotPrincipal={"AWS": named}))
    decision = asked(listing(), identity=(LISTS,), resource=bucket)
    assert decision.verdict is (Verdict.EXPLICIT_DENY if denied else Verdict.ALLOWED)


def test_not_principal_leaves_out_nobody_who_has_a_boundary():
    bucket = bucket_policy(statement("Deny", NotPrincipal={"AWS": [USER, A]}))
    wide = limit(PolicyKind.BOUNDARY, "*")
    assert asked(listing(ALICE), identity=(LISTS,), resource=bucket).allowed
    limited = asked(listing(ALICE), identity=(LISTS,), resource=bucket, boundary=wide)
    assert limited.verdict is Verdict.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("element", "covered"),
    [
        ({"Action": "S3:listbucket"}, True),
        ({"Action": "s3:List*"}, True),
        ({"Action": "s3:ListBucke?"}, True),
        ({"Action": "s3:ListBucket?"}, False),
        ({"Action": ["ec2:*", "s3:*"]}, True),
        ({"Action": "*"}, True),
        ({"NotAction": "s3:*"}, False),
        ({"NotAction": ["ec2:*", "s3:Put*"]}, True),
        ({"NotAction": "*"}, False),
        ({"Resource": BUCKET}, True),
        ({"Resource": BUCKET.upper().replace("ARN:AWS:S3", "arn:aws:s3")}, False),
        ({"Resource": "arn:aws:s3:::*"}, True),
        ({"Resource": "arn:aws:s3:::xxxx*trail"}, True),
        ({"Resource": "arn:aws:s3:::xxxxxxxx?cloudtrail"}, True),
        ({"Resource": f"{BUCKET}/*"}, False),
        ({"Resource": ["arn:aws:s3:::a", BUCKET]}, True),
        ({"Resource": "arn:*:s3:*:*:xxxxxxxx-cloudtrail"}, True),
        ({"Resource": "arn:aws:s3:*:xxxxxxxx-cloudtrail:x"}, False),
        ({"NotResource": BUCKET}, False),
        ({"NotResource": "arn:aws:s3:::other"}, True),
        ({"NotResource": "*"}, False),
    ],
)
def test_what_actions_and_resources_cover(element, covered):
    (name,) = element
    base = statement()
    del base["Action" if "Action" in name else "Resource"]
    decision = asked(listing(), identity=(policy(base | element),))
    assert decision.allowed is covered


def test_a_star_does_not_reach_over_a_colon_before_the_last_part():
    arn = f"arn:aws:logs:ap-northeast-1:{A}:log-group:a:b"
    request = Request(HOST, "logs:GetLogEvents", arn, A)
    for resource, covered in (
        (f"arn:aws:logs:*:{A}:log-group:*", True),
        ("arn:aws:logs:*:log-group:a:b", False),
    ):
        allowing = policy(statement(action="logs:*", resource=resource))
        assert asked(request, identity=(allowing,)).allowed is covered


def test_a_pattern_full_of_stars_takes_no_time_worth_mention():
    name = "a*" * 1000 + "b"
    long = Request(HOST, "s3:GetObject", "arn:aws:s3:::" + "a" * 1000, A)
    allowing = policy(statement(action="s3:*", resource=f"arn:aws:s3:::{name}"))
    assert not asked(long, identity=(allowing,)).allowed


@pytest.mark.parametrize(
    ("place", "kind"),
    [("resource", "identity"), ("boundary", "identity"), ("session", "boundary")],
)
def test_a_policy_in_the_wrong_place_is_refused(place, kind):
    with pytest.raises(ValueError, match=f"a {kind} policy stands where"):
        Policies(**{place: limit(PolicyKind(kind))})


@pytest.mark.parametrize(
    "parts",
    [
        {"arn": "arn:aws:sts::111111111111:assumed-role/Name/x", "account": A},
        {"arn": SESSION, "account": A, "role_arn": f"arn:aws:iam::{A}:role/Other"},
        {"arn": SESSION, "account": A, "role_arn": f"arn:aws:iam::{B}:role/EC2RoleforSSM"},
        {"arn": SESSION, "account": B, "role_arn": ROLE},
        {"arn": USER, "account": A, "role_arn": ROLE},
        {"arn": "alice", "account": A},
        {"arn": f"arn:aws:iam::{A}:role/EC2RoleforSSM", "account": A},
        {"arn": USER, "account": A, "service": "ec2.amazonaws.com"},
    ],
)
def test_a_caller_that_contradicts_itself_is_refused(parts):
    with pytest.raises(ValueError, match=r".+"):
        Caller(**parts)


@pytest.mark.parametrize(
    ("action", "resource", "account"),
    [
        ("s3:*", BUCKET, A),
        ("ListBucket", BUCKET, A),
        ("s3:Li\u017ftBucket", BUCKET, A),
        ("s3:ListBucket", "bucket", A),
        ("s3:ListBucket", "arn:aws:s3:bucket", A),
        ("s3:ListBucket", BUCKET, "a"),
        ("sts:AssumeRole", f"arn:aws:iam::{B}:role/x", A),
    ],
)
def test_a_request_without_the_form_of_one_is_refused(action, resource, account):
    with pytest.raises(ValueError, match=r".+"):
        Request(HOST, action, resource, account)
