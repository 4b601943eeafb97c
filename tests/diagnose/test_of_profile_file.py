"""What is odd about the host's AWS files is found by its own evidence, before anything broader."""

import base64

import pytest

from orchestrator.diagnose import diagnose, of_profile_file
from orchestrator.diagnose.catalogue import rules_of
from support.cases import after, case_of

FILES = {
    "config_path": "C:\\c",
    "config_source": "the home of the account",
    "credentials_path": "C:\\k",
    "profile_source": "config",
    "profile_keys": "credential_source role_arn",
}
MISSING = {"chain": ["orch.ProfileMissing"]}
INVALID = {"chain": ["orch.ProfileInvalid", "System.IO.InvalidDataException"]}
CONFLICTS = {
    "utf-8-bom": "profile-file-bom",
    "utf-16": "profile-file-utf16",
    "binary": "profile-file-not-text",
    "read-only": "profile-file-read-only",
    "link": "profile-file-link",
    "unwritable": "profile-file-unwritable",
    "section": "profile-section-exists",
    "damaged-block": "profile-block-damaged",
    "credentials": "leftover-credentials",
    "store": "profile-in-sdk-store",
    "busy": "profile-file-busy",
    "unfinished": "unfinished-run",
}
FATAL = {
    "host-user-unknown": "orch.HostUserUnknown",
    "run-folder-taken": "orch.RunFolderTaken",
}
READ = {
    "profile-file-bom": (INVALID, {"config_encoding": "utf-8-bom"}),
    "profile-file-utf16": (INVALID, {"config_encoding": "utf-16"}),
    "profile-key-twice": (MISSING, {"profile_keys_twice": "region"}),
    "leftover-credentials": (
        INVALID,
        {
            "profile_source": "config and credentials",
            "profile_keys": "aws_access_key_id aws_secret_access_key credential_source role_arn",
        },
    ),
    "profile-key-not-accepted": (
        INVALID,
        {"profile_keys": "credential_source external_id role_arn"},
    ),
    "profile-of-another-user": (
        MISSING,
        {"profile_source": None, "profile_elsewhere": "administrator: C:\\Users\\a\\config"},
    ),
    "profile-in-sdk-store": (
        MISSING,
        {"profile_store": "NetSDKCredentialsFile SharedCredentialsFile"},
    ),
}


def conflict(kind):
    chain = ["orch.ProfileConflict", f"orch.conflict.{kind}"]
    return {"chain": chain, "message": base64.b64encode(b"what the host said").decode()}


def causes(error, facts):
    return diagnose(case_of(facts=FILES | facts, **after(error)))


@pytest.mark.parametrize(("kind", "name"), CONFLICTS.items(), ids=CONFLICTS)
def test_what_was_left_alone_is_named_in_the_hosts_own_words(kind, name):
    first = causes(conflict(kind), {})[0]
    assert (first.id, first.evidence) == (name, "what the host said")
    assert first.mend


@pytest.mark.parametrize("kind", CONFLICTS)
def test_what_was_not_installed_is_unknown(kind):
    case = case_of(facts=FILES, **after(conflict(kind)))
    assert case.outcome.value == "UNKNOWN"


@pytest.mark.parametrize(("name", "chain"), FATAL.items(), ids=FATAL)
def test_a_run_that_could_not_begin(name, chain):
    fatal = {"chain": [chain], "message": base64.b64encode(b"said").decode()}
    assert [cause.id for cause in diagnose(case_of(fatal=fatal, steps=[]))] == [name]


@pytest.mark.parametrize("name", READ)
def test_what_a_profile_suffers_from_comes_first(name):
    error, facts = READ[name]
    first = causes(error, facts)[0]
    assert first.id == name
    assert first.evidence


@pytest.mark.parametrize("name", READ)
def test_a_profile_that_works_suffers_from_nothing(name):
    assert diagnose(case_of(facts=FILES | READ[name][1])) == ()


def test_the_mend_names_the_user_who_has_it():
    error, facts = READ["profile-of-another-user"]
    assert "--host-user administrator" in causes(error, facts)[0].mend


def test_an_external_id_alone_says_nothing_where_the_profile_is_missing():
    ids = [cause.id for cause in causes(MISSING, READ["profile-key-not-accepted"][1])]
    assert ids == ["profile-missing"]


def test_every_rule_has_a_row_here():
    shown = {*CONFLICTS.values(), *FATAL, *READ}
    assert {rule.name for rule in rules_of(of_profile_file)} == shown
