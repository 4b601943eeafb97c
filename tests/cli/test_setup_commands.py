"""`orch setup`: what is wrong is said before anybody is asked; what is shown can be deployed."""

import pytest
import yaml

from orchestrator.setup import SETUPS

A, B = "111111111111", "222222222222"
SOURCE = f"arn:aws:iam::{A}:role/EC2RoleforSSM"
TARGET = f"arn:aws:iam::{B}:role/Test-Switch-Role"
REGION = ("--region", "ap-northeast-1")
WHOLE = {
    "a": ("--target-role-arn", TARGET),
    "b": ("--source-role-arn", SOURCE),
    "operator": (),
}


@pytest.fixture
def nobody_is_asked(monkeypatch):
    """Whoever would ask AWS fails."""

    def fail(*_given):
        raise AssertionError("AWS was asked")

    monkeypatch.setattr("orchestrator.aws.session.Access", fail)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    def write(text):
        path = tmp_path / "orch.toml"
        path.write_text(text)
        monkeypatch.setenv("ORCH_CONFIG", str(path))

    return write


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_multi_constructor("!", lambda loader, name, node: name)


@pytest.mark.parametrize("name", SETUPS)
def test_what_is_shown_is_the_template_under_a_header_of_comments(orch, name):
    ended = orch("setup", "show", name, *WHOLE[name], *REGION)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(SETUPS[name].template())
    header = ended.out.removesuffix(SETUPS[name].template())
    assert all(line.startswith("#") for line in header.splitlines())
    assert f"aws cloudformation deploy --template-file {SETUPS[name].file_name} " in header
    assert f"--stack-name {SETUPS[name].stack_name} " in header
    assert yaml.load(ended.out, _Loader)["Resources"]


@pytest.mark.parametrize("name", SETUPS)
def test_nothing_needs_to_be_known_to_be_shown(orch, name):
    ended = orch("setup", "show", name)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(SETUPS[name].template())


def test_values_come_from_orch_toml_and_an_option_wins(orch, settings):
    settings(
        f'role_arn = "{TARGET}"\nbucket = "my-bucket"\nregion = "cn-north-1"\n'
        f'target_profile = "in-b"\nprofile = "in-a"\n[set]\nsource_role_arn = "{SOURCE}"\n'
    )
    a = orch("setup", "show", "a", *REGION)
    assert f"#   TargetRoleArn={TARGET}   (orch.toml)\n" in a.out
    assert " --profile in-a --region ap-northeast-1\n" in a.out
    b = orch("setup", "show", "b", *REGION, "--role-name", "Mine", "--profile", "mine")
    assert f"#   SourceRoleArn={SOURCE}   (orch.toml)\n" in b.out
    assert "#   RoleName=Mine   (--role-name)\n" in b.out
    assert "#   BucketArns=arn:aws:s3:::my-bucket   (orch.toml)\n" in b.out
    assert " --profile mine " in b.out
    assert " --profile in-b " in orch("setup", "show", "b", *REGION).out


def test_lists_may_be_repeated_or_have_commas_and_name_each_once(orch):
    given = ("--bucket", "one-1,two-2", "--bucket", "one-1")
    ended = orch("setup", "show", "b", *given, "--region", "us-gov-west-1")
    assert "#   BucketArns=arn:aws-us-gov:s3:::one-1,arn:aws-us-gov:s3:::two-2 " in ended.out


def test_features_switch_the_operators_policy(orch):
    ended = orch("setup", "show", "operator", "--feature", "run", "--feature", "doctor")
    for parameter, value in (("Run", "true"), ("RunOnLinux", "false"), ("Explain", "false")):
        assert f"#   {parameter}={value}   (--feature)\n" in ended.out


LONG = "x" * 100_000
BAD = {
    "no arn": ("a", ("--target-role-arn", "Test-Switch-Role"), "is not the ARN of a role"),
    "an arn of a user": (
        "a",
        ("--target-role-arn", f"arn:aws:iam::{B}:user/alice"),
        "is not the ARN of a role",
    ),
    "an arn with a wildcard": ("b", ("--source-role-arn", f"arn:aws:iam::{A}:role/*"), "ARN"),
    "an empty arn": ("b", ("--source-role-arn", ""), "'' is not the ARN of a role"),
    "a role of another partition": (
        "b",
        ("--source-role-arn", f"arn:aws-cn:iam::{A}:role/R"),
        "is of the partition aws-cn, and ap-northeast-1 is not",
    ),
    "a role name with a blank": ("a", ("--role-name", "my role"), "is not a role name"),
    "a role name with a quote": ("b", ("--role-name", "x'y"), "is not a role name"),
    "a long role name": ("a", ("--role-name", "x" * 65), "is not a role name"),
    "an empty role name": ("a", ("--role-name", ""), "'' is not a role name"),
    "a stack name with a blank": ("a", ("--stack-name", "my stack"), "is not a stack name"),
    "a stack name with a slash": ("b", ("--stack-name", "a/b"), "is not a stack name"),
    "a stack name that begins with a digit": ("b", ("--stack-name", "1st"), "is not a stack name"),
    "a long stack name": ("operator", ("--stack-name", LONG), "100000 characters"),
    "a region that is none": ("a", ("--region", "Tokyo"), "'Tokyo' is not a region"),
    "a region of nonsense": ("b", ("--region", "$(reboot)"), "is not a region"),
    "an empty region": ("operator", ("--region", ""), "'' is not a region"),
    "a tag with a quote": ("a", ("--principal-tag", 'a"b'), "is not the value of a tag"),
    "a tag of two lines": ("b", ("--principal-tag", "a\n  mend: b"), "is not the value of a tag"),
    "a long tag": ("b", ("--principal-tag", "x" * 257), "is not the value of a tag"),
    "no bucket": ("b", ("--bucket", "My_Bucket"), "'My_Bucket' is not a bucket name"),
    "an arn for a bucket": ("b", ("--bucket", "arn:aws:s3:::x"), "is not a bucket name"),
    "one bucket of two": ("b", ("--bucket", "good-one,"), "'' is not a bucket name"),
    "no organization": ("b", ("--principal-org-id", "example.com"), "the id of an organization"),
    "an account for an organization": ("b", ("--principal-org-id", A), "id of an organization"),
    "a root for an organization": ("b", ("--principal-org-id", "r-ab12"), "id of an organization"),
    "an address": ("b", ("--source-ip", "203.0.113.7"), "is not a range of addresses"),
    "no address": ("b", ("--source-ip", "home/24"), "is not a range of addresses"),
    "a private network": ("b", ("--source-ip", "10.1.0.0/16"), "which STS never sees"),
    "bits behind the mask": ("b", ("--source-ip", "203.0.113.7/24"), "has host bits set"),
    "a session for a reader": (
        "b",
        ("--reader-principal-arn", f"arn:aws:sts::{A}:assumed-role/R/s"),
        "the ARN of a session, which is gone when the session ends",
    ),
    "a root for a reader": ("b", ("--reader-principal-arn", f"arn:aws:iam::{A}:root"), "the ARN"),
    "everybody for a reader": ("b", ("--reader-principal-arn", "*"), "the ARN of a user or a role"),
    "an external id": ("b", ("--external-id", "secret"), "tools then send no external id"),
    "no feature": ("operator", ("--feature", "setup"), "'setup' is not a feature"),
    "an empty feature": ("operator", ("--feature", ""), "is not a feature"),
    "no policy name": ("operator", ("--policy-name", "a b"), "is not the name of a policy"),
    "a reader that is no role": (
        "operator",
        ("--reader-role-arn", "OrchReader"),
        "the ARN of a role",
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["show", "deploy"])
def test_what_is_wrong_is_said_with_its_mend_and_nobody_is_asked(
    orch, nobody_is_asked, command, name
):
    what, words, says = BAD[name]
    yes = ["--yes"] if command == "deploy" else []
    ended = orch("setup", command, what, *WHOLE[what], *REGION, *yes, *words)
    assert (ended.code, ended.out) == (2, ""), ended.err
    assert ended.err.startswith("orch: ")
    assert says in ended.err
    lines = ended.err.splitlines()
    assert lines[-1].startswith("  mend: ")
    assert all(line.isprintable() and len(line) < 400 for line in lines)
    assert len([line for line in lines if line.startswith("  mend: ")]) == 1
    assert words[0] in ended.err or "RoleArn" in ended.err


def test_all_that_is_wrong_is_said_together(orch, nobody_is_asked):
    words = ("--source-role-arn", "x", "--bucket", "Y", "--region", "z", "--stack-name", "a b")
    ended = orch("setup", "deploy", "b", "--yes", *words)
    assert ended.code == 2
    for option in ("--source-role-arn", "--bucket", "--region", "--stack-name"):
        assert f"{option}: " in ended.err


def test_account_bs_own_role_is_no_source(orch, settings, nobody_is_asked):
    settings(f'role_arn = "{TARGET}"\n')
    for role in (TARGET, f"arn:aws:iam::{B}:role/Other"):
        ended = orch("setup", "deploy", "b", "--yes", *REGION, "--source-role-arn", role)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err == (
            f"orch: --source-role-arn: {role} is of account {B}, which is account B itself\n"
            "  mend: give the role of the instances, which is in account A\n"
        )


def test_a_wrong_setting_is_told_with_its_file(orch, settings, nobody_is_asked):
    settings('role_arn = "Test-Switch-Role"\n')
    ended = orch("setup", "deploy", "a", "--yes", *REGION)
    assert ended.code == 2
    assert "orch.toml): 'Test-Switch-Role' is not the ARN of a role" in ended.err


class Stacks:
    """The stacks of somebody in that account."""

    def __init__(self, account):
        self._account = account

    def account(self):
        return self._account

    def __getattr__(self, name):
        raise AssertionError(f"{name} was asked")


@pytest.mark.parametrize(
    ("what", "account", "text", "says"),
    [
        ("a", B, "", f"--target-role-arn: {TARGET} is of account {B} itself"),
        ("b", A, "", f"--source-role-arn: {SOURCE} is of account {A} itself"),
        ("b", "333333333333", f'role_arn = "{TARGET}"\n', "role_arn in orch.toml of 222222222222"),
    ],
)
def test_the_wrong_account_is_refused_before_anything_is_proposed(
    orch, settings, monkeypatch, what, account, text, says
):
    settings(text)
    monkeypatch.setattr("orchestrator.aws.session.Access", lambda profile, region: None)
    monkeypatch.setattr("orchestrator.aws.stacks.CloudFormation", lambda access: Stacks(account))
    ended = orch("setup", "deploy", what, "--yes", *REGION, *WHOLE[what])
    assert (ended.code, ended.out) == (2, ""), ended.err
    assert says in ended.err
    assert "  mend: " in ended.err


def test_the_roles_of_several_accounts_are_each_checked(orch, monkeypatch):
    second = SOURCE.replace(A, "444444444444")
    both = ("--source-role-arn", SOURCE, "--source-role-arn", second)
    shown = orch("setup", "show", "b", *both)
    assert f"SourceRoleArn={SOURCE},{second}" in shown.out
    monkeypatch.setattr("orchestrator.aws.session.Access", lambda profile, region: None)
    monkeypatch.setattr(
        "orchestrator.aws.stacks.CloudFormation", lambda access: Stacks("444444444444")
    )
    ended = orch("setup", "deploy", "b", "--yes", *REGION, *both)
    assert ended.code == 2
    assert f"--source-role-arn: {second} is of account 444444444444 itself" in ended.err


@pytest.mark.parametrize("words", [("deploy", "c"), ("show",), ("deploy", "a", "--nonsense"), ()])
def test_what_there_is_not_is_a_usage_error(orch, words):
    ended = orch("setup", *words)
    assert ended.code == 2
    assert "Usage: orch setup" in ended.err + ended.out
