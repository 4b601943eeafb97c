import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.envelope import pack
from orchestrator.model.enums import FailureKind, Outcome, Stage, StepState
from orchestrator.model.evidence import Evidence, NoEvidence
from orchestrator.observe import read
from support import samples

ASKED = samples.procedure()


def read_data(**changes):
    return read(samples.envelope(ASKED, **changes), ASKED, samples.RUN_ID)


def test_a_whole_envelope_becomes_evidence():
    evidence = read_data()
    assert isinstance(evidence, Evidence)
    assert evidence.engine == "powershell"
    assert evidence.observation("after.identity").value["account"] == "222222222222"
    assert evidence.own_verdict is Outcome.PASS
    assert evidence.timings["load"] == 900


def test_a_refusal_keeps_its_code_and_its_decoded_message():
    failure = read_data().observation("before.s3_bucket").failure
    assert (failure.kind, failure.stage) == (FailureKind.ACCESS_DENIED, Stage.CALL)
    assert failure.raw.message == "Access Denied"


def test_a_japanese_message_survives():
    import base64

    text = base64.b64encode("アクセスが拒否".encode()).decode()
    error = samples.REFUSED | {"message": text}
    step = {"before.s3_bucket": samples.failed("before.s3_bucket", error)}
    assert read_data(step=step).observation("before.s3_bucket").failure.raw.message == (
        "アクセスが拒否"
    )


def test_a_skipped_step_has_a_failure_and_no_value():
    error = {"chain": ["orch.Unreachable"]}
    step = {"after.identity": samples.failed("after.identity", error, "skipped")}
    seen = read_data(step=step).observation("after.identity")
    assert (seen.state, seen.failure.kind) == (StepState.SKIPPED, FailureKind.NETWORK)


def test_something_left_on_the_host_is_never_called_restored():
    restored = {"state": "restored", "changed": [], "left": ["C:\\orch"]}
    assert read_data(restored=restored).restored.state == "failed"


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"steps": "none"},
        {"steps": [{"id": "nobody.asked", "state": "ok", "ms": 1, "value": {}}]},
        {"steps": [samples.ok("after.identity", {}), samples.ok("after.identity", {})]},
        {"steps": [{"id": "after.identity", "state": "great", "ms": 1}]},
        {"steps": [{"id": "after.identity", "state": "ok", "ms": 1, "value": {"account": 222}}]},
        {"verdict": "YES"},
        {"own": {"x": "MAYBE"}},
        {"restored": {"state": "fine", "changed": [], "left": []}},
        {"ms": {"total": "long"}},
        {"facts": None},
        {"fatal": {"chain": "one"}},
    ],
    ids=lambda changes: str(changes)[:60],
)
def test_what_has_another_shape_is_malformed(changes):
    evidence = read_data(**changes)
    assert isinstance(evidence, NoEvidence)
    assert evidence.reason == "malformed"


@pytest.mark.parametrize("key", ["run", "plan"])
def test_an_envelope_of_another_run_or_plan_is_foreign(key):
    assert read_data(**{key: "another"}).reason == "foreign"


@given(
    st.dictionaries(st.sampled_from(sorted(samples.data())), st.none() | st.text() | st.integers())
)
def test_no_garbage_raises(garbage):
    data = samples.data() | garbage
    assert isinstance(
        read(pack(ASKED.sha256(), data), ASKED, samples.RUN_ID), Evidence | NoEvidence
    )
