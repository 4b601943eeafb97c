"""Files that are wrong in every way: each reader gives a clear answer, and none fails over it."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from orchestrator.cli.profile_commands import app
from orchestrator.readers import Question, Reader, State, System, read, read_all
from orchestrator.readers.compare import compare
from orchestrator.readers.document import document
from orchestrator.readers.text import lines

PATH, CREDENTIALS = "/config", "/credentials"
ENVIRONMENT = {"AWS_CONFIG_FILE": PATH, "AWS_SHARED_CREDENTIALS_FILE": CREDENTIALS}
ROLE = "arn:aws:iam::222222222222:role/Test-Switch-Role"
BODY = f"role_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n"
GOOD = f"[profile p]\n{BODY}"
MANY = "".join(f"[profile p{n}]\n{BODY}" for n in range(1000))
CHAIN = "".join(
    f"[profile p{n}]\nrole_arn = {ROLE}\nsource_profile = p{n + 1}\n" for n in range(1000)
)

VALID, MISSING, INVALID = State.VALID, State.MISSING, State.INVALID
CASES = [
    # What it is, the file, what .NET makes of it, what botocore and the AWS CLI make of it.
    ("nothing", b"", MISSING, MISSING),
    ("blank", b"\r\n \t\n\n", MISSING, MISSING),
    ("a mark of UTF-8", b"\xef\xbb\xbf" + GOOD.encode(), VALID, INVALID),
    ("a mark alone", b"\xef\xbb\xbf", MISSING, INVALID),
    ("UTF-16", GOOD.encode("utf-16"), VALID, INVALID),
    ("UTF-16, other end first", b"\xfe\xff" + GOOD.encode("utf-16-be"), VALID, INVALID),
    ("UTF-16 without a mark", GOOD.encode("utf-16-le"), INVALID, INVALID),
    ("UTF-32", GOOD.encode("utf-32"), VALID, INVALID),
    ("half a character of UTF-16", b"\xff\xfe[", INVALID, INVALID),
    ("NUL in a name", b"[profile p\0]\n" + BODY.encode(), MISSING, MISSING),
    ("NUL at the end", GOOD.encode() + b"\0\0\0\0", INVALID, INVALID),
    ("bytes that are no UTF-8", b"# caf\xe9\n" + GOOD.encode(), VALID, INVALID),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", INVALID, INVALID),
    ("no newline at the end", GOOD.rstrip().encode(), VALID, VALID),
    ("CRLF", GOOD.replace("\n", "\r\n").encode(), VALID, VALID),
    ("old Mac endings", GOOD.replace("\n", "\r").encode(), VALID, VALID),
    ("a comment behind a header", GOOD.replace("p]", "p] # mine").encode(), INVALID, VALID),
    ("a comment behind a source", GOOD.encode()[:-1] + b" # IMDS\n", INVALID, INVALID),
    ("a comment line", b"; one\n# two\n" + GOOD.encode(), VALID, VALID),
    ("an indented comment", GOOD.replace("cred", "  # x\ncred").encode(), VALID, VALID),
    ("a section twice", (GOOD + GOOD).encode(), VALID, INVALID),
    ("a key twice", (GOOD + f"ROLE_ARN = {ROLE}\n").encode(), MISSING, INVALID),
    ("a key twice elsewhere", (f"[profile q]\n{BODY}{BODY}" + GOOD).encode(), VALID, INVALID),
    ("a wrong line elsewhere", (f"{GOOD}[profile q]\noops\n").encode(), INVALID, INVALID),
    ("text before the first section", b"oops\n" + GOOD.encode(), INVALID, INVALID),
    ("a key before the first section", b"region = x\n" + GOOD.encode(), VALID, INVALID),
    ("colons", GOOD.replace(" = ", ": ").encode(), INVALID, VALID),
    (
        "blanks in the header",
        GOOD.replace("[profile p]", "[  profile \t p  ]").encode(),
        VALID,
        MISSING,
    ),
    ("a quoted name", GOOD.replace("profile p", 'profile "p"').encode(), MISSING, VALID),
    ("an open quote", GOOD.replace("profile p", 'profile "p').encode(), MISSING, MISSING),
    ("a bracket in the name", GOOD.replace("profile p", "profile p]").encode(), MISSING, MISSING),
    ("an empty header", (GOOD + "[]\n").encode(), VALID, INVALID),
    ("an open header", (GOOD + "[profile q\n").encode(), INVALID, INVALID),
    ("nested values", (GOOD + "s3 =\n  max_queue_size = 5\n  x = y\n").encode(), VALID, VALID),
    (
        "a nested value first",
        (GOOD.replace("role", "s3 =\n  x = y\nrole", 1)).encode(),
        VALID,
        VALID,
    ),
    ("nested without =", (GOOD + "s3 =\n  oops\n").encode(), INVALID, INVALID),
    (
        "the source nested by mistake",
        GOOD.replace("cred", "s3 =\n  cred").encode(),
        INVALID,
        INVALID,
    ),
    ("a value continued", GOOD.replace("\ncred", "\n  /more\ncred").encode(), INVALID, VALID),
    ("a role given to all sections", f"[DEFAULT]\n{BODY}[profile p]\n".encode(), INVALID, VALID),
    ("nothing but a region", b"[profile p]\nregion = eu-west-3\n", INVALID, VALID),
    ("a retry mode that is none", (GOOD + "retry_mode = often\n").encode(), MISSING, VALID),
    ("a key that ends in nothing", (GOOD + "=\n").encode(), VALID, INVALID),
    ("a thousand profiles", (MANY + GOOD).encode(), VALID, VALID),
    ("ten megabytes of comments", b"# " + b"x" * 10_000_000 + b"\n" + GOOD.encode(), VALID, VALID),
    ("ten megabytes of one value", GOOD.encode() + b"output = " + b"x" * 10_000_000, VALID, VALID),
    ("ten megabytes of one name", b"[" + b"x" * 10_000_000 + b"]\n" + GOOD.encode(), VALID, VALID),
    ("ten megabytes of no newline", b"\xff" * 10_000_000, INVALID, INVALID),
]


def question(data: bytes, name: str = "p") -> Question:
    return Question(name, ENVIRONMENT, {PATH: data})


@pytest.mark.parametrize(
    ("data", "dotnet", "botocore"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_every_reader_gives_a_clear_answer(data, dotnet, botocore):
    found = read_all(question(data))
    assert tuple(item.state for item in found) == (dotnet, botocore, botocore)
    for item in found:
        if item.state is not VALID:
            assert item.problem.what
            assert item.problem.mend
            assert item.problem.exception
            assert len(item.problem.what) < 200


@pytest.mark.parametrize("data", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_the_command_answers_too(data):
    words = ["check", "-", "-p", "p"]
    done = CliRunner().invoke(app, words, input=data, catch_exceptions=False)
    assert done.exit_code in {0, 1}
    assert done.stdout.startswith(("ALIKE", "DIFFERENT", "UNUSABLE"))
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_thousand_source_profiles_are_followed_to_the_end():
    end = "[profile p1000]\naws_access_key_id = A\naws_secret_access_key = B\n"
    for item in read_all(question((CHAIN + end).encode(), "p0")):
        assert item.state is VALID
    for item in read_all(question(CHAIN.encode(), "p0")):
        assert item.state is INVALID
    for item in read_all(question((CHAIN + CHAIN[-60:].replace("p1000", "p0")).encode(), "p0")):
        assert item.state is not VALID


def test_a_circle_of_source_profiles_ends():
    text = "".join(
        f"[profile {one}]\nrole_arn = {ROLE}\nsource_profile = {other}\n"
        for one, other in ("pq", "qp")
    )
    dotnet, botocore, _ = read_all(question(text.encode()))
    assert dotnet.problem.exception == ("System.IO.InvalidDataException",) * 3
    assert botocore.problem.exception == ("botocore.exceptions.InfiniteLoopConfigError",)


def test_a_large_file_takes_no_time_to_speak_of():
    data = (MANY * 100).replace("[profile p", "# [profile p").encode() + GOOD.encode()
    assert len(data) > 10_000_000
    begun = time.monotonic()
    read(Reader.DOTNET, question(data))
    # Far more than it takes, far less than anything quadratic would.
    assert time.monotonic() - begun < 20


@given(
    config=st.binary(max_size=300), credentials=st.binary(max_size=100), name=st.text(max_size=10)
)
@example(config=b"[profile \xed\xa0\x80]\n=\n", credentials=b"", name="\ud800")
@example(config=b"[profile p]\nrole_arn =\n", credentials=b"[p]\nsource_profile = p\n", name="p")
def test_any_bytes_have_an_answer_in_every_form(config, credentials, name):
    files = {PATH: config, CREDENTIALS: credentials}
    for system in System:
        readings = read_all(Question(name, ENVIRONMENT, files, system))
        comparison = compare(name, readings)
        "\n".join(lines(comparison, tuple(files))).encode()
        json.dumps(document(comparison)).encode()


texts = st.text(
    st.sampled_from("[]=:;# \t\r\npq\"'profilerole_arnsource_profile\0\x1c\x85\u3000\ufeff")
)


@given(config=texts, credentials=texts)
def test_any_text_has_an_answer(config, credentials):
    files = {PATH: config.encode(), CREDENTIALS: credentials.encode()}
    for name in ("p", "default", None):
        for item in read_all(Question(name, ENVIRONMENT, files)):
            assert (item.state is VALID) or item.problem.mend
