import hashlib

from orchestrator.model.enums import Mode, Shell
from orchestrator.model.fleet import OutputS3
from orchestrator.model.plan import Script
from orchestrator.plan import lines
from orchestrator.runbook import find


def text(plan):
    return "\n".join(lines(plan))


def test_it_fits_eighty_columns(make_plan):
    assert max(len(line) for line in lines(make_plan())) <= 80


def test_many_targets_fit_too(make_plan):
    plan = make_plan([f"i-{n:017x}" for n in range(120)])
    assert max(len(line) for line in lines(plan)) <= 80


def test_it_names_targets_calls_and_hashes(make_plan):
    plan = make_plan()
    found = text(plan)
    for part in (
        plan.run_id,
        *plan.targets,
        *(call.operation for call in plan.api_calls),
        *(item.action for item in plan.permissions),
        plan.script.sha256,
        plan.procedure_sha256,
        plan.host_folder,
        plan.comment,
    ):
        assert part in found


def test_expectations_stand_in_words_in_their_phase(make_plan):
    before, after = text(make_plan()).split("After the switch")
    assert "- expects: session is the host's own instance id" in before
    assert "- expects: not found; a refusal counts" in before
    assert "- expects: account is 222222222222" in after
    assert "- expects: arn differs from before the switch" in after


def test_cmdlets_name_the_profile_after_the_switch_only(make_plan):
    before, after = text(make_plan()).split("After the switch")
    assert "Get-STSCallerIdentity -Region 'ap-northeast-1'" in before
    assert "-ProfileName" not in before
    assert "Get-STSCallerIdentity -ProfileName 'switch_test' -Region 'ap-northeast-1'" in after


def test_python_is_shown_as_python(make_plan):
    found = text(make_plan(shell=Shell.PYTHON))
    assert "boto3.Session(profile_name='switch_test', region_name='ap-northeast-1')" in found
    assert "Get-STSCallerIdentity" not in found


def test_times_are_said_in_units(make_plan):
    assert "16 min 30 s, then what is missing is UNKNOWN" in text(make_plan())
    assert "at most 2 d" in text(make_plan(execution=172_800))


def test_what_is_used_as_it_is_has_a_folder_only_where_something_is_written(make_plan):
    plan = make_plan(mode=Mode.EXISTING)
    assert "nothing is written; the files of the account that SSM runs as" in text(plan)
    assert plan.host_folder not in text(plan)
    by_cli = make_plan(mode=Mode.EXISTING, runbook=find("switch-role-cli"))
    assert "are used, and not changed" in text(by_cli)
    assert "the AWS CLI keeps its cache in a folder that is removed:" in text(by_cli)
    assert by_cli.host_folder in text(by_cli)


def test_what_travels_packed_is_named_with_its_own_hash(make_plan):
    parts = (("config", "[profile x]"), ("files.ps1", "function A {}"))
    plan = make_plan(script=Script("exit 0\n", "0" * 64, 7, parts, "files.ps1"))
    assert "files.ps1, 13 bytes" in text(plan)
    assert hashlib.sha256(b"function A {}").hexdigest() in text(plan)
    assert max(len(line) for line in lines(plan)) <= 80
    assert "packed" not in text(make_plan())


def test_where_output_goes_is_said_if_it_goes_anywhere(make_plan):
    assert "s3://" not in text(make_plan())
    assert "output      all of it goes to s3://b-1/a/b/*" in text(
        make_plan(output_s3=OutputS3("b-1", "a/b"))
    )
    assert "output      all of it goes to s3://b-1/*" in text(make_plan(output_s3=OutputS3("b-1")))
