"""The readers side by side, for people and for programs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.readers import Question, read_all
from orchestrator.readers.compare import Verdict, compare
from orchestrator.readers.document import document
from orchestrator.readers.text import WIDTH, lines

PATH = "/home/x/.aws/config"
ROLE = "arn:aws:iam::222222222222:role/Test-Switch-Role"
GOOD = f"[profile p]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n"


def compared(text: str | bytes, name: str = "p", **environment: str):
    data = text.encode() if isinstance(text, str) else text
    question = Question(name, {"AWS_CONFIG_FILE": PATH, **environment}, {PATH: data})
    return compare(name, read_all(question))


def shown(text: str | bytes, name: str = "p", **environment: str) -> str:
    return "\n".join(lines(compared(text, name, **environment), [PATH]))


def test_a_profile_that_all_read_alike_is_told_once():
    assert shown(GOOD, AWS_DEFAULT_REGION="eu-west-3", AWS_REGION="eu-west-3") == (
        "ALIKE       profile p means the same to all three readers\n"
        "file        /home/x/.aws/config\n"
        "\n"
        "            PowerShell            boto3                 AWS CLI\n"
        "state       valid                 valid                 valid\n"
        "section     config:1\n"
        f"role        {ROLE}\n"
        "source      Ec2InstanceMetadata\n"
        "region      eu-west-3             eu-west-3             eu-west-3\n"
        "            (AWS_REGION)          (AWS_DEFAULT_REGION)  (AWS_DEFAULT_REGION)\n"
        "\n"
        "Read offline. What cannot be seen from here is the encrypted SDK store of\n"
        "Windows, in which the cmdlets look first."
    )


def test_a_difference_is_told_with_its_line_and_its_mend():
    text = shown(f"{GOOD}external_id = secret\n")
    assert text.startswith(
        "DIFFERENT   boto3 and the AWS CLI can use profile p, PowerShell cannot\n"
    )
    assert "state       INVALID               valid                 valid\n" in text
    assert "PowerShell\n  config:4  external_id may not stand in such a profile\n  mend " in text
    assert "external id given\n" in text
    assert "secret" not in text


def test_what_several_readers_say_is_said_once():
    text = shown(f"\ufeff{GOOD}")
    assert text.count("byte order mark\n") == 2  # what is wrong, and the mend
    assert "\nBoto3" not in text
    assert "\nboto3 and the AWS CLI\n  config:1  the file begins with a byte order mark\n" in text


def test_a_note_does_not_make_a_profile_different():
    found = compared(f"{GOOD}duration_seconds = 900\nregion = eu-west-3\n")
    assert found.verdict is Verdict.ALIKE


@pytest.mark.parametrize(
    ("text", "verdict", "start"),
    [
        ("", Verdict.UNUSABLE, "no reader can use profile p"),
        (GOOD.replace(ROLE, "x"), Verdict.UNUSABLE, "no reader can use profile p"),
        (
            f"[profile p]\n{GOOD.replace('profile p', 'profile q')}",
            Verdict.DIFFERENT,
            "boto3 and the AWS CLI can use profile p, PowerShell cannot",
        ),
        (f"{GOOD}role_session_name =\n", Verdict.ALIKE, "profile p means the same"),
    ],
)
def test_the_verdict_comes_first(text, verdict, start):
    assert compared(text).verdict is verdict
    assert shown(text).startswith(f"{verdict:<12}{start}")


def test_readers_who_take_the_profile_for_different_things_differ():
    # The last of two sections wins in botocore, the first one for .NET.
    other = GOOD.replace("Test-Switch-Role", "Other").replace("profile p", "profile  p")
    found = compared(GOOD + other)
    assert found.verdict is Verdict.DIFFERENT
    assert lines(found, [PATH])[0] == "DIFFERENT   profile p is not the same to all readers"


def test_json_tells_the_same_and_no_external_id():
    found = document(compared(f"{GOOD}external_id = secret\n"))
    text = json.dumps(found)
    assert "secret" not in text
    dotnet, botocore = found["readers"]["dotnet"], found["readers"]["botocore"]
    assert (found["verdict"], dotnet["state"], botocore["state"]) == (
        "DIFFERENT",
        "invalid",
        "valid",
    )
    assert dotnet["problem"]["place"] == {"path": PATH, "line": 4}
    assert dotnet["problem"]["exception"] == ["System.IO.InvalidDataException"]
    assert botocore["external_id_given"] is True
    assert botocore["sections"] == [{"path": PATH, "line": 1, "section": "profile p"}]


def test_what_a_terminal_would_obey_is_escaped():
    text = shown(GOOD.replace("Test-Switch-Role", "\x1b[31m\x07Role"), "p\x1b[2J")
    assert "\x1b" not in text
    assert "\x07" not in text


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Z")), max_size=40))
def test_no_line_is_wider_than_a_terminal_but_for_what_stays_whole(value):
    text = f"{GOOD}external_id = x\nrole_session_name = {value}\n"
    for line in shown(text).split("\n"):
        assert len(line) <= WIDTH or len(line.split()) <= 2
