"""What differs between two runs: only what was observed both times."""

from dataclasses import replace

import pytest

from orchestrator.drift import compare, facts_of
from orchestrator.model.drift import Side
from orchestrator.model.enums import Mode, Outcome, Shell
from orchestrator.model.procedure import Profile
from orchestrator.report.drift import document, lines
from orchestrator.report.styled import plain
from support import samples
from support.kept_runs import FAILED, NOW, PASSED, SILENT, envelope, plan, reported

ROLE = "arn:aws:iam::333333333333:role/orch-operator"


def side(*hosts, run_id="a", script="s", plans=None):
    return Side(
        run_id=run_id,
        started=NOW,
        outcome=Outcome.PASS,
        plans=plans or (plan(run_id),),
        scripts=(script,) * len(plans or "1"),
        hosts={host.instance_id: facts_of(host) for host in hosts},
    )


def host(number, kind=PASSED, **changes):
    return replace(kind, instance_id=f"i-{number:017x}", **changes)


def told(drift):
    return [(c.aspect, c.was, c.now, len(c.instance_ids)) for c in drift.changes]


def with_facts(**facts):
    known = dict(PASSED.evidence.facts) | facts
    return replace(PASSED, evidence=replace(PASSED.evidence, facts=known))


def test_equal_runs_have_no_difference():
    drift = compare(side(PASSED), side(PASSED, run_id="b"))
    assert (drift.exit_code, drift.changes, drift.compared) == (0, (), 1)


def test_the_session_that_is_named_anew_is_no_difference():
    session = samples.identity("222222222222", "Test-Switch-Role", "aws-dotnet-2")
    other = reported(envelope(step={"after.identity": samples.ok("after.identity", session)}))
    assert other.evidence != PASSED.evidence
    assert compare(side(PASSED), side(other)).exit_code == 0


def test_the_same_change_on_many_hosts_is_one():
    many = [host(n) for n in range(20)]
    now = [host(n, FAILED) if n % 2 else host(n) for n in range(20)]
    drift = compare(side(*many), side(*now))
    assert told(drift) == [
        ("outcome", "PASS", "FAIL", 10),
        ("first cause", "", FAILED.causes[0].id, 10),
        (
            "after.s3_bucket",
            "bucket xxxxxxxx-cloudtrail found, created 2022-09-23T12:18:53Z",
            "bucket xxxxxxxx-cloudtrail is not in this account's list",
            10,
        ),
    ]
    assert drift.exit_code == 1


IDENTITIES = {
    "another role": (
        samples.identity("222222222222", "Other", "aws-dotnet-1"),
        [("after.identity", "arn:aws:sts::222222222222:assumed-role/Other/*")],
    ),
    "another account": (
        samples.identity("444444444444", "Test-Switch-Role", "aws-dotnet-1"),
        [("after.identity", "arn:aws:sts::444444444444:assumed-role/Test-Switch-Role/*")],
    ),
    "the role was made anew": (
        samples.identity("222222222222", "Test-Switch-Role", "s") | {"user_id": "AROA2:s"},
        [("after.identity role's id", "AROA2")],
    ),
}


@pytest.mark.parametrize(("identity", "changes"), IDENTITIES.values(), ids=IDENTITIES)
def test_another_identity_is_told(identity, changes):
    other = reported(envelope(step={"after.identity": samples.ok("after.identity", identity)}))
    drift = compare(side(PASSED), side(replace(other, outcome=Outcome.PASS, causes=())))
    assert [(change.aspect, change.now) for change in drift.changes] == changes


def test_an_instances_own_session_stands_for_all_instances():
    before = facts_of(PASSED).known["before.identity"]
    assert before == "arn:aws:sts::111111111111:assumed-role/EC2RoleforSSM/INSTANCE-ID"


FACTS = {
    "module": ({"module": "AWS.Tools", "module_version": "4.1.1"}, {"module_version": "4.1.2"}),
    "shell": ({"shell_version": "5.1"}, {"shell_version": "7.4"}),
    "config file (SHA-256)": ({"config_sha256": "a"}, {"config_sha256": "b"}),
    "profile stands in": ({"profile_source": None}, {"profile_source": "config"}),
    "user": ({"user": "SYSTEM"}, {"user": "ec2-user"}),
    "config file": (
        {"config_source": "the home of the account", "config_path": "C:\\a"},
        {"config_path": "C:\\b"},
    ),
}


@pytest.mark.parametrize("aspect", FACTS)
def test_a_fact_that_changed_is_told_and_one_that_is_not_told_is_not(aspect):
    was, now = FACTS[aspect]
    a, b = with_facts(**was), with_facts(**(was | now))
    assert [change.aspect for change in compare(side(a), side(b)).changes] == [aspect]
    if aspect != "shell":
        untold = replace(b, evidence=replace(b.evidence, facts={"shell": "Windows PowerShell"}))
        assert compare(side(a), side(untold)).changes == ()


def test_a_file_of_the_runs_own_is_not_compared():
    a, b = with_facts(config_path="C:\\orch-1\\config"), with_facts(config_path="C:\\orch-2\\c")
    assert compare(side(a), side(b)).exit_code == 0


def test_what_could_not_be_observed_has_not_changed():
    drift = compare(side(PASSED), side(SILENT))
    assert told(drift)[0] == ("outcome", "PASS", "UNKNOWN", 1)
    assert {change.aspect for change in drift.changes} == {"outcome", "first cause"}
    assert drift.unobserved == 1
    assert "1 host gave no evidence" in plain(list(lines(drift)))


def test_where_nothing_was_observed_nothing_is_said_to_be_the_same():
    drift = compare(side(SILENT), side(SILENT))
    assert (drift.changes, drift.exit_code) == ((), 4)
    assert plain(list(lines(drift))).startswith("NOT COMPARABLE")
    some = compare(side(SILENT, host(1)), side(SILENT, host(1)))
    assert (some.unobserved, some.exit_code) == (1, 0)


def test_hosts_in_one_run_alone_are_a_difference():
    drift = compare(side(host(1), host(2)), side(host(2), host(3)))
    assert (drift.only_a, drift.only_b, drift.compared) == (
        ("i-00000000000000001",),
        ("i-00000000000000003",),
        1,
    )
    assert drift.exit_code == 1


QUESTIONS = {
    "profile": {"profile": Profile("other", samples.ROLE_ARN)},
    "steps": {"steps": samples.procedure().steps[:-1]},
    "expectations": {"expectations": samples.procedure().expectations[:-1]},
    "region": {"region": "eu-west-1"},
    "shell": {"shell": Shell.PYTHON},
    "mode": {"mode": Mode.EXISTING},
    "ways to switch": {"ways": ()},
}


@pytest.mark.parametrize("part", QUESTIONS)
def test_another_question_is_not_compared_but_the_host_is(part):
    asked = replace(samples.procedure(), **QUESTIONS[part])
    other = samples.plan(asked)
    was = with_facts(user="SYSTEM", shell_version="5.1", profile_role_arn="a")
    now = with_facts(user="other", shell_version="7.4", profile_role_arn="b")
    now = replace(now, outcome=Outcome.FAIL, region=asked.region)
    drift = compare(side(was), side(now, plans=(other,)))
    assert drift.exit_code == 4
    assert [item.parts for item in drift.unlike] == [(part,)]
    told = {change.aspect for change in drift.changes}
    assert told == ({"user"} if part in {"shell", "ways to switch"} else {"user", "shell"})
    assert drift.same_script is None
    text = plain(list(lines(drift)))
    assert text.startswith("NOT COMPARABLE")
    assert f"the runs did not ask the same: {part}" in text


def test_a_hash_that_differs_for_equal_questions_is_said():
    drift = compare(side(PASSED), side(PASSED, plans=(plan(procedure_sha256="f" * 64),)))
    assert (drift.exit_code, drift.unlike[0].parts) == (4, ("what is hashed of it",))


def test_places_are_compared_with_their_like():
    there = plan(account_role=ROLE)
    odd = replace(there, procedure_sha256="f" * 64)
    far = replace(FAILED, instance_id="i-0000000000000000f", account_role=ROLE)
    a = side(PASSED, far, plans=(plan(), there))
    assert compare(a, side(PASSED, far, plans=(there, plan()))).exit_code == 0
    drift = compare(a, side(FAILED, replace(far, outcome=Outcome.PASS), plans=(plan(), odd)))
    assert [item.account_role for item in drift.unlike] == [ROLE]
    assert {change.instance_ids for change in drift.changes} == {(samples.INSTANCE,)}
    text = plain(list(lines(drift)))
    assert "did not ask the same in ap-northeast-1 of account" in " ".join(text.split())


def test_another_script_for_the_same_question_is_a_difference():
    drift = compare(side(PASSED), side(PASSED, script="t"))
    assert (drift.exit_code, drift.same_script) == (1, False)


def test_the_text_fits_into_eighty_columns_and_obeys_nobody():
    many = [host(n) for n in range(2000)]
    evil = with_facts(user="\x1b[2J" + "x" * 90)
    now = [host(n, FAILED) if n < 1500 else host(n, evil) for n in range(1, 2001)]
    drift = compare(side(*many, run_id="a" * 22), side(*now, run_id="b" * 22))
    text = plain(list(lines(drift)))
    assert "\x1b" not in text
    assert "1500" not in text
    assert " 1499 hosts  outcome  PASS -> FAIL" in text
    long = [line for line in text.splitlines() if len(line) > 80]
    assert all("x" * 60 in line for line in long)
    assert len(text.splitlines()) < 30
    data = document(drift)
    assert len(data["changes"][0]["instance_ids"]) == 1499
