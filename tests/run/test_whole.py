"""Evidence from the nearest place that has all of it: a page, the invocation, S3."""

import random
from dataclasses import replace

import pytest

from orchestrator.journal import SqliteJournal
from orchestrator.model.enums import Outcome
from orchestrator.model.fleet import OutputS3
from orchestrator.run import resume, run
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

NOISE = "noise " * 5_000
LONG = NOISE + samples.envelope()
KEY = "orch/00000000-0000-4000-8000-000000000000/{}/awsrunPowerShellScript/{}/stdout".format(
    samples.INSTANCE, "0.awsrunPowerShellScript"
)
PLAN = replace(samples.plan(), output_s3=OutputS3("some-bucket", "orch"))
URL = f"s3://some-bucket/{KEY}"


def long_envelope(**changes):
    """An envelope that SSM cuts: random words hardly get shorter."""
    words = random.Random(1)
    facts = {f"fact{n}": f"{words.getrandbits(400):x}" for n in range(400)}
    return samples.envelope(facts=facts, **changes)


def ran(output=LONG, plan=PLAN, host=None, **fleet):
    fleet = FakeFleet(FakeClock(), [host or FakeHost(samples.INSTANCE, output=output)], **fleet)
    report = run(plan, fleet, fleet.clock, Listener())
    (found,) = report.hosts
    return found, report.api_calls


def test_a_page_that_has_all_is_all_that_is_read():
    host, calls = ran(samples.envelope())
    assert (host.outcome, host.source) == (Outcome.PASS, "ListCommandInvocations")
    assert not {"GetCommandInvocation", "GetObject"} & set(calls)


def test_the_invocation_is_read_where_the_page_was_cut_and_s3_is_not():
    host, calls = ran(NOISE[:4_000] + samples.envelope())
    assert (host.outcome, host.source) == (Outcome.PASS, "GetCommandInvocation")
    assert "GetObject" not in calls


@pytest.mark.parametrize("output", [LONG, long_envelope()], ids=["noise before", "long itself"])
def test_s3_is_read_where_the_invocation_was_cut_too(output):
    assert len(output) > 24_000
    host, calls = ran(output)
    assert (host.outcome, host.source, host.causes) == (Outcome.PASS, "S3", ())
    assert (calls["GetCommandInvocation"], calls["GetObject"]) == (1, 1)


def test_without_a_bucket_it_stays_cut_and_the_mend_names_the_option():
    host, calls = ran(plan=samples.plan())
    assert told(host) == (Outcome.UNKNOWN, "evidence-truncated")
    assert "--output-s3-bucket-name" in host.causes[0].mend
    assert "GetObject" not in calls


def told(host):
    return host.outcome, host.causes[0].id


def test_what_the_agent_could_not_put_there_stays_cut_and_the_permissions_are_named():
    host, _ = ran(host=FakeHost(samples.INSTANCE, output=LONG, may_put=False))
    assert told(host) == (Outcome.UNKNOWN, "evidence-truncated")
    assert host.causes[0].evidence.endswith(f"; {URL} is not there")
    mend = host.causes[0].mend
    assert "s3:PutObject and s3:PutObjectAcl on arn:aws:s3:::some-bucket/orch/*" in mend
    assert "s3:GetObject" not in mend


@pytest.mark.parametrize("denied", ["GetObject", "ListBucket"])
def test_what_may_not_be_read_or_is_not_there_stays_cut_and_both_sides_are_named(denied):
    lacks = FakeHost(samples.INSTANCE, output=LONG, may_put=denied == "GetObject")
    host, _ = ran(host=lacks, denied=frozenset({denied}))
    assert told(host) == (Outcome.UNKNOWN, "evidence-truncated")
    assert f"; {URL}: AccessDenied" in host.causes[0].evidence
    assert "s3:GetObject on arn:aws:s3:::some-bucket/orch/*" in host.causes[0].mend
    assert "s3:ListBucket" in host.causes[0].mend


def test_an_s3_that_gives_no_answer_leaves_it_cut():
    host, _ = ran(throttle={"GetObject": 100})
    assert told(host) == (Outcome.UNKNOWN, "evidence-truncated")
    assert host.causes[0].mend == "mend the way to S3, and run again"


@pytest.mark.parametrize("output", [LONG, long_envelope()], ids=["noise before", "long itself"])
def test_s3_is_read_where_the_invocation_may_not_be(output):
    host, _ = ran(output, denied=frozenset({"GetCommandInvocation"}))
    assert (host.outcome, host.source) == (Outcome.PASS, "S3")


def test_what_was_perhaps_cut_is_not_told_to_have_ended_early_where_more_could_not_be_read():
    """Of a page without marks, 2,400 bytes long, nobody knows whether an envelope came after it."""
    noise = FakeHost(samples.INSTANCE, output="x" * 2_450)
    host, _ = ran(host=noise, plan=samples.plan(), denied=frozenset({"GetCommandInvocation"}))
    assert told(host) == (Outcome.UNKNOWN, "evidence-truncated")
    assert "AccessDeniedException" in host.causes[0].evidence


def test_a_whole_output_without_an_envelope_says_that_the_script_was_ended():
    host, _ = ran(NOISE)
    assert (host.outcome, host.source) == (Outcome.UNKNOWN, "S3")
    assert [cause.id for cause in host.causes] == ["script-ended-early"]


def test_a_whole_output_whose_envelope_has_no_end_is_not_told_to_go_to_s3():
    host, _ = ran(long_envelope()[:-4])
    assert told(host) == (Outcome.UNKNOWN, "evidence-truncated")
    assert host.causes[0].mend.startswith("the script was ended while it wrote")


ANOTHER = samples.envelope(engine="python")
DOUBLED = samples.envelope() + NOISE[:6_000] + ANOTHER
DOUBLED_FAR = samples.envelope() + NOISE + ANOTHER


def test_behind_an_envelope_that_is_whole_in_a_page_another_is_found():
    host, calls = ran(DOUBLED)
    assert told(host) == (Outcome.UNKNOWN, "evidence-ambiguous")
    assert (calls["GetCommandInvocation"], host.source) == (1, "GetCommandInvocation")


def test_behind_one_that_is_whole_in_the_invocation_another_is_found_in_s3():
    host, _ = ran(DOUBLED_FAR)
    assert told(host) == (Outcome.UNKNOWN, "evidence-ambiguous")
    assert host.source == "S3"


UNREADABLE = {
    "no bucket": ("GetCommandInvocation", {"plan": samples.plan()}),
    "no leave to read S3": ("GetCommandInvocation", {"denied": frozenset({"GetObject"})}),
    "no leave to read any": (
        "ListCommandInvocations",
        {"denied": frozenset({"GetObject", "GetCommandInvocation"})},
    ),
}


@pytest.mark.parametrize(("source", "lacks"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_envelope_that_is_whole_counts_where_more_cannot_be_read(source, lacks):
    host, _ = ran(samples.envelope() + NOISE, **lacks)
    assert (host.outcome, host.source, host.causes) == (Outcome.PASS, source, ())


def test_what_goes_on_behind_a_whole_envelope_without_another_passes_by_s3():
    host, _ = ran(samples.envelope() + NOISE)
    assert (host.outcome, host.source) == (Outcome.PASS, "S3")


def test_each_envelope_that_ssm_has_must_be_in_s3_and_not_the_last_alone():
    """SSM has a whole one and the beginning of a second; the object has the second alone."""
    second = long_envelope()
    forged = {("some-bucket", KEY): second}
    host, _ = ran(ANOTHER + second, objects=forged)
    assert told(host) == (Outcome.UNKNOWN, "evidence-ambiguous")
    assert URL in host.causes[0].evidence


FORGED = {
    "nothing": "nothing",
    "of another host": long_envelope(engine="python"),
    "short": samples.envelope(),
}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_another_object_in_its_place_does_not_pass(text):
    """Whoever may put objects there, as every host with that role, is not believed."""
    host, _ = ran(long_envelope(), objects={("some-bucket", KEY): text})
    assert (host.outcome, host.source) == (Outcome.UNKNOWN, "S3")
    assert host.causes[0].id == "evidence-ambiguous"
    assert URL in host.causes[0].evidence


def test_an_envelope_of_another_plan_does_not_pass_where_ssm_has_none_of_it():
    other = replace(samples.procedure(), runbook="another")
    forged = {("some-bucket", KEY): NOISE + samples.envelope(other)}
    host, _ = ran(objects=forged)
    assert told(host) == (Outcome.UNKNOWN, "evidence-foreign")


def test_lines_that_were_broken_on_the_host_are_the_same_envelope():
    text = long_envelope()
    broken = "\r\n".join(text[n : n + 80] for n in range(0, len(text), 80))
    host, _ = ran(broken)
    assert (host.outcome, host.source) == (Outcome.PASS, "S3")


def test_a_run_that_is_taken_up_again_reads_it_there_too(tmp_path):
    """Where its output goes lies in its plan, which the journal keeps."""

    class Stopped(BaseException):
        pass

    class Mortal(FakeFleet):
        def look(self, command_id):
            raise Stopped

    clock, hosts = FakeClock(), [FakeHost(samples.INSTANCE, output=LONG)]
    first, journal = Mortal(clock, hosts), SqliteJournal(tmp_path / "runs.sqlite")
    with pytest.raises(Stopped):
        run(PLAN, first, clock, Listener(), journal=journal)
    fleet = FakeFleet(clock, hosts, sent=first.sent)
    kept = journal.load(samples.RUN_ID)
    assert kept.plan == PLAN
    report = resume(kept, (), fleet, clock, Listener(), journal=journal)
    assert (report.outcome, report.hosts[0].source) == (Outcome.PASS, "S3")
    assert next(iter(fleet.sent.values()))[0].output_s3 == PLAN.output_s3


def test_a_plan_that_was_kept_before_there_were_buckets_can_be_read(tmp_path):
    from orchestrator.journal.texts import from_text, to_text
    from orchestrator.model.plan import Plan

    text = to_text(samples.plan())
    old = text.replace(',"output_s3":{"bucket_name":"","key_prefix":""}', "")
    assert old != text
    assert from_text(Plan, old) == samples.plan()
