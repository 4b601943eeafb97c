import re
import shlex

import pytest

from orchestrator.cli.inputs import Surroundings, collect
from orchestrator.cli.options import Request
from orchestrator.cli.settings import Settings
from orchestrator.errors import UsageError
from orchestrator.model.enums import Mode, Platform, Shell
from orchestrator.model.fleet import OutputS3
from orchestrator.runbook import find, load

ARN = "arn:aws:iam::222222222222:role/Test-Switch-Role"
BUCKET = "xxxxxxxx-cloudtrail"
INSTANCE = "i-0d176f4a5f9738429"
WHOLE = {"instance": (INSTANCE,), "role_arn": ARN, "bucket": BUCKET, "region": "ap-northeast-1"}

OTHER = """
orch: 1
name: other
description: Asks for a text, and has no bucket.
inputs:
  region: {kind: text, help: "Not where the instances are, only a text."}
  note: {kind: text, help: Anything., default: x}
profile: {name: p, role_arn: "arn:aws:iam::222222222222:role/R"}
checks:
  - {check: identity, after: {arn: changed}}
"""


def request_of(**given):
    plain = dict.fromkeys(Request.__dataclass_fields__)
    plain |= {
        "runbook": "switch-role",
        "instance": (),
        "set": (),
        "mode": Mode.EPHEMERAL,
        "platform_type": Platform.WINDOWS,
    }
    return Request(**(plain | {"yes": False} | given))


def no_region(profile):
    return None


def collected(
    runbook=None, settings=None, environment=None, profile_region=no_region, ask=None, **given
):
    around = Surroundings(settings or Settings(), environment or {}, profile_region, ask)
    return collect(request_of(**given), runbook or find("switch-role"), around, "orch run")


def told(**given):
    with pytest.raises(UsageError) as caught:
        collected(**given)
    return str(caught.value)


def without(*names):
    return {key: value for key, value in WHOLE.items() if key not in names}


def settings_of(values=None, **table):
    values = values or {}
    origins = dict.fromkeys([*values, *(f"set.{name}" for name in table)], "./orch.toml")
    return Settings(values, table, origins)


def test_options_alone_are_enough():
    found = collected(**WHOLE)
    assert found.values == {"role_arn": ARN, "bucket": BUCKET}
    assert found.targets == (INSTANCE,)
    assert (found.region, found.profile) == ("ap-northeast-1", None)
    assert (found.how.shell, found.timeout, found.delivery_timeout) == (Shell.POWERSHELL, 900, 60)


def test_time_outs_are_seconds():
    found = collected(**WHOLE, timeout="10m", delivery_timeout="2h")
    assert (found.timeout, found.delivery_timeout) == (600, 7200)


def test_an_instance_is_named_once():
    found = collected(**without("instance"), instance=(INSTANCE, "i-0000000a", INSTANCE))
    assert found.targets == (INSTANCE, "i-0000000a")


def test_set_gives_any_input():
    found = collected(**WHOLE, set=("expected_role=R", "expected_account=000000000001"))
    assert found.values["expected_role"] == "R"
    assert found.values["expected_account"] == "000000000001"


def test_set_keeps_every_sign_after_the_first_equals():
    runbook = load(OTHER, "other.yaml")
    found = collected(
        runbook, instance=(INSTANCE,), set=("note=a=b", "region=x"), region="us-east-1"
    )
    assert found.values["note"] == "a=b"


def test_an_input_and_an_option_of_the_same_name_stay_apart():
    found = collected(
        load(OTHER, "other.yaml"), instance=(INSTANCE,), set=("region=x",), region="us-east-1"
    )
    assert (found.values["region"], found.region) == ("x", "us-east-1")


def test_settings_fill_what_no_option_says():
    settings = settings_of(
        {"role_arn": ARN, "bucket": "other-bucket", "shell": "python", "timeout": "60"},
        expected_role="R",
    )
    found = collected(settings=settings, **without("role_arn"))
    assert found.values == {"role_arn": ARN, "bucket": BUCKET, "expected_role": "R"}
    assert (found.how.shell, found.timeout) == (Shell.PYTHON, 60)
    assert found.origins["--role-arn"] == "./orch.toml"
    assert found.origins["--bucket"] == "--bucket"


def test_settings_may_hold_inputs_of_other_runbooks():
    settings = settings_of({"bucket": BUCKET}, strange="x")
    found = collected(
        load(OTHER, "other.yaml"),
        settings,
        instance=(INSTANCE,),
        set=("region=x",),
        region="us-east-1",
    )
    assert found.values == {"region": "x"}


@pytest.mark.parametrize(
    ("option", "file", "environment", "profile", "expected"),
    [
        ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-east-1"),
        (None, "us-east-2", "us-west-1", "us-west-2", "us-east-2"),
        (None, None, "us-west-1", "us-west-2", "us-west-1"),
        (None, None, None, "us-west-2", "us-west-2"),
    ],
)
def test_the_nearest_region_wins(option, file, environment, profile, expected):
    found = collected(
        settings=settings_of({"region": file} if file else {}),
        environment={"AWS_REGION": environment} if environment else {},
        profile_region=lambda _: profile,
        **without("region"),
        region=option,
    )
    assert found.region == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"}, "us-east-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-2"}, "us-east-2"),
    ],
)
def test_both_variables_of_the_region_are_known(environment, expected):
    assert collected(environment=environment, **without("region")).region == expected


def test_the_profile_region_is_that_of_the_profile_that_is_used():
    asked = []

    def profile_region(profile):
        asked.append(profile)
        return "us-east-1"

    settings = settings_of({"profile": "from-file"})
    collected(settings=settings, profile_region=profile_region, **without("region"))
    assert asked == ["from-file"]


def test_a_known_region_asks_no_profile():
    def profile_region(profile):
        raise AssertionError(profile)

    assert collected(profile_region=profile_region, **WHOLE).region == "ap-northeast-1"


def test_all_that_is_missing_is_told_at_once():
    message = told()
    for option in ("--instance", "--role-arn", "--bucket", "--region"):
        assert f"{option}: missing: " in message
    assert "--profile-name: missing" not in message


def test_the_example_line_would_do():
    line = re.search(r"for example: orch run (.+)", told(bucket="my-bucket"))[1]
    words = iter(shlex.split(line))
    given = {key[2:].replace("-", "_"): value for key, value in zip(words, words, strict=True)}
    assert given["bucket"] == "my-bucket"
    given["instance"] = (given["instance"],)
    assert collected(**given).values == {"role_arn": ARN, "bucket": "my-bucket"}


def test_the_example_names_another_runbook_and_its_inputs():
    around = Surroundings(Settings(), {}, no_region)
    with pytest.raises(UsageError) as caught:
        collect(request_of(runbook="my file.yaml"), load(OTHER, "x"), around, "orch plan")
    message = str(caught.value)
    assert (
        "orch plan 'my file.yaml' --instance i-0d176f4a5f9738429 --set region=anything" in message
    )


def test_malformed_and_missing_are_told_together():
    message = told(role_arn="Test-Switch-Role", instance=("web01",), set=("expected_acount=1", "x"))
    assert "--role-arn: 'Test-Switch-Role' is not the ARN of a role; expected arn:" in message
    assert "--instance: 'web01' is not an instance id" in message
    assert "--set: the runbook switch-role has no input 'expected_acount'" in message
    assert "did you mean expected_account?" in message
    assert "--set: 'x' is not KEY=VALUE" in message
    assert "--bucket: missing" in message
    assert "--region: missing" in message


WRONG = {
    "instance": (("i-0d176f4a5f9738429,",), "--instance: '' is not an instance id"),
    "bucket": ("My_Bucket", "--bucket: 'My_Bucket' is not a bucket name"),
    "profile_name": ("a b", "--profile-name: 'a b' is not a profile name"),
    "region": ("Tokyo", "--region: 'Tokyo' is not a region"),
    "timeout": ("10 min", "--timeout: '10 min' is not a duration"),
    "delivery_timeout": ("5s", "--delivery-timeout: 5s is not within 30 to 2592000 seconds"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_malformed_option_is_named(name):
    value, message = WRONG[name]
    assert message in told(**(WHOLE | {name: value}))


def test_the_script_may_not_run_longer_than_the_agent_allows():
    assert "not within 5 to 172800 seconds" in told(**WHOLE, timeout="3d")


def test_a_malformed_setting_is_told_with_its_file():
    message = told(settings=settings_of({"shell": "bash"}), **WHOLE)
    assert "--shell (from ./orch.toml): 'bash' is not a shell; expected one of" in message


def test_a_malformed_region_of_the_environment_is_told():
    message = told(environment={"AWS_REGION": "tokyo"}, **without("region"))
    assert "--region (from AWS_REGION): 'tokyo' is not a region" in message


def test_an_option_that_the_runbook_has_not_is_told():
    message = told(runbook=load(OTHER, "other.yaml"), **WHOLE)
    assert "--bucket: the runbook other has no input bucket" in message


@pytest.mark.parametrize(
    "given",
    [
        {"set": ("expected_role=a", "expected_role=b")},
        {"set": ("bucket=other-bucket",)},
    ],
)
def test_an_input_given_twice_is_told(given):
    assert "it is given twice" in told(**WHOLE, **given)


def test_a_person_is_asked_for_what_is_missing_alone():
    asked = []

    def ask(question):
        asked.append(question.option)
        return question.example

    found = collected(ask=ask, **without("bucket", "region"))
    assert asked == ["--bucket", "--region"]
    assert (found.values["bucket"], found.region) == (BUCKET, "ap-northeast-1")


def test_nobody_is_asked_while_something_is_wrong():
    def ask(question):
        raise AssertionError(question)

    assert "--bucket: 'X' is not" in told(ask=ask, **without("bucket", "region"), bucket="X")


def test_a_wrong_answer_is_told():
    message = told(ask=lambda _: "X", **without("bucket"))
    assert "--bucket (from your answer): 'X' is not a bucket name" in message


def test_a_hostile_value_is_told_on_one_line():
    message = told(**without("bucket"), bucket="a\n\x1b[31m'; Remove-Item")
    assert "\x1b" not in message
    assert r"""--bucket: "a\n\x1b[31m'; Remove-Item" is not a bucket name""" in message


def test_output_goes_to_a_bucket_that_an_option_or_a_file_names():
    assert collected(**WHOLE).output_s3 == OutputS3()
    given = {"output_s3_bucket_name": "some-bucket", "output_s3_key_prefix": "a/b"}
    assert collected(**WHOLE, **given).output_s3 == OutputS3("some-bucket", "a/b")
    settings = Settings(given, {}, dict.fromkeys(given, "orch.toml"))
    assert collected(settings=settings, **WHOLE).output_s3 == OutputS3("some-bucket", "a/b")
    nearer = collected(settings=settings, **WHOLE, output_s3_bucket_name="another-bucket")
    assert nearer.output_s3 == OutputS3("another-bucket", "a/b")


def test_the_keys_of_no_bucket_are_a_mistake():
    said = told(**WHOLE, output_s3_key_prefix="a/b")
    assert "--output-s3-key-prefix: no bucket is named" in said
    assert "name it with --output-s3-bucket-name" in said


BAD_KEYS = ("", "/a", "a/", "a//b", "a/../b", ".", "a b", "a*", "a'b", "\u96d1", "x" * 501)


@pytest.mark.parametrize("prefix", BAD_KEYS)
def test_what_no_key_should_begin_with_is_a_mistake(prefix):
    said = told(**WHOLE, output_s3_bucket_name="some-bucket", output_s3_key_prefix=prefix)
    assert "is not the beginning of S3 keys" in said
    assert "e.g. --output-s3-key-prefix orch/output" in said


def test_a_bucket_for_output_is_checked_as_buckets_are():
    assert "is not a bucket name" in told(**WHOLE, output_s3_bucket_name="My_Bucket")
