import pytest

from orchestrator.errors import UsageError
from orchestrator.model.procedure import Profile
from orchestrator.render.profile import profile_text

ARN = "arn:aws:iam::222222222222:role/path/Test-Switch-Role"


def test_the_profile_is_three_lines_that_every_reader_takes():
    assert profile_text(Profile("switch_test", ARN)) == (
        f"[profile switch_test]\nrole_arn = {ARN}\ncredential_source = Ec2InstanceMetadata\n"
    )


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a\nb", "a]", "[a", "a\tb", "a\0b", "a#b", "a;b", 'a"b', "a'b", "a\\b", "a\u200bb"],
)
def test_a_name_that_no_section_can_hold_is_refused(name):
    with pytest.raises(UsageError, match="profile name"):
        profile_text(Profile(name, ARN))


@pytest.mark.parametrize("arn", ["", f"{ARN}\nmfa_serial = x", f"{ARN} # x", f"{ARN}]", "\u3042"])
def test_a_role_arn_that_would_write_another_key_is_refused(arn):
    with pytest.raises(UsageError, match="role ARN"):
        profile_text(Profile("switch_test", arn))


def test_a_credential_source_that_aws_does_not_know_is_refused():
    with pytest.raises(UsageError, match="credential source"):
        profile_text(Profile("switch_test", ARN, "Ec2Metadata"))
