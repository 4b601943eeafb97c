"""A Japanese host: what it prints beside the envelope, and what it says in it, decide nothing."""

import base64
import json
from pathlib import Path

import pytest

from orchestrator.judge import judge, total
from orchestrator.model.enums import FailureKind, Outcome, Stage
from orchestrator.observe import read
from support import samples

RECORDED = json.loads(
    (Path(__file__).parents[1] / "recordings/japanese-host.json").read_text("utf-8")
)["cases"]
ASKED = samples.procedure()
REFUSED = RECORDED[0]
TEXT = "\r\n".join(REFUSED["printed"]) + "\r\n"
SEEN = {
    "utf-8": TEXT,
    # The agent takes a script's bytes for UTF-8, whatever the code page was.
    "code page 932": TEXT.encode("cp932").decode("utf-8", "replace"),
    "utf-16": TEXT.encode("utf-16").decode("utf-8", "replace"),
}


def refusal(message):
    fqei = REFUSED["fqei"]
    chain = ["System.InvalidOperationException", fqei.partition(",")[0]]
    said = base64.b64encode(message.encode()).decode()
    error = {"chain": chain, "code": "AccessDenied", "status": 403, "fqei": fqei, "message": said}
    return {"before.s3_bucket": samples.failed("before.s3_bucket", error)}


@pytest.mark.parametrize("noise", SEEN.values(), ids=SEEN)
def test_the_evidence_is_found_between_what_the_host_prints(noise):
    output = noise + samples.envelope(ASKED) + "\r\n" + noise
    evidence = read(output, ASKED, samples.RUN_ID)
    assert total(judge(ASKED, evidence, samples.INSTANCE)) is Outcome.PASS


@pytest.mark.parametrize("message", [REFUSED["message"], "アクセスが拒否されました。", "", "成功"])
def test_a_refusal_is_told_by_type_and_code_in_any_language(message):
    evidence = read(samples.envelope(ASKED, step=refusal(message)), ASKED, samples.RUN_ID)
    failure = evidence.observation("before.s3_bucket").failure
    assert (failure.kind, failure.stage) == (FailureKind.ACCESS_DENIED, Stage.CALL)
    assert (failure.raw.message, failure.raw.fqei) == (message, REFUSED["fqei"])
    assert total(judge(ASKED, evidence, samples.INSTANCE)) is Outcome.PASS
