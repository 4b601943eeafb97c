"""The same hosts behind the fake and behind the sandbox's Run Command, on one kind of clock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import boto3

from orchestrator.aws.fleet import RunCommandFleet
from orchestrator.aws.session import Access
from orchestrator.ports import Fleet
from orchestrator.sandbox import world
from orchestrator.sandbox.agent.endings import Output, result_of, stopped
from orchestrator.sandbox.agent.settings import AgentSettings, NoObjects
from orchestrator.sandbox.agent.work import read_work
from orchestrator.sandbox.ec2 import Instance
from orchestrator.sandbox.groups import ResourceGroups
from orchestrator.sandbox.imds import Credentials, Imds, InstanceIdentity
from orchestrator.sandbox.launch.objects import InstanceObjects
from orchestrator.sandbox.parts import Job, ObjectStore, Place
from orchestrator.sandbox.runcommand import ApiError, ManagedInfo, RunCommand, Settings
from orchestrator.sandbox.runcommand.messages import Cancel, Order, Reply
from orchestrator.sandbox.server import Server
from support.fake_hosts import STEP, TO_CANCEL, FakeHost
from support.fakes import FakeClock, FakeFleet
from support.standing_cloud import A, Standing, policy, put, statement

REGION = "ap-northeast-1"
PLACE = Place("111111111111", REGION)


@dataclass(frozen=True)
class World:
    """A fleet and the clock that it goes by."""

    fleet: Fleet
    clock: FakeClock


@dataclass(frozen=True)
class Wanted:
    """What a world is made of; see `FakeFleet`. ``bucket``: there is one, in account A."""

    hosts: Sequence[FakeHost]
    throttle: Mapping[str, int] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    resource_groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bucket: str = ""


@contextmanager
def fake(wanted: Wanted, _folder: Path, _monkeypatch) -> Iterator[World]:
    clock = FakeClock()
    fleet = FakeFleet(
        clock,
        wanted.hosts,
        throttle=wanted.throttle,
        denied=wanted.denied,
        resource_groups=wanted.resource_groups,
        buckets=frozenset({wanted.bucket}),
    )
    yield World(fleet, clock)


@contextmanager
def sandbox(wanted: Wanted, folder: Path, monkeypatch) -> Iterator[World]:
    """The real fleet, boto3, HTTP, the sandbox's endpoint, and agents that go by the clock."""

    def authorize(_environ, action, _resource):
        if action.partition(":")[2] in wanted.denied:
            raise ApiError("AccessDeniedException", f"not authorized to perform: {action}")

    clock = PostedClock()
    settings = Settings(throttle=wanted.throttle)
    commands = RunCommand(
        clock,
        REGION,
        PLACE.account,
        settings,
        authorize,
        has_bucket=lambda name: name == wanted.bucket,
    )
    groups = ResourceGroups([_instance(host) for host in wanted.hosts], authorize, lambda _: PLACE)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with ExitStack() as stack:
        objects = stack.enter_context(account_a(wanted, monkeypatch)) if wanted.bucket else {}
        clock.agents = [
            PaperAgent(host, folder, commands, clock, objects.get(host.instance_id, NoObjects()))
            for host in wanted.hosts
        ]
        for name, app in (("SSM", commands.app), ("RESOURCE_GROUPS", groups)):
            server = Server(app)
            stack.callback(server.close)
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", server.url)
        _make_groups(wanted)
        yield World(RunCommandFleet(Access(None, REGION), clock), clock)


@contextmanager
def account_a(wanted: Wanted, monkeypatch) -> Iterator[Mapping[str, ObjectStore]]:
    """The sandbox's S3 with the bucket, as the operator and as each host's agent reach it."""
    arn = f"arn:aws:s3:::{wanted.bucket}"
    puts = [
        statement(action=["s3:PutObject", "s3:PutObjectAcl"], resource=f"{arn}/*/{host}/*")
        for host in (facts.instance_id for facts in wanted.hosts if facts.may_put)
    ]
    allowed = {"GetObject": f"{arn}/*", "ListBucket": arn}
    reads = [
        statement(action=f"s3:{name}", resource=resource)
        for name, resource in allowed.items()
        if name not in wanted.denied
    ]
    standing = Standing()
    try:
        place = {"LocationConstraint": REGION}
        s3 = standing.client("s3", A)
        s3.create_bucket(Bucket=wanted.bucket, CreateBucketConfiguration=place)
        if puts:
            role = {"RoleName": world.INSTANCE_ROLE}
            put(standing.client("iam", A).put_role_policy, policy(*puts), **role)
        keys = standing.new_user("reader", *reads)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", standing.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
        credentials = standing.cloud.instance_credentials
        yield {
            facts.instance_id: InstanceObjects(
                standing.url, partial(credentials, facts.instance_id, PLACE, world.INSTANCE_ROLE)
            )
            for facts in wanted.hosts
        }
    finally:
        standing.close()


def _instance(host: FakeHost) -> Instance:
    """The host as EC2 sees it; nobody asks for its credentials here."""
    identity = InstanceIdentity(host.instance_id, PLACE.account, REGION, "Role", "Profile")
    return Instance(Imds(identity, _nobody), tags=host.tags)


def _nobody() -> Credentials:
    raise AssertionError("no credentials are asked for here")


def _make_groups(wanted: Wanted) -> None:
    """As an administrator would, by boto3."""
    if not wanted.resource_groups:
        return
    client = boto3.client("resource-groups", region_name=REGION)
    for name, tags in wanted.resource_groups.items():
        filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
        query = {"ResourceTypeFilters": ["AWS::EC2::Instance"], "TagFilters": filters}
        asked = {"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)}
        client.create_group(Name=name, ResourceQuery=asked)
    client.close()


class PostedClock(FakeClock):
    """While somebody sleeps the agents fetch their mail, and reply when their time has come."""

    agents: Sequence[PaperAgent] = ()

    def sleep(self, seconds: float) -> None:
        until = self.elapsed + seconds
        self._fetch()
        while due := [at for agent in self.agents for at, *_ in agent.due.values() if at <= until]:
            self.elapsed = max(self.elapsed, min(due))
            for agent in self.agents:
                agent.reply()
            self._fetch()
        super().sleep(until - self.elapsed)
        self._fetch()

    def _fetch(self) -> None:
        for agent in self.agents:
            agent.fetch()


class PaperAgent:
    """Does as the real one does, with its very rules, but without threads and processes."""

    def __init__(
        self,
        facts: FakeHost,
        folder: Path,
        commands: RunCommand,
        clock: FakeClock,
        objects: ObjectStore,
    ) -> None:
        self._settings = AgentSettings(objects=objects)
        self.due: dict[str, tuple[float, Order, Sequence[Reply]]] = {}
        self._facts = facts
        self._folder = folder / facts.instance_id
        self._commands = commands
        self._clock = clock
        commands.register(self._host(clock), ManagedInfo(tags=facts.tags))

    def fetch(self) -> None:
        online = self._facts.ping_status == "Online"
        while mail := self._commands.receive(self._facts.instance_id, lambda: online, 0.0):
            match mail:
                case Order() as order:
                    if self._commands.acknowledge(order, self._facts.instance_id):
                        self._run(order)
                case Cancel(command_id):
                    if command_id in self.due:
                        self._cancel(command_id)

    def reply(self) -> None:
        for command_id, (at, order, replies) in list(self.due.items()):
            if at <= self._clock.elapsed:
                del self.due[command_id]
                for reply in replies:
                    self._commands.reply(order, self._facts.instance_id, reply)

    def _run(self, order: Order) -> None:
        """The whole way at once, on a clock of its own that runs ahead."""
        ahead = FakeClock()
        ahead.sleep(self._clock.elapsed)
        replies: list[Reply] = []
        work = read_work(self._host(ahead), order, self._commands, ahead, self._settings)
        work.run(replies.append)
        self.due[order.command_id] = ahead.elapsed, order, replies

    def _cancel(self, command_id: str) -> None:
        _, order, meant = self.due[command_id]
        begun = next(reply.result.began for reply in meant if reply.result)
        ended = result_of(STEP, Output(stopped("Cancelled")))
        result = replace(ended, began=begun, ended=self._clock.now())
        replies = [Reply("Cancelled", result, {"Cancelled": 1})]
        self.due[command_id] = self._clock.elapsed + TO_CANCEL, order, replies

    def _host(self, clock: FakeClock) -> PaperHost:
        return PaperHost(self._facts, self._folder, clock)


@dataclass(frozen=True)
class PaperHost:
    """A host whose scripts are a time, an output and an exit code."""

    facts: FakeHost
    folder: Path
    clock: FakeClock
    start_delay: float = 0.0

    @property
    def instance_id(self) -> str:
        return self.facts.instance_id

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def platform(self) -> str:
        return self.facts.platform

    @property
    def online(self) -> bool:
        return self.facts.ping_status == "Online"

    def launch(self, job: Job) -> PaperRun:
        return PaperRun(self.facts, job.folder, self.clock)


@dataclass
class PaperRun:
    """A script that prints at its very end."""

    facts: FakeHost
    folder: Path
    clock: FakeClock
    killed: bool = False

    def wait(self, timeout: float) -> int | None:
        if self.killed:
            return -9
        self.clock.sleep(min(timeout, self.facts.seconds))
        if self.facts.seconds > timeout:
            return None
        (self.folder / "stdout").write_text(self.facts.output, encoding="utf-8")
        (self.folder / "stderr").write_text(self.facts.error, encoding="utf-8")
        return self.facts.exit_code

    def kill(self) -> None:
        self.killed = True

    def abandon(self) -> None:
        self.killed = True
