"""The script's judge and ours decide alike, whatever error stands in the envelope."""

import ast
import itertools
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.checks import all_checks
from orchestrator.envelope.meanings import (
    ASSUMING,
    CODES,
    OF_BOTOCORE,
    OF_DOTNET,
    OF_SCRIPTS,
    TYPES,
    error_lists,
)
from orchestrator.judge import judge
from orchestrator.model.enums import (
    NOT_THERE,
    REFUSALS,
    FailureKind,
    Operator,
    Outcome,
    Phase,
    Shell,
    StepState,
    Way,
)
from orchestrator.model.evidence import Evidence, Observation, RawFailure, Restored
from orchestrator.observe.classify import classify
from orchestrator.plan import OnTheHost, procedure
from orchestrator.render import render
from orchestrator.runbook import find, names
from support import samples

VALUES = {"role_arn": samples.ROLE_ARN, "bucket": samples.BUCKET}
OF_THE_JUDGE = {"refusal", "verdict_of_error"}
TABLES = re.compile(r"[A-Z]+_(TYPES|CODES)|ASSUMING")


def source():
    asked = procedure(find("switch-role"), VALUES, "ap-northeast-1", OnTheHost(shell=Shell.PYTHON))
    return dict(render(asked, samples.RUN_ID).parts)["check.py"]


def is_of_the_judge(node):
    if isinstance(node, ast.Assign):
        return TABLES.fullmatch(node.targets[0].id if hasattr(node.targets[0], "id") else "")
    return isinstance(node, ast.FunctionDef) and node.name in OF_THE_JUDGE


def hosts_judge():
    """The judging functions of a rendered Python script, with its tables."""
    nodes = [node for node in ast.parse(source()).body if is_of_the_judge(node)]
    found = {}
    exec(compile(ast.Module(nodes, []), "check.py", "exec"), found)
    return found


THEIRS = hosts_judge()
IN_BOTH = [name for name in TYPES if not name.startswith((OF_DOTNET, OF_SCRIPTS))]
UNKNOWN_TYPES = ["builtins.OSError", "awscli.exit-255", "Amazon.Runtime.AmazonServiceException"]
NAMES = [*IN_BOTH, *UNKNOWN_TYPES, ASSUMING]
ERRORS = [None, *CODES, "SomethingNew"]
OPERATIONS = [None, "AssumeRole", "ListBuckets"]


def ours(check, operator, raw):
    step = "after.identity" if check == "identity" else "after.s3_bucket"
    expected = samples.expectation(step, "found", operator)
    seen = Observation(step, check, Phase.AFTER, StepState.ERROR, failure=classify(raw))
    evidence = Evidence(
        "python", {}, {}, {}, (seen,), {}, Outcome.UNKNOWN, Restored("restored"), {}
    )
    asked = replace(samples.procedure(), expectations=(expected,))
    (verdict,) = judge(asked, evidence, samples.INSTANCE)
    return verdict.outcome


def theirs(check, operator, raw):
    found = {"chain": list(raw.chain), "code": raw.code, "operation": raw.operation}
    denied_in = "call" if all_checks()[check].action else "switch"
    return THEIRS["verdict_of_error"](found, operator.value, denied_in)


def agree_about(raw):
    for check, operator in itertools.product(("identity", "s3_bucket"), Operator):
        said = ours(check, operator, raw), theirs(check, operator, raw)
        assert said[0] == said[1], (check, operator, raw, said)


@pytest.mark.parametrize("first", NAMES)
def test_both_judge_any_two_types_in_either_order_alike(first):
    agree_about(RawFailure((first,)))
    for second in NAMES:
        agree_about(RawFailure((first, second)))


def test_what_hides_the_answer_hides_a_refusal_of_the_profile_behind_it():
    chain = ("botocore.exceptions.NoCredentialsError", "botocore.exceptions.ProfileNotFound")
    assert ours("identity", Operator.EQUALS, RawFailure(chain)) is Outcome.UNKNOWN
    assert ours("identity", Operator.EQUALS, RawFailure(chain[::-1])) is Outcome.FAIL


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_both_judge_a_code_alike_whatever_stands_beside_it(code, operation):
    for name in NAMES:
        agree_about(RawFailure((name,), code, 403, operation))


@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=10),
    st.sampled_from(ERRORS),
    st.sampled_from(OPERATIONS),
)
def test_both_judge_any_chain_alike(chain, code, operation):
    agree_about(RawFailure(tuple(chain), code, None, operation))


def test_the_lists_are_the_whole_table():
    lists = error_lists()
    parts = [lists[name] for name in ("profile", "network", "missing", "others")]
    assert sorted(itertools.chain(*parts)) == sorted(TYPES)
    assert {TYPES[name] for name in lists["profile"]} == {
        FailureKind.PROFILE_MISSING,
        FailureKind.PROFILE_INVALID,
    }
    assert {TYPES[name] for name in lists["missing"]} == NOT_THERE
    assert {CODES[code] for code in lists["refusal_codes"]} <= REFUSALS


def powershell_lists(text):
    """What the script assigns to its lists of types and codes, by variable; sums are added up."""
    found = {}
    for name, terms in re.findall(r"^\$Orch(\w+(?:Types|Codes)) = (.+)$", text, re.MULTILINE):
        named = [item for key in re.findall(r"\$Orch(\w+)", terms) for item in found[key]]
        found[name] = named + re.findall(r"'([^']+)'", terms)
    return found


@pytest.mark.parametrize("runbook", names())
def test_a_script_in_powershell_goes_by_the_same_table(runbook):
    asked = procedure(find(runbook), VALUES, "ap-northeast-1", OnTheHost(shell=Shell.POWERSHELL))
    text = render(asked, samples.RUN_ID).text
    of_botocore = {Way.CLI, Way.PYTHON} & {*asked.ways}
    never = (OF_SCRIPTS,) if of_botocore else (OF_SCRIPTS, OF_BOTOCORE)
    never += () if {*asked.ways} - of_botocore else (OF_DOTNET,)
    known = [name for name in TYPES if not name.startswith(never)]
    lists = powershell_lists(text)
    assert sorted(lists["ProfileTypes"] + lists["OtherTypes"]) == sorted(known)
    assert {TYPES[name] for name in lists["ProfileTypes"]} <= REFUSALS
    assert REFUSALS.isdisjoint(TYPES[name] for name in lists["OtherTypes"])
    assert {TYPES[name] for name in lists["NetworkTypes"]} == {FailureKind.NETWORK}
    assert {TYPES[name] for name in lists["MissingTypes"]} == NOT_THERE
    assert {CODES[code] for code in lists["RefusalCodes"]} <= REFUSALS
    assert set(lists["RefusalCodes"]) >= {code for code in CODES if CODES[code] in REFUSALS}
    assert [CODES[code] for code in lists["MissingCodes"]] == [FailureKind.NOT_FOUND]
    assert f"$OrchAssuming = '{ASSUMING}'" in text
