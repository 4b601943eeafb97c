"""Reports of whole fleets, made by a real run over fake hosts; and a past that goes with them."""

import base64
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from orchestrator.model.enums import Outcome
from orchestrator.model.history import Past, Seen
from orchestrator.model.report import Report
from orchestrator.run import run
from orchestrator.run.together import merged
from support import samples
from support.fakes import FakeClock, FakeFleet, FakeHost, Listener

ACCOUNT_D = "arn:aws:iam::444444444444:role/orch-operator"
PLACES = (("ap-northeast-1", ""), ("eu-central-1", ""), ("eu-central-1", ACCOUNT_D))

AFTER = ("after.identity.account.equals", "after.identity.role.equals")
SWITCHED = (*AFTER, "after.identity.arn.changed", "after.s3_bucket.found.equals")


def _times(chance: random.Random) -> dict[str, int]:
    spent = {
        "load": chance.randint(1800, 4200),
        "before": chance.randint(300, 900),
        "switch": chance.randint(2, 20),
        "after": chance.randint(400, 1100),
        "restore": chance.randint(5, 40),
    }
    return spent | {"total": sum(spent.values())}


def _host(instance_id: str, chance: random.Random, **changes: Any) -> FakeHost:
    spent = _times(chance)
    session = samples.identity("111111111111", "EC2RoleforSSM", instance_id)
    steps = {"before.identity": samples.ok("before.identity", session)} | changes.pop("step", {})
    wrong = changes.pop("wrong", ())
    own = {e.id: "FAIL" if e.id in wrong else "PASS" for e in samples.procedure().expectations}
    facts = {
        "shell": "Windows PowerShell",
        "shell_version": "5.1.20348.2340",
        "module": "AWS.Tools.SecurityToken",
        "module_version": "4.1.695",
        "user": "NT AUTHORITY\\SYSTEM",
        "computer": f"EC2AMAZ-{instance_id[-7:].upper()}",
        "region": "ap-northeast-1",
        "region_source": "plan",
    }
    verdict, code = ("FAIL", 10) if wrong else ("PASS", 0)
    told = {"own": own, "verdict": verdict, "facts": facts, "ms": spent, "step": steps} | changes
    seconds = spent["total"] / 1000 + chance.uniform(0.4, 1.2)
    return FakeHost(instance_id, seconds, code, samples.envelope(**told))


def healthy(instance_id: str, chance: random.Random) -> FakeHost:
    return _host(instance_id, chance)


def refused(instance_id: str, chance: random.Random) -> FakeHost:
    """The role may not be assumed."""
    steps = ("after.identity", "after.s3_bucket")
    step = {name: samples.failed(name, samples.ASSUME_REFUSED) for name in steps}
    return _host(instance_id, chance, step=step, wrong=SWITCHED)


def bucket_missing(instance_id: str, chance: random.Random) -> FakeHost:
    """The role does not see the bucket."""
    value = {"found": False, "name": samples.BUCKET, "created": None}
    step = {"after.s3_bucket": samples.ok("after.s3_bucket", value)}
    return _host(instance_id, chance, step=step, wrong=("after.s3_bucket.found.equals",))


def offline(instance_id: str, chance: random.Random) -> FakeHost:
    return FakeHost(instance_id, ping_status="ConnectionLost")


def killed(instance_id: str, chance: random.Random) -> FakeHost:
    """The script ends with nothing said, and something may be left."""
    return FakeHost(instance_id, chance.uniform(3, 6), -1, "", "killed")


def leaving(instance_id: str, chance: random.Random) -> FakeHost:
    """The role is assumed, and a file of the run's own could not be removed."""
    left = [f"%ProgramData%\\orch-{samples.RUN_ID}: a file is in use; remove the folder by hand"]
    restored = {"state": "failed", "changed": [], "left": left}
    return _host(instance_id, chance, restored=restored)


KINDS: Sequence[tuple[int, Callable[[str, random.Random], FakeHost]]] = (
    (78, healthy),
    (9, refused),
    (5, bucket_missing),
    (3, offline),
    (3, killed),
    (2, leaving),
)


def report_of(hosts: Sequence[FakeHost], place: tuple[str, str] = PLACES[0]) -> Report:
    """What a run says of these hosts."""
    clock = FakeClock()
    asked = samples.procedure()
    plan = replace(
        samples.plan(asked, targets=tuple(host.instance_id for host in hosts)),
        account_role=place[1],
        comment=f"orch {samples.RUN_ID} {place}",
    )
    report = run(plan, FakeFleet(clock, hosts), clock, Listener())
    region = place[0]
    plan = replace(plan, procedure=replace(asked, region=region))
    plan = replace(plan, procedure_sha256=plan.procedure.sha256())
    here = {"region": region, "account_role": place[1]}
    named = [
        replace(host, name=f"EC2AMAZ-{host.instance_id[-7:].upper()}", **here)
        for host in report.hosts
    ]
    return replace(report, hosts=tuple(named), plans=(plan,))


def mixed(count: int, seed: int = 1, places: int = 3) -> Report:
    """So many hosts of every kind, in one or several places."""
    chance = random.Random(seed)
    weights, kinds = zip(*KINDS, strict=True)
    ids = [f"i-0{chance.getrandbits(64):016x}" for _ in range(count)]
    drawn = chance.choices(kinds, weights, k=count)
    # One of each at least, so that nothing is left out of a small fleet.
    drawn[1 : len(kinds)] = kinds[1:] if count > len(kinds) else drawn[1 : len(kinds)]
    hosts = [kind(instance_id, chance) for kind, instance_id in zip(drawn, ids, strict=True)]
    parts = {
        f"{region} {role}": report_of(hosts[at::places], (region, role))
        for at, (region, role) in enumerate(PLACES[:places])
    }
    return merged(samples.RUN_ID, parts)


def one(kind: Callable[[str, random.Random], FakeHost]) -> Report:
    """One host of that kind."""
    return report_of([kind(samples.INSTANCE, random.Random(1))])


def past_of(report: Report, runs: int = 14, seed: int = 1) -> Past:
    """Runs of the days before: some hosts broke at one day, some go to and fro, the rest stayed.

    The first three asked something else.
    """
    chance = random.Random(seed)
    seen: list[Seen] = []
    hosts = list(report.hosts)
    broke = {host.instance_id: chance.randrange(4, runs + 1) for host in hosts}
    flaps = {host.instance_id for host in hosts if chance.random() < 0.08}
    plans = {(p.procedure.region, p.account_role): p.procedure_sha256 for p in report.plans}
    for number in range(runs):
        at = report.started - timedelta(days=runs - number)
        for host in hosts:
            now = number >= broke[host.instance_id]
            if host.instance_id in flaps:
                now = chance.random() < 0.5
            outcome = host.outcome if now else Outcome.PASS
            if host.instance_id in flaps and not now:
                outcome = chance.choice([Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN])
            cause = host.causes[0].id if now and host.causes else ""
            if outcome is not Outcome.PASS and not cause:
                cause = "assume-role-refused" if outcome is Outcome.FAIL else "offline"
            seen.append(
                Seen(
                    run_id=f"{at:%Y%m%dT%H%M%SZ}-{number:06x}",
                    at=at,
                    instance_id=host.instance_id,
                    name=host.name,
                    region=host.region,
                    account_role=host.account_role,
                    outcome=outcome,
                    cause=cause if outcome is not Outcome.PASS else "",
                    runbook="switch-role",
                    plan_sha256="0" * 64 if number < 3 else plans[host.region, host.account_role],
                    schedule="nightly" if number % 2 else "",
                )
            )
    return Past(tuple(seen))


HOSTILE = (
    "<script>window.owned=1</script>",
    '"><img src=x onerror="window.owned=2">',
    "<svg onload=window.owned=3>",
    "</script><script>window.owned=4</script>",
    "<!--<script>window.owned=5",
    "' onmouseover='window.owned=6",
    "{{ 7*7 }}${7*7}",
    "\u2028window.owned=7\u2029",
    "\x1b[2J\x00\u202egnirts",
    "\ud800lone",
)
"""What a host may say to harm whoever looks."""

JAPANESE, HEBREW = "\u5c71\u7530\u592a\u90ce\u306e\u30b5\u30fc\u30d0\u30fc", "\u05e9\u05e8\u05ea"


def hostile() -> Report:
    """A host of each kind of evil, in every text that a host or its account may choose."""
    whole = one(refused)
    (host,) = whole.hosts
    hosts = []
    for number, text in enumerate((*HOSTILE, JAPANESE, HEBREW)):
        evidence = host.evidence
        assert evidence is not None
        raw = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
        observations = tuple(
            replace(
                item,
                value={**item.value, **({"role": text, "session": text} if item.value else {})},
                failure=item.failure
                and replace(item.failure, raw=replace(item.failure.raw, message=text, code=text)),
            )
            for item in evidence.observations
        )
        evidence = replace(
            evidence,
            engine=text,
            facts={**evidence.facts, "user": text, "computer": text, "unfinished": text, text: raw},
            settings={text: text},
            probes={"sts": text},
            observations=observations,
            restored=replace(evidence.restored, changed=(text,), left=(text,)),
        )
        hosts.append(
            replace(
                host,
                instance_id=f"{host.instance_id[:-2]}{number:02d}",
                name=text,
                status_details=text,
                evidence=evidence,
                causes=tuple(
                    replace(cause, title=text, evidence=text, mend=f"{text}\n{text}")
                    for cause in host.causes
                ),
                verdicts=tuple(
                    replace(verdict, expected=text, observed=text) for verdict in host.verdicts
                ),
                left=(text,),
                region=text,
            )
        )
    tally = {host.outcome: len(hosts)}
    return replace(whole, hosts=tuple(hosts), tally=tally, notes=HOSTILE)
