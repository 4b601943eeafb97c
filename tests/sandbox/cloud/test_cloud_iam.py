"""Who may read and change IAM: the deployed users, boundaries, and those who are gone."""

import pytest

from orchestrator.sandbox import world
from orchestrator.sandbox.imds import NoRoleCredentialsError
from support.standing_cloud import A, B, Keys, keys_of, policy, put, refused, statement, trusting

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READS = {
    "get_role": {"RoleName": world.INSTANCE_ROLE},
    "list_roles": {},
    "list_role_policies": {"RoleName": world.INSTANCE_ROLE},
    "list_attached_role_policies": {"RoleName": world.INSTANCE_ROLE},
    "get_role_policy": {"RoleName": world.INSTANCE_ROLE, "PolicyName": "SwitchRole"},
    "get_instance_profile": {"InstanceProfileName": world.INSTANCE_ROLE},
    "get_policy": {"PolicyArn": f"arn:aws:iam::{A}:policy/{world.OPERATOR_POLICY}"},
    "list_users": {},
    "get_user": {"UserName": world.OPERATOR},
}


@pytest.fixture(scope="module")
def a(standing):
    return standing.client("iam", A)


@pytest.fixture(scope="module")
def b(standing):
    return standing.client("iam", B)


@pytest.fixture(scope="module")
def assumer(standing):
    return standing.new_user("assumer", statement(action="sts:AssumeRole"))


@pytest.fixture(scope="module")
def granted(a):
    """The actions that the deployed policy of the operator allows."""
    arn = READS["get_policy"]["PolicyArn"]
    version = a.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = a.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    actions = [rule["Action"] for rule in found["Statement"]]
    return {name for names in actions for name in ([names] if isinstance(names, str) else names)}


@pytest.mark.parametrize(("call", "asked"), READS.items(), ids=READS)
def test_the_operator_reads_what_the_template_grants_and_no_more(standing, granted, call, asked):
    assert "ssm:SendCommand" in granted
    iam = standing.client("iam", world.OPERATOR)
    action = "iam:" + call.title().replace("_", "")
    if action in granted:
        assert getattr(iam, call)(**asked)
        return
    with refused("AccessDenied", 403) as said:
        getattr(iam, call)(**asked)
    user = f"arn:aws:iam::{A}:user/operator"
    assert said.message.startswith(f"User: {user} is not authorized to perform: {action} on ")
    assert said.message.endswith(f"because no identity-based policy allows the {action} action")


def test_the_operator_changes_nothing(standing):
    iam = standing.client("iam", world.OPERATOR)
    trust, wide = policy(trusting({"AWS": A})), policy(statement())
    calls = (
        (iam.create_role, {"RoleName": "x", "AssumeRolePolicyDocument": trust}),
        (iam.update_assume_role_policy, {"RoleName": "EC2RoleforSSM", "PolicyDocument": trust}),
        (iam.attach_user_policy, {"UserName": world.OPERATOR, "PolicyArn": ADMINISTRATOR}),
        (iam.create_access_key, {"UserName": world.ADMIN_A}),
        (iam.create_access_key, {}),
    )
    for call, asked in calls:
        with refused("AccessDenied", 403):
            call(**asked)
    with refused("AccessDenied", 403):
        put(iam.put_user_policy, wide, UserName=world.OPERATOR)


@pytest.mark.parametrize(("call", "asked"), READS.items(), ids=READS)
def test_the_administrator_reads_it_all(standing, call, asked):
    assert getattr(standing.client("iam", world.ADMIN_A), call)(**asked)


@pytest.mark.parametrize(("call", "asked"), READS.items(), ids=READS)
def test_a_permission_for_one_thing_is_none_for_another(standing, call, asked):
    name = f"narrow-{call}"
    kinds = ("role", "user", "policy", "instance-profile")
    resource = [f"arn:aws:iam::{A}:{kind}/other" for kind in kinds]
    keys = standing.new_user(name, statement(action="iam:*", resource=resource))
    with refused("AccessDenied", 403):
        getattr(standing.client("iam", keys), call)(**asked)


def test_a_users_own_key_is_theirs_where_they_name_none(standing):
    own = statement(action="iam:*AccessKey*", resource=f"arn:aws:iam::{A}:user/${{aws:username}}")
    iam = standing.client("iam", standing.new_user("selfish", own))
    assert iam.list_access_keys()["AccessKeyMetadata"][0]["UserName"] == "selfish"
    with refused("AccessDenied", 403):
        iam.list_access_keys(UserName=world.OPERATOR)


def test_groups_give_their_members_what_they_hold(standing, a):
    keys = standing.new_user("member")
    a.create_group(GroupName="readers")
    put(a.put_group_policy, policy(statement(action="iam:ListRoles")), GroupName="readers")
    with refused("AccessDenied", 403):
        standing.client("iam", keys).list_roles()
    a.add_user_to_group(GroupName="readers", UserName="member")
    assert standing.client("iam", keys).list_roles()["Roles"]
    a.remove_user_from_group(GroupName="readers", UserName="member")
    with refused("AccessDenied", 403):
        standing.client("iam", keys).list_roles()


def test_a_managed_policy_counts_by_its_default_version(standing, a):
    keys = standing.new_user("versioned")
    wide, narrow = policy(statement(action="iam:*")), policy(statement(action="s3:*"))
    arn = a.create_policy(PolicyName="turned", PolicyDocument=wide)["Policy"]["Arn"]
    a.attach_user_policy(UserName="versioned", PolicyArn=arn)
    iam = standing.client("iam", keys)
    assert iam.list_roles()["Roles"]
    a.create_policy_version(PolicyArn=arn, PolicyDocument=narrow, SetAsDefault=True)
    with refused("AccessDenied", 403):
        iam.list_roles()
    a.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.list_roles()["Roles"]


def test_a_roles_boundary_limits_it_until_it_is_removed(standing, b, assumer):
    bound = b.create_policy(PolicyName="bound", PolicyDocument=policy(statement(action="iam:*")))
    arn = bound["Policy"]["Arn"]
    role = standing.new_role("Bounded", [trusting({"AWS": A})], PermissionsBoundary=arn)
    put(b.put_role_policy, policy(statement()), RoleName="Bounded")
    s3 = standing.client("s3", standing.assume(assumer, role))
    with refused("AccessDenied", 403) as said:
        s3.list_buckets()
    assert "because no permissions boundary allows the s3:ListAllMyBuckets action" in said.message
    with refused("DeleteConflict", 409):
        b.delete_policy(PolicyArn=arn)
    b.delete_role_permissions_boundary(RoleName="Bounded")
    assert s3.list_buckets()["Buckets"]
    b.put_role_permissions_boundary(RoleName="Bounded", PermissionsBoundary=arn)
    with refused("AccessDenied", 403):
        s3.list_buckets()


def test_a_boundary_that_is_not_there_cannot_be_set(standing):
    missing = f"arn:aws:iam::{B}:policy/missing"
    with refused("NoSuchEntity", 404):
        standing.new_role("Unbound", [trusting({"AWS": A})], PermissionsBoundary=missing)


def test_a_boundary_of_a_user_is_refused_since_it_would_have_no_effect(a):
    with refused("InvalidAction", 400) as said:
        a.create_user(UserName="bounded", PermissionsBoundary=ADMINISTRATOR)
    assert said.message == "PermissionsBoundary of iam:CreateUser is not in the sandbox"
    with refused("InvalidAction", 400):
        a.put_user_permissions_boundary(UserName=world.OPERATOR, PermissionsBoundary=ADMINISTRATOR)
    assert "bounded" not in [user["UserName"] for user in a.list_users()["Users"]]


def test_whoever_makes_roles_may_be_held_to_a_boundary(standing, b):
    condition = {"StringEquals": {"iam:PermissionsBoundary": ADMINISTRATOR}}
    keys = standing.new_user(
        "maker", statement(action="iam:CreateRole", Condition=condition), account=B
    )
    asked = {"AssumeRolePolicyDocument": policy(trusting({"AWS": A}))}
    iam = standing.client("iam", keys)
    with refused("AccessDenied", 403):
        iam.create_role(RoleName="Free", **asked)
    assert iam.create_role(RoleName="Held", PermissionsBoundary=ADMINISTRATOR, **asked)["Role"]


@pytest.mark.parametrize("kind", ["role", "user"])
def test_whoever_is_made_again_is_not_whom_a_policy_trusted(standing, a, kind):
    name = f"Twice-{kind}"
    if kind == "user":
        keys = standing.new_user(name, statement(action="sts:AssumeRole"))
        arn = f"arn:aws:iam::{A}:user/{name}"
    else:
        arn = standing.new_role(name, [trusting({"AWS": A})], A)
    target = standing.new_role(f"Of-{kind}", [trusting({"AWS": arn})])
    if kind == "user":
        assert standing.assume(keys, target).token
        a.delete_access_key(UserName=name, AccessKeyId=keys.access_key_id)
        a.delete_user_policy(UserName=name, PolicyName="inline")
        a.delete_user(UserName=name)
    else:
        a.delete_role(RoleName=name)
    kept = standing.client("iam", B).get_role(RoleName=f"Of-{kind}")["Role"]
    (only,) = kept["AssumeRolePolicyDocument"]["Statement"]
    assert only["Principal"]["AWS"][:4] == {"role": "AROA", "user": "AIDA"}[kind]
    if kind == "user":
        keys = standing.new_user(name, statement(action="sts:AssumeRole"))
        with refused("AccessDenied", 403):
            standing.assume(keys, target)
    with refused("MalformedPolicyDocument", 400):
        b_trust = policy(only)
        standing.client("iam", B).update_assume_role_policy(
            RoleName=f"Of-{kind}", PolicyDocument=b_trust
        )


def test_a_session_ends_with_its_role(standing, b, assumer):
    trust = [trusting({"AWS": A})]
    role = standing.new_role("Short", trust)
    keys = standing.assume(assumer, role)
    assert standing.client("sts", keys).get_caller_identity()["Account"] == B
    b.delete_role(RoleName="Short")
    with refused("InvalidClientTokenId", 403):
        standing.client("sts", keys).get_caller_identity()
    with refused("AccessDenied", 403):
        standing.assume(assumer, role)
    standing.new_role("Short", trust)
    with refused("InvalidClientTokenId", 403):
        standing.client("sts", keys).get_caller_identity()


def test_a_changed_policy_counts_for_sessions_that_live(standing, b, assumer):
    role = standing.new_role("Changing", [trusting({"AWS": A})])
    s3 = standing.client("s3", standing.assume(assumer, role))
    with refused("AccessDenied", 403):
        s3.list_buckets()
    put(b.put_role_policy, policy(statement(action="s3:*")), RoleName="Changing")
    assert s3.list_buckets()["Buckets"]


@pytest.fixture
def profile(standing, a):
    """An instance profile of its own with a role that trusts EC2: both of one name."""
    standing.new_role("Instance", [trusting({"Service": "ec2.amazonaws.com"})], A)
    a.create_instance_profile(InstanceProfileName="Instance")
    a.add_role_to_instance_profile(InstanceProfileName="Instance", RoleName="Instance")
    yield "Instance"
    a.remove_role_from_instance_profile(InstanceProfileName="Instance", RoleName="Instance")
    a.delete_instance_profile(InstanceProfileName="Instance")
    a.delete_role(RoleName="Instance")


def of_instance(standing, profile) -> Keys:
    return keys_of(standing.cloud.instance_credentials("i-00000000000000001", world.HOME, profile))


def test_an_instance_keeps_its_credentials_while_they_last(standing, profile):
    assert of_instance(standing, profile) == of_instance(standing, profile)


def test_an_instance_gets_new_credentials_when_its_role_was_made_again(standing, a, profile):
    before = of_instance(standing, profile)
    pair = {"InstanceProfileName": profile, "RoleName": profile}
    a.remove_role_from_instance_profile(**pair)
    with pytest.raises(NoRoleCredentialsError, match="holds no role"):
        of_instance(standing, profile)
    a.delete_role(RoleName=profile)
    with refused("InvalidClientTokenId", 403):
        standing.client("sts", before).get_caller_identity()
    standing.new_role(profile, [trusting({"Service": "ec2.amazonaws.com"})], A)
    a.add_role_to_instance_profile(**pair)
    after = of_instance(standing, profile)
    assert after.access_key_id != before.access_key_id
    assert standing.client("sts", after).get_caller_identity()["Account"] == A


def test_a_role_that_does_not_trust_ec2_gives_an_instance_nothing(standing, a, profile):
    a.update_assume_role_policy(RoleName=profile, PolicyDocument=policy(trusting({"AWS": A})))
    with pytest.raises(NoRoleCredentialsError, match="EC2 cannot assume the role"):
        of_instance(standing, profile)


def test_a_role_in_a_profile_is_not_deleted(a, profile):
    with refused("DeleteConflict", 409):
        a.delete_role(RoleName=profile)


def test_a_role_is_passed_by_whoever_may_pass_it(standing, a):
    keys = standing.new_user("passer", statement(action="iam:AddRoleToInstanceProfile"))
    a.create_instance_profile(InstanceProfileName="Passed")
    standing.new_role("Passed", [trusting({"Service": "ec2.amazonaws.com"})], A)
    pair = {"InstanceProfileName": "Passed", "RoleName": "Passed"}
    iam = standing.client("iam", keys)
    with refused("AccessDenied", 403) as said:
        iam.add_role_to_instance_profile(**pair)
    assert "iam:PassRole" in said.message
    both = policy(statement(action=["iam:AddRoleToInstanceProfile", "iam:PassRole"]))
    put(a.put_user_policy, both, UserName="passer")
    iam.add_role_to_instance_profile(**pair)
    with refused("LimitExceeded", 409):
        iam.add_role_to_instance_profile(**pair)
