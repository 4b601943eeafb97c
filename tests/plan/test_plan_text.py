from orchestrator.model.enums import Shell
from orchestrator.model.fleet import OutputS3
from orchestrator.plan import lines


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


def test_where_output_goes_is_said_if_it_goes_anywhere(make_plan):
    assert "s3://" not in text(make_plan())
    assert "output      all of it goes to s3://b-1/a/b/*" in text(
        make_plan(output_s3=OutputS3("b-1", "a/b"))
    )
    assert "output      all of it goes to s3://b-1/*" in text(make_plan(output_s3=OutputS3("b-1")))
