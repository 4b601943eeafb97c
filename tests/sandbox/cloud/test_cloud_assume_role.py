"""AssumeRole and GetCallerIdentity: what is asked, how long it lasts, and who it then is."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.sandbox import world
from support.standing_cloud import TARGET, A, B, policy, put, refused, statement, trusting

S3_DENIED = policy(statement(), statement("Deny", "s3:*"))


@pytest.fixture(scope="module")
def caller(standing):
    """A user of account A who may assume any role."""
    return standing.new_user("caller", statement(action="sts:*"))


@pytest.fixture(scope="module")
def open_role(standing, caller):
    """A role of account B that trusts account A, lasts two hours at most, and may use S3."""
    trust = trusting(
        {"AWS": A}, action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    )
    arn = standing.new_role("Open", [trust], MaxSessionDuration=7200)
    put(
        standing.client("iam", B).put_role_policy,
        document=policy(statement(action=["s3:*", "sts:AssumeRole"])),
        RoleName="Open",
    )
    return arn


def test_nobody_can_be_denied_to_ask_who_they_are(standing):
    keys = standing.new_user("denied", statement("Deny"))
    answer = standing.client("sts", keys).get_caller_identity()
    assert (answer["Account"], answer["Arn"]) == (A, f"arn:aws:iam::{A}:user/denied")
    assert answer["UserId"].startswith("AIDA")


def test_the_hosts_identity_is_its_roles_session(standing):
    answer = standing.client("sts", standing.host()).get_caller_identity()
    role, _, name = answer["UserId"].partition(":")
    assert answer["Arn"] == f"arn:aws:sts::{A}:assumed-role/EC2RoleforSSM/{world.INSTANCE_ID}"
    assert (role[:4], name) == ("AROA", world.INSTANCE_ID)


def test_a_session_is_somebody_else_than_its_caller(standing, caller, open_role):
    keys = standing.assume(caller, open_role)
    answer = standing.client("sts", keys).get_caller_identity()
    assert answer["Arn"] == f"arn:aws:sts::{B}:assumed-role/Open/switch"
    assert standing.client("s3", keys).list_buckets()["Buckets"][0]["Name"] == world.BUCKET


def test_a_path_is_not_part_of_the_sessions_arn(standing, caller):
    arn = standing.new_role("Deep", [trusting({"AWS": A})], Path="/ops/a/")
    assert arn == f"arn:aws:iam::{B}:role/ops/a/Deep"
    keys = standing.assume(caller, arn)
    answer = standing.client("sts", keys).get_caller_identity()
    assert answer["Arn"] == f"arn:aws:sts::{B}:assumed-role/Deep/switch"


def test_an_external_id_is_compared_letter_by_letter(standing, caller):
    wanted = {"StringEquals": {"sts:ExternalId": "right"}}
    arn = standing.new_role("External", [trusting({"AWS": A}, Condition=wanted)])
    assert standing.assume(caller, arn, ExternalId="right").token
    for more in ({"ExternalId": "Right"}, {"ExternalId": "right:"}, {}):
        with refused("AccessDenied", 403):
            standing.assume(caller, arn, **more)


def test_a_session_policy_narrows_and_never_widens(standing, caller, open_role):
    keys = standing.assume(caller, open_role, Policy=S3_DENIED)
    with refused("AccessDenied", 403) as said:
        standing.client("s3", keys).list_buckets()
    assert said.message.endswith("with an explicit deny in a session policy")
    keys = standing.assume(caller, open_role, Policy=policy(statement(action="ec2:*")))
    with refused("AccessDenied", 403) as said:
        standing.client("s3", keys).list_buckets()
    assert "because no session policy allows the s3:ListAllMyBuckets action" in said.message
    keys = standing.assume(caller, open_role, Policy=policy(statement()))
    with refused("AccessDenied", 403):
        standing.client("iam", keys).list_roles()


@pytest.mark.parametrize(
    "text", ["{}", "[]", "null", "x", '{"Version": "2012-10-17"}', policy(trusting({"AWS": A}))]
)
def test_a_session_policy_that_is_none_is_malformed(standing, caller, open_role, text):
    with refused("MalformedPolicyDocument", 400):
        standing.assume(caller, open_role, Policy=text)


def test_a_session_policy_may_have_2048_characters(standing, caller, open_role):
    long = policy(statement(Sid="a" * 2048))
    with refused("ValidationError", 400):
        standing.assume(caller, open_role, Policy=long)


def test_a_session_lasts_an_hour_unless_asked_otherwise(standing, caller, open_role):
    sts = standing.client("sts", caller)
    asked = {"RoleArn": open_role, "RoleSessionName": "switch"}
    for seconds, more in [
        (3600, {}),
        (900, {"DurationSeconds": 900}),
        (7200, {"DurationSeconds": 7200}),
    ]:
        ends = sts.assume_role(**asked, **more)["Credentials"]["Expiration"]
        lasts = ends - datetime.now(UTC)
        assert timedelta(seconds=seconds - 30) < lasts <= timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (7201, "exceeds the MaxSessionDuration set for this role"),
        (43_201, "have value 900 to 43200"),
        (899, "have value 900 to 43200"),
        (0, "have value 900 to 43200"),
        (-1, "have value 900 to 43200"),
    ],
)
def test_a_session_of_another_length_is_a_validation_error(
    standing, caller, open_role, seconds, words
):
    with refused("ValidationError", 400) as said:
        standing.send_raw(
            "sts",
            caller,
            "AssumeRole",
            RoleArn=open_role,
            RoleSessionName="switch",
            DurationSeconds=seconds,
        )
    assert words in said.message


def test_a_chained_role_lasts_an_hour_at_most(standing, caller, open_role):
    trust = [trusting({"AWS": open_role})]
    second = standing.new_role("Second", trust, MaxSessionDuration=43_200)
    keys = standing.assume(caller, open_role)
    assert standing.assume(keys, second, DurationSeconds=3600).token
    with refused("ValidationError", 400) as said:
        standing.assume(keys, second, DurationSeconds=3601)
    assert "1 hour session limit for roles assumed by role chaining" in said.message


@pytest.mark.parametrize(
    "arn",
    [
        "Test-Switch-Role",
        "arn:aws:iam::222222222222:user/Test-Switch-Role",
        "arn:aws:iam::22222222222:role/Test-Switch-Role",
        "arn:aws:iam:ap-northeast-1:222222222222:role/Test-Switch-Role",
        "arn:aws:sts::222222222222:assumed-role/Test-Switch-Role/switch",
        "arn:aws:iam::222222222222:role/Test Switch Role",
        "arn:aws:iam::222222222222:role/",
        f"{TARGET}\n",
        f"arn:aws:iam::222222222222:role/{'a' * 2048}",
        "arn:aws:iam::222222222222:role/\uff34est-Switch-Role",
    ],
)
def test_what_is_no_roles_arn_is_a_validation_error(standing, caller, arn):
    with refused("ValidationError", 400):
        standing.send_raw("sts", caller, "AssumeRole", RoleArn=arn, RoleSessionName="switch")


@pytest.mark.parametrize(
    "arn",
    [
        TARGET.lower(),
        TARGET.replace("aws", "aws-cn", 1),
        f"{TARGET}/",
        TARGET.replace("role/", "role//"),
    ],
)
def test_an_arn_of_the_right_form_has_to_be_the_very_one(standing, arn):
    with refused("AccessDenied", 403):
        standing.assume(standing.host(), arn)


@pytest.mark.parametrize("name", ["", "x", "a b", "a/b", "a" * 65, "näme", "a\n"])
def test_a_session_needs_a_proper_name(standing, caller, open_role, name):
    with refused("ValidationError", 400) as said:
        standing.send_raw("sts", caller, "AssumeRole", RoleArn=open_role, RoleSessionName=name)
    assert "roleSessionName" in said.message


def test_tags_and_source_identity_are_what_policies_ask_for(standing, caller, open_role):
    condition = {"StringEquals": {"aws:PrincipalTag/team": "red", "aws:SourceIdentity": "alice"}}
    trust = [
        trusting({"AWS": open_role}, Condition=condition),
        trusting({"AWS": open_role}, action="sts:SetSourceIdentity"),
    ]
    second = standing.new_role("Tagged", trust)
    right = [{"Key": "team", "Value": "red"}]
    keys = standing.assume(caller, open_role, Tags=right, SourceIdentity="alice")
    assert standing.assume(keys, second).token
    for tags, source in [([], "alice"), (right, "bob")]:
        keys = standing.assume(caller, open_role, Tags=tags, SourceIdentity=source)
        with refused("AccessDenied", 403):
            standing.assume(keys, second)


def test_tags_need_a_permission_of_their_own_on_both_sides(standing, caller):
    arn = standing.new_role("Untagged", [trusting({"AWS": A})])
    with refused("AccessDenied", 403) as said:
        standing.assume(caller, arn, Tags=[{"Key": "team", "Value": "red"}])
    assert "sts:TagSession" in said.message


def test_a_root_user_assumes_no_role(standing):
    with refused("AccessDenied", 403) as said:
        standing.client("sts", A).assume_role(RoleArn=TARGET, RoleSessionName="switch")
    assert said.message == "Roles may not be assumed by root accounts."


def test_in_one_account_a_missing_role_is_refused_like_an_untrusting_one(standing, caller):
    another = standing.new_role("Untrusting", [trusting({"Service": "ec2.amazonaws.com"})], A)
    said = []
    for arn in (another, another.replace("Untrusting", "Nowhere")):
        with refused("AccessDenied", 403) as refusal:
            standing.assume(caller, arn)
        said.append(refusal.message.replace(arn, "ARN"))
    assert said[0] == said[1]
    assert said[0].endswith("because no role trust policy allows the sts:AssumeRole action")


@pytest.mark.parametrize("action", ["GetSessionToken", "AssumeRoleWithSAML", "Nonsense", ""])
def test_what_sts_has_and_the_sandbox_has_not_is_an_invalid_action(standing, caller, action):
    with refused("InvalidAction", 400):
        standing.send_raw("sts", caller, action)


def test_a_member_without_effect_here_is_refused_rather_than_ignored(standing, caller, open_role):
    arns = {"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
    for more in (arns, {"SerialNumber": f"arn:aws:iam::{A}:mfa/x"}, {"TokenCode": "123456"}):
        with refused("InvalidAction", 400) as said:
            standing.send_raw(
                "sts", caller, "AssumeRole", RoleArn=open_role, RoleSessionName="switch", **more
            )
        assert "is not in the sandbox" in said.message
