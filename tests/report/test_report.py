import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from orchestrator.model.enums import Outcome
from orchestrator.model.report import Cause, Report
from orchestrator.report.document import document
from orchestrator.report.styled import WIDTH, harmless, plain
from orchestrator.report.text import MANY, lines
from orchestrator.run import run
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener


def report_of(*outputs, **changes) -> Report:
    clock = FakeClock()
    hosts = [FakeHost(f"i-{n:017x}", output=output, **changes) for n, output in enumerate(outputs)]
    plan = samples.plan(targets=tuple(host.instance_id for host in hosts))
    return run(plan, FakeFleet(clock, hosts), clock, Listener())


def healthy() -> Report:
    clock = FakeClock()
    host = FakeHost(samples.INSTANCE, output=samples.envelope())
    return run(samples.plan(), FakeFleet(clock, [host]), clock, Listener())


def text_of(report):
    return plain(lines(report))


def test_the_first_word_is_the_verdict():
    assert text_of(healthy()).startswith("PASS  switch-role on 1 host")


def test_a_healthy_run_fits_a_page_of_eighty_columns():
    text = text_of(healthy())
    assert len(text.splitlines()) <= 24
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_short_stage_is_not_said_to_have_taken_no_time():
    text = text_of(replace(healthy(), timings={"check": 0.012, "wait": 1.25, "total": 61.2}))
    assert "time    check 12 ms, wait 1.2 s, total 61 s" in text


def test_it_shows_who_the_host_was_and_became():
    text = text_of(healthy())
    assert "account 111111111111, role EC2RoleforSSM" in text
    assert "refused (AccessDenied)" in text
    assert "account 222222222222, role Test-Switch-Role" in text
    assert "created 2022-09-23T12:18:53Z" in text
    assert "restored: C:\\orch" in text


def test_a_failure_shows_the_expectation_the_cause_and_the_mend():
    refused = samples.failed("after.identity", samples.ASSUME_REFUSED)
    text = text_of(report_of(samples.envelope(step={"after.identity": refused})))
    assert "after.identity: expected account is 222222222222" in text
    assert "[assume-role-refused]" in text
    assert '{"Effect": "Allow", "Action": "sts:AssumeRole"' in text


def test_of_many_hosts_those_that_pass_are_only_counted():
    report = healthy()
    report = replace(report, hosts=report.hosts * (MANY + 1), tally={Outcome.PASS: MANY + 1})
    assert text_of(report).count(samples.INSTANCE) == 0
    assert f"{MANY + 1} hosts ({MANY + 1} PASS)" in text_of(report)


def test_of_many_hosts_all_that_is_left_is_told_also_where_they_pass():
    whole = healthy()
    (good,) = whole.hosts
    hosts = [replace(good, instance_id=f"i-{n:08x}") for n in range(MANY + 40)]
    for n in (*range(3, 38), 41):
        hosts[n] = replace(hosts[n], left=("a folder (remove it there: rm -r X)",))
    hosts[5] = replace(hosts[5], left=(*hosts[5].left, "another"))
    report = replace(whole, hosts=tuple(hosts), tally={Outcome.PASS: len(hosts)})
    text = text_of(report)
    assert (
        "\nleft    a folder (remove it there: rm -r X)\n        on 36 hosts: i-00000003, " in text
    )
    assert "and 6 more\n" in text
    assert "\nleft    another\n        on 1 host: i-00000005\n" in text
    assert "left" not in text_of(replace(report, hosts=(good,) * len(hosts)))


def test_what_a_host_sends_cannot_steer_the_terminal():
    facts = {"shell": "\x1b[2J\x1b]0;owned\x07", "region": "x\r\ny", "module": "\u202egnirts"}
    text = text_of(report_of(samples.envelope(facts=facts)))
    assert not {c for c in text if not c.isprintable()} - {"\n"}


def test_harmless_keeps_what_people_write():
    assert harmless("\u5c71\u7530 caf\xe9") == "\u5c71\u7530 caf\xe9"


def test_the_document_is_plain_json_with_the_promised_fields():
    told = json.loads(json.dumps(document(healthy())))
    assert told["schema_version"] == "1.4"
    assert (told["outcome"], told["exit_code"]) == ("PASS", 0)
    assert told["api_calls"]["SendCommand"] == 1
    (host,) = told["hosts"]
    assert host["before"]["identity"]["value"]["role"] == "EC2RoleforSSM"
    assert host["before"]["s3_bucket"]["failure"]["code"] == "AccessDenied"
    assert host["after"]["s3_bucket"]["value"]["found"] is True
    assert host["restored"]["state"] == "restored"
    assert host["causes"] == []
    assert len(host["verdicts"]) == 6


def test_the_agents_version_is_told_where_ssm_was_asked_for_it():
    report = healthy()
    (host,) = report.hosts
    assert f", agent {host.agent_version}, region" in " ".join(text_of(report).split())
    assert document(report)["hosts"][0]["agent_version"] == host.agent_version
    report = replace(report, hosts=(replace(host, agent_version=""),))
    assert ", agent" not in text_of(report)
    assert document(report)["hosts"][0]["agent_version"] is None


def test_outcomes_of_a_run():
    passed, failed, unknown = (
        replace(healthy().hosts[0], outcome=outcome)
        for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN)
    )

    def code(*hosts, **changes):
        now = datetime(2026, 1, 1, tzinfo=UTC)
        tally = Counter(host.outcome for host in hosts)
        plans = (samples.plan(),)
        return Report("run-1", plans, hosts, tally, now, now, {}, {}, **changes).exit_code

    assert code(passed) == 0
    assert code(passed, unknown) == 4
    assert code(passed, unknown, failed) == 1
    assert code() == 4
    assert code(passed, interrupted=True) == 130


def test_of_many_hosts_one_of_each_kind_is_shown_and_who_is_like_it():
    whole = healthy()
    (good,) = whole.hosts
    other = Cause("role-not-found", "the role is not there", "seen", "make it")
    hosts = [replace(good, instance_id=f"i-{n:08x}") for n in range(20)]
    for n in (3, 7, 9):
        hosts[n] = replace(hosts[n], outcome=Outcome.UNKNOWN, evidence=None, causes=())
    for n in (12, 13):
        hosts[n] = replace(hosts[n], outcome=Outcome.FAIL, causes=(other,))
    tally = Counter(host.outcome for host in hosts)
    text = text_of(replace(whole, hosts=tuple(hosts), tally=tally))
    shown = [line.split()[0] for line in text.splitlines() if line.startswith("i-")]
    assert shown == ["i-0000000c", "i-00000003"]
    assert "  alike   1 host more: i-0000000d" in text
    assert "  alike   2 hosts more: i-00000007, i-00000009" in text
