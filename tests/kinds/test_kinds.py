import json
import re
from pathlib import Path

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.kinds import KINDS, check, dns_suffix, partition_of, role_parts, seconds, shown

RIGHT = {
    "account": ["000000000001", "222222222222"],
    "bucket": ["xxxxxxxx-cloudtrail", "a.b", "a1b", "a" * 63],
    "duration": ["1", "90s", "10m", "1h", "30d"],
    "host-user": [
        "Administrator",
        "CORP\\alice",
        "ec2-user",
        "web admin",
        "\u592a\u90ce",
        "a" * 64,
    ],
    "file": ["free-space.ps1", "checks/a.py", 'it\'s "x".py', "A.PS1"],
    "instance-id": ["i-0d176f4a5f9738429", "i-0d176f4a", "mi-0d176f4a5f9738429"],
    "module-name": ["AWS.Tools.S3", "boto3", "AWSPowerShell.NetCore"],
    "profile-name": ["switch_test", "a", "user@corp.example", "default"],
    "region": ["ap-northeast-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1"],
    "role-arn": [
        "arn:aws:iam::222222222222:role/Test-Switch-Role",
        "arn:aws-cn:iam::222222222222:role/a/path/Name",
        "arn:aws-us-gov:iam::222222222222:role/N",
    ],
    "role-name": ["Test-Switch-Role", "a" * 64, "a+=,.@_-"],
    "version": ["4.1", "4.1.81", "5.0.190.0", "0.0"],
    "text": ["", "'; Remove-Item", "\u30c6\u30b9\u30c8\n"],
}

WRONG = {
    "account": [
        "",
        "11111111111",
        "1111111111111",
        "11111111111a",
        "111111111111\n",
        "\u0661" * 12,
    ],
    "bucket": [
        "ab",
        "a" * 64,
        "Upper",
        "a_b",
        "-ab",
        "ab-",
        "a..b",
        "192.168.5.4",
        "xn--abc",
        "abc--ol-s3",
        "abc\n",
    ],
    "host-user": [
        *("", " ", ".", "..", "../root", "a/b", "C:\\Users\\a", "\\", "\\a", "a\\", "a\nb", "a\0"),
        *("-a", " a", "a ", "a:b", "a*", "%USERNAME%\n", "a" * 65, "a;b", "a|b", "a\u202eb"),
    ],
    "duration": ["", "0", "-1", "1.5h", "10 m", "31d", "1w", "9" * 20, "10m\n"],
    "file": [
        *("", "a", "a.exe", "/a.py", "../a.py", "b/../../a.py", "C:a.py", "b\\a.py", "~/a.py"),
        *("a.py\n", "a\0.py", f"{'a' * 200}.py", "file:a.py"),
    ],
    "instance-id": ["i-0D176F4A", "i-0d176f4a5", "mi-0d176f4a", "i-", "i-0d176f4a\n", "web01"],
    "module-name": ["", "AWS*", "a b", "-a", "a" * 101, "a'b", "[a]", "a\n"],
    "version": ["", "4", "4.", "4.1.81.0.1", "v4.1", "4.1-beta", "9999999999.1", "4.1\n", "-1.0"],
    "profile-name": ["", "a b", "a]b", "-a", "a" * 65, "$(x)", "a'b", "a\n"],
    "region": ["", "Tokyo", "ap-northeast", "ap-northeast-1a", "AP-NORTHEAST-1", "us-east-1\n"],
    "role-arn": [
        "Test-Switch-Role",
        "arn:aws:iam::222222222222:user/Somebody",
        "arn:aws:sts::222222222222:assumed-role/Name/session",
        "arn:aws:iam::22222222222:role/Name",
        "arn:aws-mars:iam::222222222222:role/Name",
        "arn:aws:iam::222222222222:role/",
        "arn:aws:iam::222222222222:role//Name",
        "arn:aws:iam::222222222222:role/a b/Name",
        "arn:aws:iam::222222222222:role/Name\n",
    ],
    "role-name": ["", "a b", "a/b", "a" * 65, "a\n"],
    "text": ["a" * 10_001, "a\0b", "\udc80"],
}


def pairs(table):
    return [(kind, value) for kind, values in table.items() for value in values]


def test_every_kind_has_its_cases():
    assert set(RIGHT) == set(WRONG) == set(KINDS)


@pytest.mark.parametrize(("kind", "value"), pairs(RIGHT))
def test_what_is_right_comes_back_as_it_is(kind, value):
    assert check(kind, value) == value


@pytest.mark.parametrize(("kind", "value"), pairs(WRONG))
def test_what_is_wrong_is_told_with_what_is_expected(kind, value):
    with pytest.raises(ValueError, match=re.escape(f"expected {KINDS[kind].expects}")):
        check(kind, value)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_is_right(kind):
    assert check(kind, KINDS[kind].example)


@given(st.sampled_from([*KINDS]), st.text(max_size=300))
def test_a_message_is_one_short_ascii_line(kind, value):
    try:
        check(kind, value)
    except ValueError as error:
        text = str(error)
        assert text.isascii()
        assert "\n" not in text
        assert len(text) < 400


def test_a_long_value_is_shown_by_its_beginning_and_length():
    assert shown("a" * 5000).endswith("... (5000 characters)")


def test_a_role_arn_falls_into_its_parts():
    parts = role_parts("arn:aws-cn:iam::222222222222:role/a/b/Name")
    assert parts == ("aws-cn", "222222222222", "/a/b/", "Name")


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90), ("90s", 90), ("10m", 600), ("1h", 3600), ("2d", 172_800)]
)
def test_a_duration_in_seconds(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["29", "2592001"])
def test_a_duration_keeps_to_its_bounds(text):
    with pytest.raises(ValueError, match="not within 30 to 2592000 seconds"):
        seconds(text, least=30)


def partitions():
    file = Path(botocore.__file__).parent / "data" / "partitions.json"
    for partition in json.loads(file.read_text())["partitions"]:
        for region in partition["regions"]:
            if not region.endswith("-global"):
                yield region, partition["id"], partition["outputs"]["dnsSuffix"]


@pytest.mark.parametrize(("region", "partition", "suffix"), list(partitions()))
def test_every_region_that_botocore_knows(region, partition, suffix):
    assert check("region", region) == region
    assert (partition_of(region), dns_suffix(region)) == (partition, suffix)
    assert role_parts(f"arn:{partition}:iam::222222222222:role/N").partition == partition
