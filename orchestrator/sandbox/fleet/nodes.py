"""The hosts of a fleet, as Run Command and EC2 know them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from orchestrator.sandbox.fleet.drawing import Drawing
from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand import ManagedInfo

_VERSIONS = ("3.3.987.0", "3.3.987.0", "3.3.859.0", "3.2.2303.0")
_TOO_OLD = "2.3.1569.0"
_ENVIRONMENTS = ("prod", "prod", "prod", "test", "test", "dev")
_TEAMS = ("web", "data", "pay", "ops")


@dataclass(slots=True)
class Node:
    """A simulated host; see `parts.ManagedNode`. ``number`` is its place in the fleet.

    ``connected``: whether its agent reaches SSM. ``ends``: whether it ever reports what it took.
    ``slower``: seconds that its AWS modules take to load beyond the usual. ``noise``: bytes that
    are said before each script's own output. ``permitted`` is asked whether its role lets its
    agent be.
    """

    number: int
    instance_id: str
    name: str
    info: ManagedInfo
    place: Place
    permitted: Callable[[], bool]
    platform: str = "Windows"
    connected: bool = True
    ends: bool = True
    slower: float = 0.0
    noise: int = 0
    taken: int = 0
    """How many commands it has taken so far."""

    @property
    def online(self) -> bool:
        """Whether its agent can be reached."""
        return self.connected and self.permitted()


def make_nodes(
    order: FleetOrder, permitted: Callable[[], bool] = lambda: True, platform: str = "Windows"
) -> Sequence[Node]:
    """The hosts of the order, with the faults that befall hosts: the same ones for the same seed.

    ``Name``, ``env``, ``team`` and ``wave`` are their tags; every tenth of a place has a tag
    ``canary``. Id, version, ``env`` and ``team`` hang on seed and number alone, not on the places.
    """
    chance = order.drawing
    nodes = [_node(number, order, permitted, platform) for number in range(order.hosts)]
    faults = order.faults
    for node in chance.some_of(nodes, faults.offline, "offline"):
        node.connected = False
    for node in chance.some_of(nodes, faults.never_ends, "never-ends"):
        node.ends = False
    for node in chance.some_of(nodes, faults.old_agent, "old-agent"):
        node.info = replace(node.info, agent_version=_TOO_OLD, is_latest_version=False)
    for node in chance.some_of(nodes, faults.slow_module.share, "slow-module"):
        node.slower = faults.slow_module.much
    for node in chance.some_of(nodes, faults.truncated.share, "truncated"):
        node.noise = int(faults.truncated.much)
    return nodes


def _node(number: int, order: FleetOrder, permitted: Callable[[], bool], platform: str) -> Node:
    chance, places = order.drawing, len(order.places)
    digest = blake2b(f"{chance.seed}/host/{number}".encode(), digest_size=9).hexdigest()
    instance_id = f"i-{digest[:17]}"
    version = _pick(_VERSIONS, chance, number, "version")
    info = ManagedInfo(
        agent_version=version,
        is_latest_version=version == _VERSIONS[0],
        ip_address=f"10.{1 + number // 62_500}.{number // 250 % 250}.{4 + number % 250}",
        tags=_tags(number, number // places, chance),
    )
    name = f"EC2AMAZ-{instance_id[-7:].upper()}"
    place = order.places[number % places]
    return Node(number, instance_id, name, info, place, permitted, platform)


def _tags(number: int, rank: int, chance: Drawing) -> Mapping[str, str]:
    """``rank`` counts the hosts of its place, so that each place has all waves and canaries."""
    tags = {
        "Name": f"host-{number:05}",
        "env": _pick(_ENVIRONMENTS, chance, number, "env"),
        "team": _pick(_TEAMS, chance, number, "team"),
        "wave": str(1 + rank % 5),
    }
    return tags | ({"canary": "true"} if rank % 10 == 0 else {})


def _pick(choices: Sequence[str], chance: Drawing, number: int, what: str) -> str:
    return choices[int(chance.number("host", number, what) * len(choices))]
