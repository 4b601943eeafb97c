"""Causes in the host's AWS files: what an installation left alone, what a profile suffers from."""

from __future__ import annotations

from orchestrator.diagnose.case import Case
from orchestrator.diagnose.catalogue import Found, cause
from orchestrator.model.enums import FailureKind
from orchestrator.model.evidence import Failure

_REWRITE = (
    "save it as UTF-8 without a mark: [IO.File]::WriteAllText($p, [IO.File]::ReadAllText($p)) with "
    "$p = '{path}'; or --mode install --force, which does the same"
)


@cause(
    "host-user-unknown",
    "the host has no such user, or that user never logged on",
    means="The files of --host-user were meant. The host knows no account of that name with a home "
    "folder: on Windows that folder is made when the user logs on for the first time.",
    mend="check --host-user, and let that user log on once",
)
def host_user_unknown(case: Case) -> Found | None:
    """There are no files of that user."""
    fatal = _fatal(case)
    if fatal is None or fatal.kind is not FailureKind.HOST_USER:
        return None
    return Found(fatal.raw.message)


@cause(
    "run-folder-taken",
    "a run of the same id lies on the host already",
    means="A run writes into a folder of its own, which is named after its id and made anew. One "
    "of that name is there: the id was used before, and that run was killed or still goes on.",
    mend="leave --run-id out; `orch restore --instance ID` removes what a killed run left",
)
def run_folder_taken(case: Case) -> Found | None:
    """The run's own folder was there before it."""
    fatal = _fatal(case)
    if fatal is None or "orch.RunFolderTaken" not in fatal.raw.chain:
        return None
    return Found(fatal.raw.message, "leave --run-id out; `orch restore` removes what is left")


@cause(
    "unfinished-run",
    "a run before this one changed the file and was killed",
    means="What that run wrote is still in the file, and how to put it back lies in its folder. On "
    "top of it nothing is installed, or the two could not be told apart any more.",
    mend="put it back first: `orch restore --instance ID`; then run again",
)
def unfinished_run(case: Case) -> Found | None:
    """A dead run left the file changed."""
    found = _conflict(case, "unfinished")
    if not found:
        return None
    mend = f"put it back: `orch restore --instance {case.instance_id}`; then run again"
    return Found(found, mend)


@cause(
    "profile-file-busy",
    "somebody else is changing the file at this moment",
    means="Two runs, or a run and somebody else, would have changed one file at the same time. "
    "Neither may undo what the other did, so this one left the file alone.",
    mend="run again when the other has ended; --force does not change this",
)
def profile_file_busy(case: Case) -> Found | None:
    """Another run is at the file."""
    return _left_alone(case, "busy")


@cause(
    "profile-file-bom",
    "the config file begins with a byte order mark",
    means="Notepad, and Windows PowerShell's -Encoding UTF8, put three bytes in front of a file. "
    "The cmdlets read over them; the AWS CLI and boto3 then refuse the whole file, with all "
    "profiles in it.",
    mend=_REWRITE.format(path="C:\\...\\.aws\\config"),
)
def profile_file_bom(case: Case) -> Found | None:
    """UTF-8 with a mark."""
    return _encoded(case, "utf-8-bom", "begins with a byte order mark")


@cause(
    "profile-file-utf16",
    "the config file is UTF-16",
    means="Windows PowerShell's > and Out-File write UTF-16. The cmdlets read it; the AWS CLI and "
    "boto3 refuse the whole file.",
    mend=_REWRITE.format(path="C:\\...\\.aws\\config"),
)
def profile_file_utf16(case: Case) -> Found | None:
    """UTF-16, by its mark."""
    return _encoded(case, "utf-16", "is UTF-16")


@cause(
    "profile-file-not-text",
    "the config file is no text that anybody could add a profile to",
    means="It holds NUL bytes and does not say in which encoding: UTF-16 without a mark, or "
    "damage.",
    mend="look at the file and save it as UTF-8; --force does not change this",
)
def profile_file_not_text(case: Case) -> Found | None:
    """NUL bytes, and nothing says why."""
    return _left_alone(case, "binary")


@cause(
    "profile-file-read-only",
    "the config file is read-only",
    means="Somebody set the attribute, or took every right to write away. It may be managed by "
    "another tool, which would undo what is installed.",
    mend="take it off: attrib -r PATH; or --force, which writes all the same and leaves it "
    "read-only",
)
def profile_file_read_only(case: Case) -> Found | None:
    """It may not be written to."""
    return _left_alone(case, "read-only")


@cause(
    "profile-file-link",
    "the config file, or its folder, is a link",
    means="A link would be replaced by a file, or what it leads to is not the user's own.",
    mend="install where the link leads, or put a file in its place; --force does not change this",
)
def profile_file_link(case: Case) -> Found | None:
    """It leads elsewhere."""
    return _left_alone(case, "link")


@cause(
    "profile-file-unwritable",
    "the config file could not be written",
    means="The system refused it: rights, a full disk, or a program that holds the file open.",
    mend="see the evidence; SSM's account needs the right to write to the user's .aws folder",
)
def profile_file_unwritable(case: Case) -> Found | None:
    """The system would not let it be written."""
    return _left_alone(case, "unwritable")


@cause(
    "profile-block-damaged",
    "orch's block in the config file is not as it was written",
    means="The lines that mark its begin and its end are no pair any more, or another profile "
    "stands between them. Nobody can tell what of it is whose.",
    mend="put the lines # >>> orch NAME and # <<< orch NAME right, or remove them with what is "
    "between; --force does not change this",
)
def profile_block_damaged(case: Case) -> Found | None:
    """Its markers are no pair."""
    return _left_alone(case, "damaged-block")


@cause(
    "profile-section-exists",
    "the config file has a profile of that name that is not from orch",
    means="Somebody wrote it by hand or with another tool. With two of one name the cmdlets take "
    "the first, and the AWS CLI and boto3 refuse the whole file.",
    mend="remove it, or take another --profile-name; or --force, which makes comments of its lines "
    "inside orch's block, so that `orch uninstall` brings it back",
)
def profile_section_exists(case: Case) -> Found | None:
    """There is a section of that name outside of our block."""
    return _left_alone(case, "section")


@cause(
    "profile-key-twice",
    "a key stands twice in the profile",
    means="The cmdlets then do not find the profile at all, and the AWS CLI and boto3 refuse the "
    "whole file.",
    mend="delete one of the two lines",
)
def profile_key_twice(case: Case) -> Found | None:
    """One key has two lines."""
    twice = _fact(case, "profile_keys_twice")
    if not twice or not _unusable(case):
        return None
    return Found(f"{twice} in {_fact(case, 'config_path')}", f"delete one of the lines of {twice}")


@cause(
    "leftover-credentials",
    "the credentials file has keys of the profile's name",
    means="Both files are read as one. Access keys beside a role make the profile invalid for the "
    "cmdlets, while boto3 and the AWS CLI go on with the role.",
    mend="remove that section from the credentials file, if the keys are not needed any more (and "
    "deactivate them in IAM); --force installs beside it, and never deletes a key",
)
def leftover_credentials(case: Case) -> Found | None:
    """Old keys of that name."""
    if found := _conflict(case, "credentials"):
        return Found(found)
    keys = _fact(case, "profile_keys").split()
    is_there = "credentials" in _fact(case, "profile_source") and "aws_access_key_id" in keys
    if not is_there or not _unusable(case):
        return None
    path = _fact(case, "credentials_path")
    return Found(f"{path} has the keys {' '.join(k for k in keys if k[:4] == 'aws_')}")


@cause(
    "profile-key-not-accepted",
    "a key of the profile does not go with credential_source",
    means="The cmdlets accept role_arn with credential_source, and role_session_name, and nothing "
    "beside them: external_id, mfa_serial or source_profile make the profile invalid for them. The "
    "AWS CLI and boto3 take an external_id.",
    mend="take the key out; where the trust policy asks for an external id, use Use-STSRole "
    "-ExternalId in place of the profile",
)
def profile_key_not_accepted(case: Case) -> Found | None:
    """One key too many."""
    if case.failure(FailureKind.PROFILE_INVALID) is None:
        return None
    keys = _fact(case, "profile_keys").split()
    odd = [key for key in ("external_id", "mfa_serial", "source_profile") if key in keys]
    if not odd or "credential_source" not in keys:
        return None
    return Found(f"{' and '.join(odd)} beside credential_source in {_fact(case, 'config_path')}")


@cause(
    "profile-in-sdk-store",
    "a profile of that name in the SDK store comes first",
    means="On Windows the cmdlets look into the encrypted store of the account before they look "
    "into any file. The AWS CLI and boto3 know nothing of it.",
    mend="remove it there, as the account that SSM runs as: Remove-AWSCredentialProfile "
    "-ProfileName NAME -Force; --force installs all the same, and the cmdlets go on with the "
    "store's",
)
def profile_in_sdk_store(case: Case) -> Found | None:
    """The store shadows the file."""
    if found := _conflict(case, "store"):
        return Found(found)
    stores = _fact(case, "profile_store").split()
    if "NetSDKCredentialsFile" not in stores or not _fact(case, "profile_source"):
        return None
    return Found(f"it is in {' and in '.join(stores)}")


@cause(
    "profile-of-another-user",
    "the profile is in another user's file",
    means="Run Command runs as SYSTEM (on Linux as root), whose home folder is not the one of "
    "whoever set the profile up. Every account has its own .aws folder.",
    mend="say --host-user NAME to check that user's files, or install the profile for the account "
    "that needs it",
)
def profile_of_another_user(case: Case) -> Found | None:
    """It is there, for somebody else."""
    elsewhere = _fact(case, "profile_elsewhere")
    if not elsewhere or case.failure(FailureKind.PROFILE_MISSING) is None:
        return None
    user = elsewhere.partition(":")[0]
    return Found(
        f"not in {_fact(case, 'config_path')} but in {elsewhere}",
        f"say --host-user {user} to check that user's files, or install it for this account: "
        "--mode install",
    )


def _encoded(case: Case, encoding: str, words: str) -> Found | None:
    """Left alone for its encoding, or read by somebody whom that kept from the profile."""
    path = _fact(case, "config_path")
    if found := _conflict(case, encoding):
        return Found(found, _REWRITE.format(path=path))
    if _fact(case, "config_encoding") != encoding or not _unusable(case):
        return None
    return Found(f"{path} {words}", _REWRITE.format(path=path))


def _left_alone(case: Case, kind: str) -> Found | None:
    found = _conflict(case, kind)
    return Found(found) if found else None


def _conflict(case: Case, kind: str) -> str:
    """What the host said where an installation met that; empty where it did not."""
    step = case.failure(FailureKind.PROFILE_CONFLICT)
    raw = step.failure.raw if step and step.failure else None
    return raw.message if raw and f"orch.conflict.{kind}" in raw.chain else ""


def _unusable(case: Case) -> bool:
    kinds = (FailureKind.PROFILE_MISSING, FailureKind.PROFILE_INVALID)
    return case.failure(*kinds) is not None


def _fact(case: Case, name: str) -> str:
    value = case.found.facts.get(name) if case.found else None
    return value if isinstance(value, str) else ""


def _fatal(case: Case) -> Failure | None:
    return case.found.fatal if case.found else None
