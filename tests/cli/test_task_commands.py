"""`orch restore` and `orch uninstall`: what is sent, what is told, and with which code."""

import base64
import json

import pytest

from orchestrator.envelope import pack
from orchestrator.render.header import read_header
from support import samples
from support.fakes import FakeHost

WHERE = ("--instance", samples.INSTANCE, "--region", "ap-northeast-1")
RUN = "20260101T000000Z-0dead0"


@pytest.fixture
def answers(fleet, monkeypatch):
    """Let the hosts answer a task so; gives back the procedures that they were asked."""
    asked = []

    def install(verdict, facts, left=(), **more):
        send = type(fleet).__mro__[1].send

        def answering(request):
            header = read_header("\n".join(request.commands))
            asked.append(header.procedure)
            told = samples.data(header.procedure, run=header.run_id, steps=[], own={})
            told |= {"verdict": verdict, "facts": facts, **more}
            told["restored"] = {"state": "failed" if left else "restored"}
            told["restored"] |= {"changed": [], "left": list(left)}
            for host in fleet.hosts:
                host.output = pack(header.procedure.sha256(), told)
            return send(fleet, request)

        monkeypatch.setattr(fleet, "send", answering)
        return asked

    return install


@pytest.mark.parametrize(
    ("verdict", "fact", "left", "code"),
    [
        ("PASS", "restored: C:\\c is as it was before", (), 0),
        ("FAIL", "failed: somebody else", ("C:\\c: the lines",), 1),
        ("UNKNOWN", "running: it is still going on", (), 4),
    ],
)
def test_the_hosts_own_account_is_told_with_its_code(orch, answers, verdict, fact, left, code):
    answers(verdict, {f"run {RUN}": fact, "runs": "1"}, left)
    ended = orch("restore", *WHERE, "--output", "json")
    (host,) = ended.report["hosts"]
    assert (ended.code, ended.report["task"]) == (code, "restore")
    assert (host["said"], host["left"]) == ([f"run {RUN} {fact}"], list(left))
    text = orch("restore", *WHERE)
    assert (text.code, text.out.split()[0]) == (code, verdict)
    assert all(item in text.out for item in (RUN, *left))


def test_one_run_alone_is_meant_where_its_id_is_given(orch, answers):
    asked = answers("PASS", {"runs": "0"})
    assert "nothing of it" in orch("restore", *WHERE, "--run-id", RUN).out
    orch("restore", *WHERE)
    assert [item.of_run for item in asked] == [RUN, ""]


def test_the_profile_and_its_user_are_what_is_said(orch, answers):
    asked = answers("PASS", {"uninstall": "taken out of C:\\c"})
    ended = orch("uninstall", *WHERE, "--profile-name", "p", "--host-user", "CORP\\alice")
    assert (ended.code, "taken out of C:\\c" in ended.out) == (0, True)
    orch("uninstall", *WHERE)
    assert [(item.profile.name, item.host_user) for item in asked] == [
        ("p", "CORP\\alice"),
        ("switch_test", ""),
    ]


def test_an_error_on_the_host_is_not_known(orch, answers):
    message = base64.b64encode(b"no such user").decode()
    answers("UNKNOWN", {}, fatal={"chain": ["orch.HostUserUnknown"], "message": message})
    ended = orch("uninstall", *WHERE)
    assert (ended.code, "orch.HostUserUnknown: no such user" in ended.out) == (4, True)


def test_a_host_that_gives_no_answer_is_not_known(orch, fleet):
    fleet.hosts = [FakeHost(samples.INSTANCE, exit_code=1)]
    fleet.changes = {"v": 7}
    ended = orch("restore", *WHERE)
    assert (ended.code, "gave no answer" in ended.out) == (4, True)


def test_many_hosts_are_asked_about_and_a_no_sends_nothing(orch, fleet, person):
    many = ",".join(f"i-{number:08x}" for number in range(11))
    person("n")
    ended = orch("restore", "--instance", many, "--region", "ap-northeast-1")
    assert (ended.code, fleet.sent) == (2, {})
    assert "orch restore: not run" in ended.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("restore", "--run-id", "../../x"), "--run-id: '../../x' is no run id"),
        (("uninstall", "--host-user", "a/b"), "--host-user: 'a/b' is not a user name"),
        (("uninstall", "--profile-name", "a]b"), "--profile-name: 'a]b' is not a profile name"),
        (("restore", "--instance", "web"), "--instance: 'web' is not an instance id"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(orch, fleet, words, says):
    command, *given = words
    where = WHERE if "--instance" not in words else WHERE[2:]
    ended = orch(command, *where, *given)
    assert (ended.code, fleet.sent) == (2, {})
    assert says in ended.err


def test_what_is_missing_has_an_example_that_would_do(orch, fleet):
    ended = orch("restore", "--region", "ap-northeast-1")
    assert ended.code == 2
    assert "mend: for example: orch restore --instance i-" in ended.err


def test_json_is_one_document(orch, answers):
    answers("PASS", {"runs": "0"})
    ended = orch("restore", *WHERE, "--output", "json")
    assert ended.out == json.dumps(ended.report, indent=2) + "\n"
