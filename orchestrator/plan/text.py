"""The plan for people: what `orch plan` prints, at most 80 columns wide where it can be."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable, Iterator

from orchestrator.checks import all_checks, asked_inside
from orchestrator.model.enums import Mode, Operator, Phase, Platform, Shell, Way
from orchestrator.model.plan import Pace, Permission, Plan, Script
from orchestrator.model.procedure import Expectation, Procedure, Step
from orchestrator.wording import expected_words

WIDTH = 80

_PHASES = {
    Phase.BEFORE: "Before the switch, with the instance's own role",
    Phase.AFTER: "After the switch, through the profile",
}

_WAYS = {
    Way.PROFILE: "every call after the switch names it",
    Way.SESSION_DEFAULT: "as the session's default; the calls after that name nothing",
    Way.SDK_STORE: "from the SDK's store, where it lies with temporary keys for the run",
    Way.CLI: "by the AWS CLI on the host, with --profile",
    Way.PYTHON: "by boto3 on the host",
}

_WHO = {
    "operator": "You",
    "instance": "The instance's role",
    "target": "The target role",
}


def lines(plan: Plan) -> list[str]:
    """The plan, line by line. Only what cannot be broken, such as an ARN, is wider than 80."""
    return [
        *_head(plan),
        *_targets(plan),
        *_phases(plan.procedure),
        *_calls(plan),
        *_permissions(plan.permissions),
        *_times(plan),
        *_hashes(plan),
    ]


def _head(plan: Plan) -> Iterator[str]:
    asked = plan.procedure
    yield f"Plan of run {plan.run_id}"
    yield ""
    yield from _pair("runbook", asked.runbook)
    yield from _pair("region", asked.region)
    if plan.account_role:
        yield from _pair("account", f"reached by {plan.account_role}")
    yield from _pair("shell", f"{asked.shell}, sent by {plan.document}")
    yield from _pair("profile", f"{asked.profile.name} ({asked.mode})")
    for way in asked.ways:
        yield from _pair("used", _WAYS[way])
    yield from _pair("role", asked.profile.role_arn)
    yield from _pair("source", asked.profile.credential_source)
    if plan.output_s3.bucket_name:
        where = plan.output_s3
        yield from _pair("output", f"all of it goes to s3://{where.bucket_name}/{where.keys}")
    yield from _on_the_host(plan)


def _on_the_host(plan: Plan) -> Iterator[str]:
    """What is written there, and where."""
    asked = plan.procedure
    whose = asked.host_user or "the account that SSM runs as"
    if asked.mode is Mode.EPHEMERAL:
        yield from _pair("on the host", plan.host_folder)
    if asked.mode is Mode.EXISTING and not asked.makes_folder:
        yield from _pair("on the host", f"nothing is written; the files of {whose} are used")
    if asked.mode is Mode.EXISTING and asked.makes_folder:
        yield from _pair("on the host", f"the files of {whose} are used, and not changed")
        yield from _wrapped(f"{_in_the_folder(asked)} in a folder that is removed:", 4)
        yield f"    {plan.host_folder}"
    if asked.mode is Mode.INSTALL:
        file = ".aws/config" if asked.platform is Platform.LINUX else ".aws\\config"
        yield from _pair("on the host", f"the profile goes into {file} of {whose}:")
        for line in _installed(asked):
            yield f"    {line}"
        kept = "all checks after the switch pass, else it is put back"
        yield from _wrapped(f"it stays there if {kept}; until then what was there lies in", 4)
        yield f"    {plan.host_folder}"
        if asked.force:
            yield "    forced: docs/profile-modes.md says over what"
    if plan.restore is not None:
        yield from _pair("killed", "another command puts back what its script could not")


def _in_the_folder(asked: Procedure) -> str:
    kept = ["the AWS CLI keeps its cache"] * (Way.CLI in asked.ways)
    return " and ".join([*kept, *["your scripts lie"] * asked.runs_scripts])


def _installed(asked: Procedure) -> tuple[str, ...]:
    name = asked.profile.name
    return (
        f"# >>> orch {name}",
        f"[profile {name}]",
        f"role_arn = {asked.profile.role_arn}",
        f"credential_source = {asked.profile.credential_source}",
        f"# <<< orch {name}",
    )


def _targets(plan: Plan) -> Iterator[str]:
    """Who is meant; who of them is sent to, as far as SSM was asked; and in which order."""
    skipped = {item.instance_id for item in plan.skipped}
    sent_to = [target for target in plan.targets if target not in skipped]
    yield from ("", f"Targets: {len(plan.targets)}")
    yield from _wrapped(", ".join(sent_to), 2)
    if plan.skipped:
        yield f"  Skipped: {len(plan.skipped)}; their verdict is UNKNOWN"
    for item in plan.skipped:
        yield from _wrapped(f"{item.instance_id}: {item.why}", 4)
    if plan.doubtful:
        yield f"  Doubtful: {len(plan.doubtful)}; they are sent to, and may answer too late"
    for item in plan.doubtful:
        yield from _wrapped(f"{item.instance_id}: {item.why}", 4)
    if plan.tags:
        tags = ", ".join(f"{key}={'|'.join(values)}" for key, values in plan.tags)
        yield from _wrapped(f"one command goes to all that have the tags {tags}", 2)
    yield from (f"  {line}" for line in _pace(plan.pace))


def _pace(pace: Pace) -> Iterator[str]:
    if pace.canary:
        yield f"the first {pace.canary} go ahead; the others follow if all of those pass"
    if pace.max_concurrency:
        yield f"at most {pace.max_concurrency} at once"
    if pace.max_errors:
        yield f"after more than {pace.max_errors} failures nothing more is sent"


def _phases(procedure: Procedure) -> Iterator[str]:
    for phase in Phase:
        yield from ("", _PHASES[phase])
        if phase is Phase.AFTER and Way.SESSION_DEFAULT in procedure.ways:
            yield f"  first: {_default_call(procedure)}"
        for number, step in enumerate(procedure.in_phase(phase), 1):
            yield from _step(number, step, procedure)


def _step(number: int, step: Step, procedure: Procedure) -> Iterator[str]:
    yield f"  {number}. {step.check}: {all_checks()[step.check].title}"
    yield from _wrapped(_question(step, procedure), 5)
    written = all_checks()[step.check].params
    for name, value in step.params.items():
        yield from _wrapped(f"{name}: {value if name in written else _carried(value)}", 5)
    expectations = [item for item in procedure.expectations if item.step == step.id]
    for item in expectations:
        yield from _wrapped(f"- expects: {_expected(item)}", 5)
    if not expectations:
        yield "     - expects nothing; it is only recorded"


def _carried(text: str) -> str:
    """What was read from a file: its size and hash. `orch render` shows all of it."""
    data = text.encode()
    return f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}"


def _question(step: Step, procedure: Procedure) -> str:
    """The call: the cmdlet in PowerShell, the API's operation in Python."""
    check = all_checks()[step.check]
    if not check.asks_aws:
        inside = procedure.shell is Shell.PYTHON or asked_inside(step)
        return check.asked_by[Shell.PYTHON if inside else Shell.POWERSHELL].format(**step.params)
    profile = procedure.named_profile(step)
    if procedure.shell is Shell.PYTHON:
        named = f"profile_name={profile!r}, " if profile else ""
        session = f"boto3.Session({named}region_name={procedure.region!r})"
        return f"{session}, {check.service} {check.operation}"
    named = f" -ProfileName '{profile}'" if profile else ""
    return f"{check.cmdlet}{named} -Region '{procedure.region}'"


def _default_call(procedure: Procedure) -> str:
    name = procedure.profile.name
    if procedure.shell is Shell.PYTHON:
        return f"boto3.setup_default_session(profile_name={name!r})"
    return f"Set-AWSCredential -ProfileName '{name}'"


def _expected(item: Expectation) -> str:
    if item.fact is not None:
        return f"{item.field} is the host's own {item.fact.replace('_', ' ')}"
    words = expected_words(item, item.value)
    return f"{words}; a refusal counts" if item.operator is Operator.ABSENT else words


def _calls(plan: Plan) -> Iterator[str]:
    yield from ("", "API calls (retries after throttling come on top)")
    for call in plan.api_calls:
        often = str(call.least) if call.least == call.most else f"{call.least} to {call.most}"
        yield f"  {often:>10}  {call.operation:<28} {call.why}"


def _permissions(needed: Iterable[Permission]) -> Iterator[str]:
    yield from ("", "Permissions")
    by_who: dict[str, list[Permission]] = {}
    for item in needed:
        by_who.setdefault(item.who, []).append(item)
    for who, items in by_who.items():
        yield f"  {_WHO[who]}:"
        for item in items:
            yield from _wrapped(f"{item.action} on {item.resource}: {item.why}", 4)


def _times(plan: Plan) -> Iterator[str]:
    yield from ("", "Time")
    yield from _pair("delivery", f"at most {_time(plan.delivery_timeout)}")
    yield from _pair("script", f"at most {_time(plan.execution_timeout)}")
    yield from _pair("worst case", f"{_time(plan.worst_case)}, then what is missing is UNKNOWN")


def _hashes(plan: Plan) -> Iterator[str]:
    yield from ("", "Review")
    yield from _pair("script", f"{plan.script.size} bytes; `orch render` shows it; its SHA-256 is")
    yield f"    {plan.script.sha256}"
    yield from _packed(plan.script)
    yield from _pair("plan", "the same for every run of the same question; its SHA-256 is")
    yield f"    {plan.procedure_sha256}"
    yield from _pair("comment", plan.comment)


def _packed(script: Script) -> Iterator[str]:
    """What is not in the clear in the script that is sent: what `orch render` writes beside it."""
    if script.packed:
        data = dict(script.parts)[script.packed].encode()
        what = f"{script.packed}, {len(data)} bytes, is packed in it, for room;"
        yield from _pair("packed", f"{what} SHA-256")
        yield f"    {hashlib.sha256(data).hexdigest()}"
        yield "    `orch render --to DIR` writes it"


def _time(seconds: int) -> str:
    """Seconds as people say them: 16 min 30 s."""
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def _pair(label: str, text: str) -> Iterator[str]:
    yield f"  {label:<11} {text}"


def _wrapped(text: str, indent: int) -> list[str]:
    """Lines with a hanging indent; a word is never broken, so that it can be copied.

    Characters that a terminal would obey become escapes.
    """
    return textwrap.wrap(
        "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
