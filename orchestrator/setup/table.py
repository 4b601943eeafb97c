"""The stacks: which template is for which account, and what has to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from orchestrator.kinds import Kind
from orchestrator.resources import templates_folder
from orchestrator.setup.kinds import OWN_KINDS


@dataclass(frozen=True, slots=True)
class Slot:
    """Something that a stack is told: the option that gives it, and the template's parameter.

    ``parameter`` is empty where the option has none of its own. ``is_list``: it may be given more
    than once.
    """

    option: str
    parameter: str
    kind: str
    help: str
    needed: bool = False
    is_list: bool = False
    example: str = ""

    @property
    def rule(self) -> Kind:
        """What a value has to look like."""
        rule = OWN_KINDS[self.kind]
        return replace(rule, example=self.example) if self.example else rule


@dataclass(frozen=True, slots=True)
class Setup:
    """One stack. ``account`` says in words where it belongs."""

    name: str
    stem: str
    stack_name: str
    account: str
    slots: tuple[Slot, ...]

    @property
    def file_name(self) -> str:
        """The template's file."""
        return f"{self.stem}.yaml"

    def template(self) -> str:
        """The template's text."""
        path = templates_folder() / "cloudformation" / self.file_name
        return path.read_text(encoding="utf-8")


_TAG = Slot(
    "--principal-tag",
    "PrincipalTag",
    "tag-value",
    'Value of the tag "orch" of the instances\' role; the same for a and b.',
)

_OUTPUT = (
    Slot(
        "--output-s3-bucket-name",
        "OutputS3BucketName",
        "bucket-name",
        "The bucket of `orch run --output-s3-bucket-name` [output_s3_bucket_name].",
    ),
    Slot(
        "--output-s3-key-prefix",
        "OutputS3KeyPrefix",
        "key-prefix",
        "How the keys in it begin [output_s3_key_prefix].",
    ),
)

SETUPS: Mapping[str, Setup] = {
    setup.name: setup
    for setup in (
        Setup(
            "a",
            "account-a-instance-role",
            "orch-instance-role",
            "account A, where the instances are",
            (
                Slot(
                    "--target-role-arn",
                    "TargetRoleArn",
                    "role-arn",
                    "The one role that the instances may switch to [role_arn].",
                    needed=True,
                ),
                Slot("--role-name", "RoleName", "role-name", "Name of the role and its profile."),
                _TAG,
                *_OUTPUT,
            ),
        ),
        Setup(
            "b",
            "account-b-switch-role",
            "orch-switch-role",
            "account B, which the instances switch to",
            (
                Slot(
                    "--source-role-arn",
                    "SourceRoleArn",
                    "role-arn",
                    "The instances' role, the only one that may switch; repeat for more accounts.",
                    needed=True,
                    is_list=True,
                    example="arn:aws:iam::111111111111:role/EC2RoleforSSM",
                ),
                Slot("--role-name", "RoleName", "role-name", "Name of the role [role_arn]."),
                Slot(
                    "--bucket",
                    "BucketArns",
                    "bucket",
                    "A bucket that it may read [bucket]; repeat. Else all of the account.",
                    is_list=True,
                ),
                Slot(
                    "--principal-org-id",
                    "PrincipalOrgID",
                    "organization-id",
                    "Organization that the instances' role has to be in.",
                ),
                _TAG,
                Slot(
                    "--source-ip",
                    "SourceIp",
                    "network",
                    "Public addresses that the instances reach STS from; repeat.",
                    is_list=True,
                ),
                Slot(
                    "--reader-principal-arn",
                    "ReaderPrincipalArn",
                    "principal-arn",
                    "Who runs orch: they get a role here for --target-profile.",
                ),
                Slot("--reader-role-name", "ReaderRoleName", "role-name", "Name of that role."),
            ),
        ),
        Setup(
            "operator",
            "operator-policy",
            "orch-operator",
            "account A, where the instances are",
            (
                Slot("--policy-name", "PolicyName", "policy-name", "Name of the policy."),
                Slot(
                    "--feature",
                    "",
                    "feature",
                    "What it is for: run, linux, explain, doctor, groups, schedule; repeat. Else "
                    "for all.",
                    is_list=True,
                ),
                Slot(
                    "--account-role-arn",
                    "AccountRoleArns",
                    "role-arn",
                    "A role in another account for --account-role, which this stack there gives "
                    "out; repeat.",
                    is_list=True,
                    example="arn:aws:iam::444444444444:role/orch-operator",
                ),
                Slot(
                    "--hub-principal-arn",
                    "HubPrincipalArn",
                    "principal-arn",
                    "Who runs orch from another account: they get a role here.",
                ),
                Slot("--role-name", "RoleName", "role-name", "Name of that role."),
                Slot(
                    "--reader-role-arn",
                    "ReaderRoleArn",
                    "role-arn",
                    "Account B's role for --target-profile, which b gives out.",
                    example="arn:aws:iam::222222222222:role/OrchReader",
                ),
                *_OUTPUT,
            ),
        ),
    )
}


def find_setup(name: str) -> Setup:
    """The stack of that name. KeyError where there is none."""
    return SETUPS[name]
