"""What the HTML report says of a switch, of times and of the past, before it is drawn."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator.model.enums import FailureKind, Outcome, Stage
from orchestrator.model.history import NO_PAST, Past, Seen
from orchestrator.report.forms import form, looks_back
from orchestrator.report.page.drift import RUNS, Drift
from orchestrator.report.page.overview import overview
from orchestrator.report.page.switching import Change, pairs
from support import fleets, samples

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


def changes(kind, spoil=lambda observation: observation):
    report = fleets.one(kind)
    evidence = report.hosts[0].evidence
    evidence = replace(evidence, observations=tuple(map(spoil, evidence.observations)))
    return {pair.title: pair for pair in pairs(evidence, report.plan.procedure)}


BUCKET = f"bucket {samples.BUCKET}"


def test_a_switch_changes_who_the_host_is_and_gains_the_bucket():
    found = changes(fleets.healthy)
    assert found["identity"].change is Change.CHANGED
    assert "account 222222222222" in found["identity"].gained
    assert "account 111111111111" in found["identity"].lost
    assert (found[BUCKET].change, found[BUCKET].gained) == (Change.GAINED, BUCKET)
    assert not found[BUCKET].lost


def test_another_session_of_the_same_role_is_neither_gained_nor_lost():
    def stayed(observation):
        own = {"account": "111111111111", "role": "EC2RoleforSSM"}
        return replace(observation, value={**observation.value, **own})

    pair = changes(fleets.healthy, stayed)["identity"]
    assert (pair.change, pair.gained, pair.lost) == (Change.CHANGED, "", "")


def test_who_may_not_switch_has_lost_nothing():
    found = changes(fleets.refused)
    assert {pair.change for pair in found.values()} == {Change.NOT_SWITCHED}
    assert not any(pair.gained or pair.lost for pair in found.values())


def test_a_bucket_that_neither_sees_is_no_change():
    assert changes(fleets.bucket_missing)[BUCKET].change is Change.SAME


@pytest.mark.parametrize("kind", [FailureKind.NETWORK, FailureKind.THROTTLED, FailureKind.OTHER])
@pytest.mark.parametrize("stage", [Stage.SWITCH, Stage.CALL])
def test_what_did_not_answer_is_neither_gained_nor_lost(kind, stage):
    def silent(observation):
        if observation.failure is None:
            return observation
        return replace(observation, failure=replace(observation.failure, kind=kind, stage=stage))

    found = changes(fleets.refused, silent)
    assert {pair.change for pair in found.values()} == {Change.UNKNOWN}


def test_a_bucket_that_is_seen_no_more_is_lost():
    def turned(observation):
        names = {"before.s3_bucket": "after.s3_bucket", "after.s3_bucket": "before.s3_bucket"}
        return replace(observation, step=names.get(observation.step, observation.step))

    pair = changes(fleets.healthy, turned)[BUCKET]
    assert (pair.change, pair.lost, pair.gained) == (Change.LOST, BUCKET, "")


def times_of(report):
    return overview(report, Drift(report, NO_PAST)).timeline


def test_the_bar_of_the_host_ends_with_the_wait_and_sums_to_its_seconds():
    report = fleets.one(fleets.healthy)
    run, host = times_of(report).bars
    assert run.seconds == pytest.approx(report.timings["total"])
    spent = {part.name: part.seconds for part in host.parts}
    assert sum(spent.values()) - spent["elsewhere"] == pytest.approx(
        report.hosts[0].seconds, abs=0.01
    )
    assert host.parts[-1].x + host.parts[-1].width == pytest.approx(1000, abs=5)


def test_of_several_places_nobody_says_how_long_a_host_was_in_the_queue():
    for bar in times_of(fleets.mixed(30)).bars:
        assert "elsewhere" not in {part.name for part in bar.parts}


def test_many_hosts_have_a_spread_and_every_one_is_in_a_bin():
    report = fleets.mixed(60)
    drawn = times_of(report)
    assert sum(item.count for item in drawn.bins) == sum(
        host.seconds is not None for host in report.hosts
    )
    assert drawn.spread.startswith("fastest ")


def test_hosts_without_a_time_have_no_bar():
    assert len(times_of(fleets.one(fleets.offline)).bars) == 1


def past_of(report, outcomes, other=()):
    """A run a day, by the outcome's first letter; those numbered ``other`` asked something else."""
    host = report.hosts[0]
    known = {outcome[0]: outcome for outcome in Outcome}
    return Past(
        tuple(
            Seen(
                f"run-{number}",
                report.started - timedelta(days=len(outcomes) - number),
                host.instance_id,
                host.name,
                host.region,
                host.account_role,
                known[letter],
                "" if letter == "P" else "assume-role-refused",
                "switch-role",
                "other" if number in other else report.plan.procedure_sha256,
            )
            for number, letter in enumerate(outcomes)
        )
    )


@pytest.mark.parametrize(
    ("outcomes", "like", "words"),
    [
        ("PPP", 1, ["changed"]),
        ("PPF", 2, ["steady"]),
        ("FFF", 4, ["steady"]),
        ("PFP", 1, ["changed", "flapping"]),
        ("PFPF", 2, ["flapping"]),
        ("PUF", 2, ["steady"]),
        ("PFPFFFFFFFFF", 10, ["steady"]),
        ("PFPFFFFFF", 7, ["flapping"]),
    ],
)
def test_since_when_a_host_is_as_it_is(outcomes, like, words):
    report = fleets.one(fleets.refused)
    found = Drift(report, past_of(report, outcomes)).host(report.hosts[0])
    assert (found.like, found.words) == (like, words)
    assert found.marks[-1].run_id == report.run_id


def test_what_was_asked_otherwise_is_shown_and_not_compared():
    report = fleets.one(fleets.refused)
    found = Drift(report, past_of(report, "PPFF", other={0, 1})).host(report.hosts[0])
    assert [mark.same for mark in found.marks] == [False, False, True, True, True]
    assert (found.like, found.turns, found.whole) == (3, [], False)
    alone = Drift(report, past_of(report, "PP", other={0, 1})).host(report.hosts[0])
    assert (alone.like, alone.words) == (1, ["first"])


def test_another_cause_is_a_turn_though_it_fails_as_before():
    report = fleets.one(fleets.refused)
    seen = past_of(report, "FF").seen
    changed = Past((replace(seen[0], cause="role-not-found"), seen[1]))
    (turn,) = Drift(report, changed).host(report.hosts[0]).turns
    assert (turn.before.cause, turn.now.cause) == ("role-not-found", "assume-role-refused")


def test_no_more_is_claimed_than_was_looked_at():
    report = fleets.one(fleets.refused)
    (host,) = report.hosts
    few, many = (Drift(report, past_of(report, "F" * count)) for count in (RUNS, RUNS + 1))
    assert [drift.host(host).more for drift in (few, many)] == [False, True]
    assert [len(drift.fleet().runs) for drift in (few, many)] == [RUNS + 1] * 2
    told = [
        "".join(form("html")(report, past_of(report, "F" * count))) for count in (RUNS, RUNS + 1)
    ]
    assert ["all 41 runs" in html for html in told] == [True, False]
    assert ["41 runs, perhaps more" in html for html in told] == [False, True]
    assert ["Older runs are left out" in html for html in told] == [False, True]
    assert looks_back("html") > RUNS


def test_the_run_itself_is_no_part_of_its_past():
    report = fleets.one(fleets.refused)
    seen = past_of(report, "P").seen
    drift = Drift(report, Past((replace(seen[0], run_id=report.run_id),)))
    assert drift.fleet() is None
    assert drift.host(report.hosts[0]) is None


def test_the_fleets_runs_are_counted_and_this_run_is_the_last():
    report = fleets.mixed(40)
    past = fleets.past_of(report, runs=5)
    drift = Drift(report, past)
    overview(report, drift)
    fleet = drift.fleet()
    assert [run.counts.total() for run in fleet.runs] == [40] * 6
    assert [run.same for run in fleet.runs] == [False] * 3 + [True] * 3
    assert fleet.runs[-1].counts == report.tally
    pasts = [drift.host(host) for host in report.hosts]
    assert fleet.words["changed"] == sum(past.whole and past.like == 1 for past in pasts) > 0
    assert fleet.words.get("flapping", 0) == sum(past.flapping for past in pasts)


def test_a_flapping_host_that_has_just_changed_counts_as_changed_too():
    report = fleets.one(fleets.refused)
    drift = Drift(report, past_of(report, "PFP"))
    drift.add(report.hosts[0])
    assert drift.fleet().words == {"changed": 1, "flapping": 1}


def test_times_are_drawn_within_the_picture():
    chance = random.Random(3)
    for bar in times_of(fleets.mixed(30, seed=chance.randrange(9))).bars:
        assert all(0 <= part.x <= 1000 and part.x + part.width <= 1000.1 for part in bar.parts)
