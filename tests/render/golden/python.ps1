# orch: shows whether this host can switch to arn:aws:iam::222222222222:role/Test-Switch-Role.
# It asks before and after the switch, restores what it changed, and prints one envelope.
# runbook: switch-role
# run: 20261124T042501Z-3f9a1c
# plan sha256: 6e429365a223ac387f9fbe150f35324802b02aeb234b86a4204d2e47a78b27df
# orch-plan: eyJwcm9jZWR1cmUiOnsiZW5kcG9pbnRzIjpbeyJzZXJ2aWNlIjoiaW1kcyIsInVybCI6Imh0dHA6Ly8xNjkuMjU0LjE2OS4yNTQiLCJ2YXJpYWJsZXMiOlsiQVdTX0VDMl9NRVRBREFUQV9TRVJWSUNFX0VORFBPSU5UIl19LHsic2VydmljZSI6InN0cyIsInVybCI6Imh0dHBzOi8vc3RzLmFwLW5vcnRoZWFzdC0xLmFtYXpvbmF3cy5jb20iLCJ2YXJpYWJsZXMiOlsiQVdTX0VORFBPSU5UX1VSTF9TVFMiLCJBV1NfRU5EUE9JTlRfVVJMIl19LHsic2VydmljZSI6InMzIiwidXJsIjoiaHR0cHM6Ly9zMy5hcC1ub3J0aGVhc3QtMS5hbWF6b25hd3MuY29tIiwidmFyaWFibGVzIjpbIkFXU19FTkRQT0lOVF9VUkxfUzMiLCJBV1NfRU5EUE9JTlRfVVJMIl19XSwiZXhwZWN0YXRpb25zIjpbeyJmYWN0IjoiaW5zdGFuY2VfaWQiLCJmaWVsZCI6InNlc3Npb24iLCJpZCI6ImJlZm9yZS5pZGVudGl0eS5zZXNzaW9uLmVxdWFscyIsIm9wZXJhdG9yIjoiZXF1YWxzIiwib3B0aW9uYWwiOmZhbHNlLCJzdGVwIjoiYmVmb3JlLmlkZW50aXR5IiwidmFsdWUiOm51bGx9LHsiZmFjdCI6bnVsbCwiZmllbGQiOiJmb3VuZCIsImlkIjoiYmVmb3JlLnMzX2J1Y2tldC5mb3VuZC5hYnNlbnQiLCJvcGVyYXRvciI6ImFic2VudCIsIm9wdGlvbmFsIjpmYWxzZSwic3RlcCI6ImJlZm9yZS5zM19idWNrZXQiLCJ2YWx1ZSI6bnVsbH0seyJmYWN0IjpudWxsLCJmaWVsZCI6ImFjY291bnQiLCJpZCI6ImFmdGVyLmlkZW50aXR5LmFjY291bnQuZXF1YWxzIiwib3BlcmF0b3IiOiJlcXVhbHMiLCJvcHRpb25hbCI6ZmFsc2UsInN0ZXAiOiJhZnRlci5pZGVudGl0eSIsInZhbHVlIjoiMjIyMjIyMjIyMjIyIn0seyJmYWN0IjpudWxsLCJmaWVsZCI6InJvbGUiLCJpZCI6ImFmdGVyLmlkZW50aXR5LnJvbGUuZXF1YWxzIiwib3BlcmF0b3IiOiJlcXVhbHMiLCJvcHRpb25hbCI6ZmFsc2UsInN0ZXAiOiJhZnRlci5pZGVudGl0eSIsInZhbHVlIjoiVGVzdC1Td2l0Y2gtUm9sZSJ9LHsiZmFjdCI6bnVsbCwiZmllbGQiOiJhcm4iLCJpZCI6ImFmdGVyLmlkZW50aXR5LmFybi5jaGFuZ2VkIiwib3BlcmF0b3IiOiJjaGFuZ2VkIiwib3B0aW9uYWwiOmZhbHNlLCJzdGVwIjoiYWZ0ZXIuaWRlbnRpdHkiLCJ2YWx1ZSI6bnVsbH0seyJmYWN0IjpudWxsLCJmaWVsZCI6ImZvdW5kIiwiaWQiOiJhZnRlci5zM19idWNrZXQuZm91bmQuZXF1YWxzIiwib3BlcmF0b3IiOiJlcXVhbHMiLCJvcHRpb25hbCI6ZmFsc2UsInN0ZXAiOiJhZnRlci5zM19idWNrZXQiLCJ2YWx1ZSI6dHJ1ZX1dLCJmb3JjZSI6ZmFsc2UsImhvc3RfdXNlciI6IiIsIm1vZGUiOiJlcGhlbWVyYWwiLCJvZl9ydW4iOiIiLCJwbGF0Zm9ybSI6IldpbmRvd3MiLCJwcm9maWxlIjp7ImNyZWRlbnRpYWxfc291cmNlIjoiRWMySW5zdGFuY2VNZXRhZGF0YSIsIm5hbWUiOiJzd2l0Y2hfdGVzdCIsInJvbGVfYXJuIjoiYXJuOmF3czppYW06OjIyMjIyMjIyMjIyMjpyb2xlL1Rlc3QtU3dpdGNoLVJvbGUifSwicmVnaW9uIjoiYXAtbm9ydGhlYXN0LTEiLCJydW5ib29rIjoic3dpdGNoLXJvbGUiLCJzY2hlbWEiOjEsInNoZWxsIjoicHl0aG9uIiwic3RlcHMiOlt7ImNoZWNrIjoiaWRlbnRpdHkiLCJpZCI6ImJlZm9yZS5pZGVudGl0eSIsInBhcmFtcyI6e30sInBoYXNlIjoiYmVmb3JlIiwid2F5IjoicHJvZmlsZSJ9LHsiY2hlY2siOiJzM19idWNrZXQiLCJpZCI6ImJlZm9yZS5zM19idWNrZXQiLCJwYXJhbXMiOnsiYnVja2V0IjoieHh4eHh4eHgtY2xvdWR0cmFpbCJ9LCJwaGFzZSI6ImJlZm9yZSIsIndheSI6InByb2ZpbGUifSx7ImNoZWNrIjoiaWRlbnRpdHkiLCJpZCI6ImFmdGVyLmlkZW50aXR5IiwicGFyYW1zIjp7fSwicGhhc2UiOiJhZnRlciIsIndheSI6InByb2ZpbGUifSx7ImNoZWNrIjoiczNfYnVja2V0IiwiaWQiOiJhZnRlci5zM19idWNrZXQiLCJwYXJhbXMiOnsiYnVja2V0IjoieHh4eHh4eHgtY2xvdWR0cmFpbCJ9LCJwaGFzZSI6ImFmdGVyIiwid2F5IjoicHJvZmlsZSJ9XSwidGFzayI6InByb3ZlIiwid2F5cyI6WyJwcm9maWxlIl19LCJydW5faWQiOiIyMDI2MTEyNFQwNDI1MDFaLTNmOWExYyJ9

# Constrained Language Mode allows none of what follows: say so, and stop. 0 is FullLanguage; casts to
# [int] are allowed in every mode.
if ([int]$ExecutionContext.SessionState.LanguageMode -ne 0) {
    Write-Output 'ORCH1:6e429365:...:END'
    exit 20
}

# Whatever nobody catches still ends in an envelope and an exit code.
trap {
    [System.Console]::Out.WriteLine('ORCH1:6e429365:...:END')
    exit 20
}

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$VerbosePreference = 'SilentlyContinue'
$DebugPreference = 'SilentlyContinue'
$InformationPreference = 'SilentlyContinue'

# ---- The check itself, in Python; it goes to the interpreter's standard input --------------------
$OrchSource = @'
# orch: shows whether this host can switch to arn:aws:iam::222222222222:role/Test-Switch-Role.
# It asks before and after the switch, restores what it changed, and prints one envelope.
# runbook: switch-role
# run: 20261124T042501Z-3f9a1c
# plan sha256: 6e429365a223ac387f9fbe150f35324802b02aeb234b86a4204d2e47a78b27df
import base64
import getpass
import gzip
import json
import logging
import os
import platform
import re
import socket
import sys
import tempfile
import threading
import time
import warnings
from urllib.parse import urlsplit

# Standard error stays empty: beside it, SSM would cut the envelope.
sys.stderr = open(os.devnull, "w")
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

# Errors are told apart by class, code and status. Their text is evidence for people: at most 300
# characters, without keys and tokens, as base64.
class OrchError(Exception):
    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


# The first of these types in a chain decides.
PROFILE_TYPES = set(['orch.ProfileMissing', 'orch.ProfileInvalid', 'botocore.exceptions.ProfileNotFound', 'botocore.exceptions.ConfigParseError', 'botocore.exceptions.InvalidConfigError', 'botocore.exceptions.PartialCredentialsError'])
NETWORK_TYPES = set(['orch.Unreachable', 'botocore.exceptions.ConnectionError', 'botocore.exceptions.HTTPClientError'])
MISSING_TYPES = set(['orch.ModuleMissing', 'orch.CliMissing', 'orch.PythonMissing'])
OTHER_TYPES = NETWORK_TYPES | MISSING_TYPES | set(['orch.Metadata', 'orch.ProfileConflict', 'orch.HostUserUnknown', 'botocore.exceptions.NoCredentialsError', 'botocore.exceptions.MetadataRetrievalError', 'botocore.exceptions.CredentialRetrievalError', 'botocore.exceptions.NoRegionError'])
REFUSAL_CODES = set(['AccessDenied', 'AccessDeniedException', 'NoSuchBucket'])
MISSING_CODES = set(['NoSuchBucket'])
ASSUMING = 'Amazon.Runtime.AmazonClientException'


def message(text):
    text = re.sub(r"(?i)(x-amz-security-token\W{0,3})[^\s&,;]+", r"\1(removed)", text)
    text = re.sub(r"\bA[KS]IA[A-Z0-9]{8,}", "(key id)", text)
    return base64.b64encode(text[:300].encode("utf-8", "replace")).decode("ascii")


def chain(error):
    names = []
    while error is not None and len(names) < 10:
        if hasattr(error, "kind"):
            names.append(error.kind)
        else:
            for kind in type(error).__mro__:
                if kind in (Exception, BaseException, object):
                    break
                if not kind.__module__.startswith("botocore.vendored"):
                    names.append(kind.__module__ + "." + kind.__qualname__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return names[:10] or ["builtins.Exception"]


def failure(error):
    if isinstance(getattr(error, "chain", None), list):
        # The AWS CLI's, understood already.
        return {
            "chain": error.chain,
            "code": error.code,
            "status": None,
            "operation": error.operation,
            "fqei": None,
            "message": message(str(error)),
        }
    code, status = None, None
    answer = getattr(error, "response", None)
    if isinstance(answer, dict) and hasattr(error, "operation_name"):
        code = answer.get("Error", {}).get("Code") or None
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return {
        "chain": chain(error),
        "code": code,
        "status": status,
        "operation": getattr(error, "operation_name", None),
        "fqei": None,
        "message": message(str(error)),
    }


def network(found):
    return found["code"] is None and not NETWORK_TYPES.isdisjoint(found["chain"])


def now():
    return time.monotonic()


def since(started):
    return int((now() - started) * 1000)


BEGUN = now()
FACTS, SETTINGS, PROBES, STEPS, SILENT = {}, {}, {}, {}, {}
CORES, SESSIONS, FAILED_PROFILE, MISSING = {}, {}, [], {}
TIMES = dict.fromkeys(["load", "before", "switch", "after", "restore", "total"], 0)
import contextlib
import json
import os
import re
import shutil
import sys
import time

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

RUN_TREES = ("given", "home")
RUN_FILES = (
    *(*RUN_TREES, "config", "credentials", "backup", "undo.json.new", "sdk-store", "undo.json"),
    "lock",
)
RUN_NAME = r"orch-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}(-restore)?"


class RunFolderTaken(Exception):
    """A run of this id lies on the host already."""


def begin_run(folder, undo):
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        raise RunFolderTaken(folder + " is there already: a run id serves once") from None
    _protect(folder)
    if os.listdir(folder):
        raise RunFolderTaken(folder + " was not empty when it was made")
    lock = hold_run(folder)
    if lock is None:
        raise RunFolderTaken(folder + " is held by another process")
    write_undo(folder, undo)
    return lock


def _protect(folder):
    if sys.platform == "win32":
        import subprocess

        rights = ["*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F", "*S-1-3-4:(OI)(CI)F"]
        command = ["icacls", folder, "/inheritance:r", "/grant:r", *rights]
        if subprocess.run(command, stdout=-3, stderr=-3, check=False).returncode:
            raise RunFolderTaken(folder + " cannot be kept from other users")


def hold_run(folder):
    for _ in range(40):
        file = None
        try:
            file = open(os.path.join(folder, "lock"), "a+b")
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except OSError:
            if file is not None:
                file.close()
            time.sleep(0.05)
    return None


def run_lives(folder):
    try:
        with open(os.path.join(folder, "lock"), "rb") as file:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
            else:
                fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def run_folders(root):
    try:
        names = sorted(os.listdir(root))
    except OSError:
        return []
    paths = [os.path.join(root, name) for name in names if name.startswith("orch-")]
    return [path for path in paths if _is_run_folder(path)]


def _is_run_folder(path):
    try:
        names = set(os.listdir(path))
        made_by_us = sys.platform == "win32" or _is_own(os.lstat(path))
    except OSError:
        return False
    if os.path.islink(path) or not made_by_us:
        return False
    usual = re.fullmatch(RUN_NAME, os.path.basename(path)) is not None
    return bool(names & {"lock", "undo.json"}) or (usual and names <= set(RUN_FILES))


def _is_own(found):
    return sys.platform != "win32" and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def unfinished_runs(root, own):
    paths = [path for path in run_folders(root) if path != own and not run_lives(path)]
    return [os.path.basename(path)[len("orch-") :] for path in paths]


def read_undo(folder):
    try:
        with open(os.path.join(folder, "undo.json"), "rb") as file:
            found = json.loads(file.read().decode("ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_undo(folder, undo):
    path = os.path.join(folder, "undo.json")
    write_durably(path + ".new", json.dumps(undo).encode("ascii"))
    os.replace(path + ".new", path)
    sync_folder(folder)


def write_durably(path, data):
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    target = os.open(path, flags, 0o600)
    try:
        while data:
            data = data[os.write(target, data) :]
        os.fsync(target)
    finally:
        os.close(target)


def sync_folder(path):
    if sys.platform != "win32":
        target = os.open(path, os.O_RDONLY)
        try:
            os.fsync(target)
        finally:
            os.close(target)


def end_run(folder, lock):
    # What a user's own script or the AWS CLI made. A link is removed, not followed.
    if not all(_remove_tree(os.path.join(folder, name)) for name in RUN_TREES):
        # What says whose it is stays too, so that a later try finds it.
        if lock is not None:
            lock.close()
        return [folder]
    for name in RUN_FILES[:-1]:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(folder, name))
    if lock is not None:
        lock.close()
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(folder, "lock"))
    with contextlib.suppress(OSError):
        os.rmdir(folder)
    return [folder] if os.path.lexists(folder) else []


def _remove_tree(path):
    for _ in range(20):
        with contextlib.suppress(OSError):
            if os.path.islink(path):
                os.unlink(path)
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.lexists(path):
            return True
        time.sleep(0.1)
    return False


FOLDER = os.path.join(os.environ.get("ProgramData") or tempfile.gettempdir(), 'orch-20261124T042501Z-3f9a1c')
HELD, REFUSED, FILES = [], [], []


def hold_folder(kind):
    try:
        HELD.append(begin_run(FOLDER, {"v": 1, "run": '20261124T042501Z-3f9a1c', "kind": kind}))
    except RunFolderTaken as error:
        raise OrchError("orch.RunFolderTaken", str(error)) from None


import re

PROXY_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
METADATA_HOSTS = "169.254.169.254,[fd00:ec2::254]"
URL_HOST = r"//(\[.*\]|[^:/]+)"


def has_proxy(environment):
    return any(environment.get(name) for name in PROXY_NAMES)


def past_proxies(environment):
    kept = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if kept == "*" or not has_proxy(environment):
        return {}
    own = re.search(URL_HOST, environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or "")
    hosts = [kept, METADATA_HOSTS, own[1] if own else ""]
    return dict.fromkeys(["no_proxy", "NO_PROXY"], ",".join(filter(None, hosts)))


def set_up(config, credentials):
    """The process's own variables. Whoever runs the script has none of them changed."""
    SETTINGS.update({
        "AWS_CONFIG_FILE": config,
        "AWS_SHARED_CREDENTIALS_FILE": credentials,
        "AWS_RETRY_MODE": "standard",
        "AWS_MAX_ATTEMPTS": "2",
        "AWS_REGION": 'ap-northeast-1',
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        **past_proxies(os.environ),
    })
    os.environ.update(SETTINGS)
    for name in (
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ):
        if os.environ.pop(name, None) is not None:
            SETTINGS[name] = "(removed)"
    FACTS.update({
        "shell": "Python",
        "shell_version": platform.python_version(),
        "module": None,
        "module_version": None,
        "os": platform.platform(),
        "user": user(),
        "computer": socket.gethostname(),
        "region": 'ap-northeast-1',
        "region_source": "plan",
        "config_path": config,
        "instance_id": os.environ.get("AWS_SSM_INSTANCE_ID"),
        "profile": "not asked",
        "profile_role_arn": None,
    })


def user():
    try:
        return getpass.getuser()
    except Exception:
        return None


def probe(service, url, variables):
    """Does the endpoint take a TCP connection within 3 seconds?"""
    url = next((os.environ[name] for name in variables if os.environ.get(name)), url)
    if service != "imds" and has_proxy(os.environ):
        PROBES[service] = "skipped: a proxy is set"
        return
    answers = []
    thread = threading.Thread(target=connect, args=(url, answers), daemon=True)
    thread.start()
    thread.join(3)
    PROBES[service] = answers[0] if answers else "failed: no connection within 3 s"
    if PROBES[service] != "ok":
        SILENT[service] = service + " did not answer its probe: " + PROBES[service]


def connect(url, answers):
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80}.get(parts.scheme, 443)
        socket.create_connection((parts.hostname, port), timeout=3).close()
        answers.append("ok")
    except Exception as error:
        answers.append("failed: " + type(error).__name__)


def load():
    started = now()
    try:
        import boto3
    except ImportError as error:
        raise OrchError("orch.ModuleMissing", "this Python has no boto3") from error
    FACTS["module"] = "boto3"
    FACTS["module_version"] = boto3.__version__
    TIMES["load"] = since(started)


def prepare(profile):
    """The files that the run goes by, and the variables that lead to them."""
    hold_folder("ephemeral")
    config = os.path.join(FOLDER, "config")
    credentials = os.path.join(FOLDER, "credentials")
    write_durably(config, "\n".join(profile).encode("ascii"))
    write_durably(credentials, b"")
    set_up(config, credentials)
    unfinished = unfinished_runs(os.path.dirname(FOLDER), FOLDER)
    if unfinished:
        FACTS["unfinished"] = " ".join(unfinished[:3])


def restore(keep):
    """Put everything back, but for an installed profile that the checks have proved."""
    started = now()
    found = put_all_back(keep)
    TIMES["restore"] = since(started)
    return found


def put_all_back(keep):
    if not HELD:
        return {"state": "restored", "changed": [], "left": []}
    state, changed, left = "restored", [FOLDER], []
    left = end_run(FOLDER, HELD[0])
    return {"state": "failed" if left else state, "changed": changed, "left": left}


def session(profile, region):
    """One session for the instance and one for the profile: that one assumes the role once."""
    if profile not in SESSIONS:
        import boto3
        import botocore.config
        import botocore.session

        found = botocore.session.Session(profile=profile)
        found.set_config_variable("region", region)
        # The default reaches the inner AssumeRole too. The retries come from the environment.
        found.set_default_client_config(botocore.config.Config(connect_timeout=5, read_timeout=20))
        CORES[profile] = found
        SESSIONS[profile] = boto3.Session(botocore_session=found, region_name=region)
    return SESSIONS[profile]


def client(service, region, profile=None):
    return session(profile, region).client(service, region_name=region)


def ask_profile(name, region):
    """What the profile says. This may ask the instance metadata, and never STS."""
    import botocore.exceptions as known

    try:
        asked = session(name, region)
        said = CORES[name].get_scoped_config()
        FACTS["profile"] = "valid"
        FACTS["profile_role_arn"] = said.get("role_arn")
        if "mfa_serial" in said:
            raise OrchError("orch.ProfileInvalid", "the profile asks for an MFA code")
        asked.get_credentials()
    except known.ProfileNotFound as error:
        refuse_profile("missing", "orch.ProfileMissing", error)
    except (known.ConfigParseError, known.InvalidConfigError, known.PartialCredentialsError) as error:
        refuse_profile("invalid", "orch.ProfileInvalid", error)
    except OrchError as error:
        refuse_profile("invalid", error.kind, error)
    except Exception as error:
        # Not the profile's fault. The steps after the switch will meet it themselves.
        FACTS["profile_error"] = chain(error)[0]


def refuse_profile(state, kind, error):
    FACTS["profile"] = state
    found = failure(error)
    found["chain"] = [kind] + [name for name in found["chain"] if name != kind]
    FAILED_PROFILE.append(found)


def obstacle(services, profile, way):
    if way in MISSING:
        return MISSING[way]
    if profile is not None and REFUSED:
        return REFUSED[0]
    if profile is not None and FAILED_PROFILE and way != "cli":
        return FAILED_PROFILE[0]
    for service in services:
        if service in SILENT:
            return failure(OrchError("orch.Unreachable", SILENT[service]))
    return None


def ask(step, way, services, question, profile=None):
    """One check. A service that gave no answer once is not asked again."""
    started = now()
    entry = {"id": step, "state": "ok", "ms": 0}
    found = obstacle(services, profile, way)
    if found is not None:
        entry["state"] = "skipped"
        entry["error"] = found
    else:
        asked = services[-1] if services else None
        try:
            if profile is not None and way != "cli":
                asked = "sts"
                assume(profile)
                asked = services[-1]
            entry["value"] = question()
        except Exception as error:
            entry["state"] = "error"
            entry["error"] = failure(error)
            if asked and network(entry["error"]):
                SILENT[asked] = asked + " gave no answer to " + step
    entry["ms"] = since(started)
    STEPS[step] = entry


def assume(profile):
    """Assume the role now, so that an error of it is not taken for one of the call's service."""
    credentials = SESSIONS[profile].get_credentials()
    if credentials is not None:
        credentials.get_frozen_credentials()


# The judgement. A refusal is an observation; an error that hides the answer is not.
def refusal(found):
    if found["code"] is not None:
        if found["code"] not in REFUSAL_CODES:
            return None
        assumed = found["operation"] == "AssumeRole" or ASSUMING in found["chain"]
        return "switch" if assumed else "call"
    for name in found["chain"]:
        if name in PROFILE_TYPES:
            return "switch"
        if name in OTHER_TYPES:
            return None
    return None


def verdict(step, field, operator, value=None, fact=None, before=None, denied_in=None):
    entry = STEPS.get(step)
    if entry is None:
        return "UNKNOWN"
    if entry["state"] != "ok":
        return verdict_of_error(entry["error"], operator, denied_in)
    if operator == "denied":
        return "FAIL"
    if field not in entry["value"]:
        return "UNKNOWN"
    found = entry["value"][field]
    if before is not None:
        earlier = STEPS.get(before)
        if earlier is None or earlier["state"] != "ok" or field not in earlier["value"]:
            return "UNKNOWN"
        is_same = same(found, earlier["value"][field])
        return "PASS" if is_same == (operator == "unchanged") else "FAIL"
    if fact is not None:
        value = FACTS.get(fact)
        if value is None:
            return "UNKNOWN"
    return "PASS" if holds(operator, found, value) else "FAIL"


def verdict_of_error(found, operator, denied_in):
    """A refusal in the switch says nothing of the call itself."""
    refused = refusal(found)
    if refused is None:
        return "UNKNOWN"
    if operator == "denied":
        if found["code"] is None:
            return "UNKNOWN"
        if found["code"] in MISSING_CODES:
            return "FAIL"
        return "PASS" if refused == denied_in else "UNKNOWN"
    if operator != "absent":
        return "FAIL"
    return "PASS" if refused == "call" else "UNKNOWN"


def holds(operator, found, value):
    if operator == "absent":
        return not found
    if operator == "equals":
        return same(found, value)
    if not isinstance(found, str):
        return False
    if operator == "contains":
        return value in found
    parts = [{"*": ".*", "?": "."}.get(char, re.escape(char)) for char in value]
    return re.fullmatch("".join(parts), found, re.DOTALL) is not None


def same(one, other):
    return type(one) is type(other) and one == other


def not_there(step):
    error = STEPS.get(step, {}).get("error") or {"chain": []}
    return not MISSING_TYPES.isdisjoint(error["chain"])


def total(own, fatal):
    """What is optional does not count where the host does not have its step's way to ask."""
    outcomes = {found for name, found in own.items() if not (name in OPTIONAL and not_there(OPTIONAL[name]))}
    if "FAIL" in outcomes:
        return "FAIL"
    return "PASS" if outcomes == {"PASS"} and fatal is None else "UNKNOWN"


def step_1():
    # before.identity: who this is
    answer = client('sts', 'ap-northeast-1').get_caller_identity()
    path = answer["Arn"].split(":", 5)[-1].split("/")
    assumed = len(path) == 3 and path[0] == "assumed-role"
    return {
        "account": answer["Account"],
        "arn": answer["Arn"],
        "user_id": answer["UserId"],
        "role": path[1] if assumed else None,
        "session": path[2] if assumed else None,
    }


def step_2():
    # before.s3_bucket: whether the bucket is listed
    # The service lists all buckets, a page at a time; the one in question is looked for here.
    s3 = client('s3', 'ap-northeast-1')
    answer = s3.list_buckets()
    buckets = list(answer.get("Buckets") or [])
    while answer.get("ContinuationToken"):
        answer = s3.list_buckets(ContinuationToken=answer["ContinuationToken"])
        buckets += answer.get("Buckets") or []
    for bucket in buckets:
        if bucket["Name"] == 'xxxxxxxx-cloudtrail':
            created = time.strftime("%Y-%m-%dT%H:%M:%SZ", bucket["CreationDate"].utctimetuple())
            return {"found": True, "name": bucket["Name"], "created": created}
    return {"found": False, "name": 'xxxxxxxx-cloudtrail', "created": None}


def step_3():
    # after.identity: who this is
    answer = client('sts', 'ap-northeast-1', profile='switch_test').get_caller_identity()
    path = answer["Arn"].split(":", 5)[-1].split("/")
    assumed = len(path) == 3 and path[0] == "assumed-role"
    return {
        "account": answer["Account"],
        "arn": answer["Arn"],
        "user_id": answer["UserId"],
        "role": path[1] if assumed else None,
        "session": path[2] if assumed else None,
    }


def step_4():
    # after.s3_bucket: whether the bucket is listed
    # The service lists all buckets, a page at a time; the one in question is looked for here.
    s3 = client('s3', 'ap-northeast-1', profile='switch_test')
    answer = s3.list_buckets()
    buckets = list(answer.get("Buckets") or [])
    while answer.get("ContinuationToken"):
        answer = s3.list_buckets(ContinuationToken=answer["ContinuationToken"])
        buckets += answer.get("Buckets") or []
    for bucket in buckets:
        if bucket["Name"] == 'xxxxxxxx-cloudtrail':
            created = time.strftime("%Y-%m-%dT%H:%M:%SZ", bucket["CreationDate"].utctimetuple())
            return {"found": True, "name": bucket["Name"], "created": created}
    return {"found": False, "name": 'xxxxxxxx-cloudtrail', "created": None}


def work():
    prepare(['[profile switch_test]', 'role_arn = arn:aws:iam::222222222222:role/Test-Switch-Role', 'credential_source = Ec2InstanceMetadata', ''])
    probe('imds', 'http://169.254.169.254', ['AWS_EC2_METADATA_SERVICE_ENDPOINT'])
    probe('sts', 'https://sts.ap-northeast-1.amazonaws.com', ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL'])
    probe('s3', 'https://s3.ap-northeast-1.amazonaws.com', ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'])
    load()

    # Before the switch: as the instance itself.
    started = now()
    ask('before.identity', 'profile', ['sts'], step_1)
    ask('before.s3_bucket', 'profile', ['s3'], step_2)
    TIMES["before"] = since(started)

    # The switch: what does botocore make of the profile?
    started = now()
    if 'profile' not in MISSING:
        ask_profile('switch_test', 'ap-northeast-1')
    TIMES["switch"] = since(started)

    # After the switch: through the profile.
    started = now()
    ask('after.identity', 'profile', ['sts'], step_3, 'switch_test')
    ask('after.s3_bucket', 'profile', ['sts', 's3'], step_4, 'switch_test')
    TIMES["after"] = since(started)


def judge():
    return {
        'before.identity.session.equals': verdict('before.identity', 'session', 'equals', fact='instance_id'),
        'before.s3_bucket.found.absent': verdict('before.s3_bucket', 'found', 'absent'),
        'after.identity.account.equals': verdict('after.identity', 'account', 'equals', value='222222222222'),
        'after.identity.role.equals': verdict('after.identity', 'role', 'equals', value='Test-Switch-Role'),
        'after.identity.arn.changed': verdict('after.identity', 'arn', 'changed', before='before.identity'),
        'after.s3_bucket.found.equals': verdict('after.s3_bucket', 'found', 'equals', value=True),
    }


OPTIONAL = {}
fatal, own, outcome, keep = None, {}, "UNKNOWN", False
try:
    try:
        work()
    except BaseException as error:
        fatal = failure(error)
    own = judge()
    outcome = total(own, fatal)
finally:
    restored = restore(keep)
TIMES["total"] = since(BEGUN)
envelope = {
    "v": 1,
    "verdict": outcome,
    "run": '20261124T042501Z-3f9a1c',
    "plan": '6e429365a223ac387f9fbe150f35324802b02aeb234b86a4204d2e47a78b27df',
    "engine": "python",
    "facts": FACTS,
    "settings": SETTINGS,
    "probes": PROBES,
    "steps": list(STEPS.values()),
    "own": own,
    "restored": restored,
    "ms": TIMES,
    "fatal": fatal,
}
text = json.dumps(envelope, separators=(",", ":"))
body = base64.b64encode(gzip.compress(text.encode("ascii"))).decode("ascii")
sys.stdout.write('ORCH1:6e429365:' + body + ":END\n")
sys.stdout.flush()
# A probe that still waits for a name server must not hold up the end.
os._exit({"PASS": 0, "FAIL": 10, "UNKNOWN": 20}[outcome])

'@

# Programs of the host. They get this process's environment, nothing to read but what is given, and a
# time by which they are ended. What they print is captured, and never passed on as it is.
function Get-OrchArgument {
    param([string]$Text)
    $plain = [System.Text.RegularExpressions.Regex]::IsMatch($Text, '\A[A-Za-z0-9_.:/@+=,-]+\z')
    if ($plain) { return $Text }
    return '"' + $Text.Replace('"', '\"') + '"'
}

# Ends a process with what it has started. Windows PowerShell's .NET cannot do that by itself.
function Stop-OrchTree {
    param($Process)
    try {
        if ($null -ne [System.Diagnostics.Process].GetMethod('Kill', [System.Type[]]@([bool]))) {
            $null = $Process.Kill($true)
            return
        }
        $start = New-Object -TypeName System.Diagnostics.ProcessStartInfo
        $start.FileName = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'taskkill.exe')
        $start.Arguments = '/T /F /PID ' + [string]$Process.Id
        $start.UseShellExecute = $false
        $start.CreateNoWindow = $true
        $killing = [System.Diagnostics.Process]::Start($start)
        $null = $killing.WaitForExit(15000)
    } catch {
        # It ended meanwhile.
        $null = $_
    }
    try { $null = $Process.Kill() } catch { $null = $_ }
}

# Reads both streams in pieces until they end, there is too much, or the time is over. Nothing blocks:
# neither who reads nothing, nor who holds the pipes after the program's end.
function Read-OrchStreams {
    param($Process, $Writing, [int]$Seconds, [int]$Most)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $readers = @($Process.StandardOutput, $Process.StandardError)
    $buffers = @([System.Array]::CreateInstance([char], 4096), [System.Array]::CreateInstance([char], 4096))
    $said = @((New-Object -TypeName System.Text.StringBuilder), (New-Object -TypeName System.Text.StringBuilder))
    $tasks = @($readers[0].ReadAsync($buffers[0], 0, 4096), $readers[1].ReadAsync($buffers[1], 0, 4096), $Writing)
    $state = @{ 'said' = $said; 'flooded' = $false; 'broken' = $false; 'held' = $false; 'late' = $false }
    $exited = -1
    while ($true) {
        if ($null -ne $tasks[2] -and $tasks[2].IsCompleted) {
            # Its end is what a program waits for that reads all. One that has ended takes no more.
            try { $Process.StandardInput.BaseStream.Close() } catch { $null = $_ }
            $tasks[2] = $null
        }
        for ($at = 0; $at -lt 2; $at++) {
            if ($null -eq $tasks[$at] -or -not $tasks[$at].IsCompleted) { continue }
            if ($tasks[$at].IsFaulted -or $tasks[$at].IsCanceled) {
                $state['broken'] = $true
                return $state
            }
            $count = [int]$tasks[$at].Result
            if ($count -eq 0) {
                $tasks[$at] = $null
                continue
            }
            $null = $said[$at].Append($buffers[$at], 0, $count)
            if ($said[$at].Length -gt $Most) {
                $state['flooded'] = $true
                return $state
            }
            $tasks[$at] = $readers[$at].ReadAsync($buffers[$at], 0, 4096)
        }
        $spent = $watch.ElapsedMilliseconds
        if ($exited -lt 0 -and $Process.HasExited) { $exited = $spent }
        if ($null -eq $tasks[0] -and $null -eq $tasks[1] -and $exited -ge 0) { return $state }
        if ($exited -ge 0 -and $spent - $exited -gt 2000) {
            $state['held'] = $true
            return $state
        }
        $left = 1000 * [long]$Seconds - $spent
        if ($exited -lt 0 -and $left -le 0) {
            $state['late'] = $true
            return $state
        }
        $waited = New-Object -TypeName 'System.Collections.Generic.List[System.Threading.Tasks.Task]'
        foreach ($task in $tasks) {
            if ($null -ne $task) { $waited.Add($task) }
        }
        if ($waited.Count -gt 0) {
            $null = [System.Threading.Tasks.Task]::WaitAny($waited.ToArray(), 100)
        } else {
            $null = $Process.WaitForExit(100)
        }
    }
}

# Most: characters of each stream.
function Invoke-OrchProgram {
    param([string]$Program, [string[]]$Arguments, [string]$Text, [int]$Seconds, [int]$Most = 4194304)
    $start = New-Object -TypeName System.Diagnostics.ProcessStartInfo
    $start.FileName = $Program
    $quoted = New-Object -TypeName 'System.Collections.Generic.List[string]'
    foreach ($argument in $Arguments) { $quoted.Add((Get-OrchArgument -Text $argument)) }
    $start.Arguments = $quoted.ToArray() -join ' '
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $writing = $null
    $bytes = [System.Text.Encoding]::ASCII.GetBytes($Text)
    try {
        # The stream below the writer, which might add a byte order mark.
        if ($bytes.Length -gt 0) {
            $writing = $process.StandardInput.BaseStream.WriteAsync($bytes, 0, $bytes.Length)
        } else {
            $process.StandardInput.BaseStream.Close()
        }
    } catch {
        # It ended before it had read all. Its exit code and its output say the rest.
        $null = $_
    }
    $read = Read-OrchStreams -Process $process -Writing $writing -Seconds $Seconds -Most $Most
    $ended = -not ($read['late'] -or $read['flooded'] -or $read['broken'])
    if (-not $ended) {
        Stop-OrchTree -Process $process
        # While it lives, the folder that it runs in cannot be removed.
        $null = $process.WaitForExit(5000)
    }
    $code = -1
    if ($ended) { $code = [int]$process.ExitCode }
    return @{
        'ended' = $ended
        'code' = $code
        'output' = [string]$read['said'][0].ToString()
        'complaints' = [string]$read['said'][1].ToString()
    }
}

# What a program could not answer, understood already: the step that asked takes it from here.
$OrchTold = New-Object -TypeName 'System.Collections.Generic.List[object]'

# The first program of these names, as the system finds it; nothing where there is none.
function Find-OrchProgram {
    param([string[]]$Names)
    foreach ($name in $Names) {
        foreach ($command in @(Get-Command -Name $name -CommandType Application -All -ErrorAction SilentlyContinue)) {
            # The Store's stub is no program: it opens a shop window.
            if ($command.Path.IndexOf('\WindowsApps\', [System.StringComparison]::OrdinalIgnoreCase) -lt 0) {
                $command.Path
            }
        }
    }
}
# Is it a Python that answers the question with yes?
function Test-OrchPython {
    param([string]$Program, [string]$Question)
    try {
        return (Invoke-OrchProgram -Program $Program -Arguments @('-X', 'utf8', '-c', $Question) -Text '' -Seconds 60)['code'] -eq 0
    } catch {
        return $false
    }
}

function Find-OrchPython {
    param([string]$Question)
    foreach ($program in @(Find-OrchProgram -Names @('python', 'python3', 'py'))) {
        if (Test-OrchPython -Program $program -Question $Question) { return $program }
    }
}
$OrchPython = [string](Find-OrchPython -Question 'import importlib.util as u, sys; sys.exit(0 if sys.version_info >= (3, 8) and u.find_spec(''boto3'') else 3)')
if ([string]::IsNullOrEmpty($OrchPython)) {
    [System.Console]::Out.WriteLine('ORCH1:6e429365:...:END')
    exit 20
}
$OrchEnd = Invoke-OrchProgram -Program $OrchPython -Arguments @('-X', 'utf8', '-') -Text $OrchSource -Seconds 172800
if ($OrchEnd['output'].IndexOf('ORCH1:', [System.StringComparison]::Ordinal) -lt 0) {
    [System.Console]::Out.WriteLine('ORCH1:6e429365:...:END')
    exit 20
}
[System.Console]::Out.Write($OrchEnd['output'])
[System.Console]::Out.Flush()
if ($OrchEnd['code'] -eq 0) { exit 0 }
if ($OrchEnd['code'] -eq 10) { exit 10 }
exit 20
