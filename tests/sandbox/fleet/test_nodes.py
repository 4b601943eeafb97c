"""The hosts of a fleet: the same ones for the same seed."""

import re
from collections import Counter

from orchestrator.sandbox.fleet.faults import Faults, Rate
from orchestrator.sandbox.fleet.nodes import make_nodes
from orchestrator.sandbox.fleet.order import FleetOrder
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.world import ACCOUNT_A, ACCOUNT_D, REGION


def nodes(hosts=1000, seed=1, **faults):
    return make_nodes(FleetOrder(hosts, seed=seed, faults=Faults(**faults)))


PLACES = tuple(Place(a, r) for a in (ACCOUNT_A, ACCOUNT_D) for r in (REGION, "us-east-1"))


def spread(hosts=1000):
    return make_nodes(FleetOrder(hosts, places=PLACES))


def told(found):
    return [(n.instance_id, n.name, n.info, n.online, n.ends, n.slower, n.noise) for n in found]


def test_the_same_seed_makes_the_same_hosts():
    rates = {"offline": 0.01, "never_ends": 0.001, "slow_module": Rate(0.05, 222.0)}
    assert told(nodes(**rates)) == told(nodes(**rates))
    assert {n.instance_id for n in nodes(seed=1)}.isdisjoint(n.instance_id for n in nodes(seed=2))


def test_a_larger_fleet_holds_the_smaller_one():
    assert told(nodes(300))[:100] == told(nodes(100))


def test_hosts_are_named_as_in_ec2():
    found = nodes(10_000)
    assert len({n.instance_id for n in found}) == 10_000
    assert all(re.fullmatch(r"i-[0-9a-f]{17}", n.instance_id) for n in found)
    assert all(n.name == f"EC2AMAZ-{n.instance_id[-7:].upper()}" for n in found)
    assert len({n.info.ip_address for n in found}) == 10_000


def test_tags_part_the_fleet():
    found = nodes()
    environments = Counter(n.info.tags["env"] for n in found)
    assert 400 < environments["prod"] < 600
    assert set(environments) == {"prod", "test", "dev"}
    assert {n.info.tags["team"] for n in found} == {"web", "data", "pay", "ops"}
    assert sum("canary" in n.info.tags for n in found) == 100


def test_faults_befall_the_shares_that_were_asked_for():
    found = nodes(
        offline=0.01,
        never_ends=0.001,
        old_agent=0.02,
        slow_module=Rate(0.05, 222.0),
        truncated=Rate(0.03, 3000),
    )
    assert sum(not n.online for n in found) == 10
    assert sum(not n.ends for n in found) == 1
    assert sum(n.info.agent_version.startswith("2.3.") for n in found) == 20
    assert sum(n.slower == 222 for n in found) == 50
    assert sum(n.noise == 3000 for n in found) == 30


def test_a_fleet_whose_role_keeps_its_agents_out_is_offline():
    order = FleetOrder(3)
    assert not any(node.online for node in make_nodes(order, lambda: False))


def test_hosts_are_dealt_to_places_in_turn_and_are_the_same_hosts_wherever_they_lie():
    found = spread()
    assert Counter(node.place for node in found) == dict.fromkeys(PLACES, 250)
    assert [node.place for node in found[:5]] == [*PLACES, PLACES[0]]
    at_home = nodes()
    assert {node.place for node in at_home} == {PLACES[0]}
    ids = [node.instance_id for node in at_home]
    assert [node.instance_id for node in found] == ids


def test_each_place_has_its_canaries_and_waves():
    for place in PLACES:
        there = [node for node in spread() if node.place == place]
        waves = Counter(node.info.tags["wave"] for node in there)
        assert waves == dict.fromkeys("12345", 50)
        assert sum("canary" in node.info.tags for node in there) == 25
