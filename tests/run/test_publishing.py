"""Systems Manager is told of every host, with two calls each at most."""

from dataclasses import dataclass, field, replace

import pytest

from orchestrator.compliance import item_of
from orchestrator.errors import DeniedError, UnreachableError
from orchestrator.model.compliance import HostItems, Item
from orchestrator.model.enums import Outcome
from orchestrator.run.publishing import publish
from support.standings import STANDING

OTHERS = Item("somebody's", "theirs", "LOW", "COMPLIANT", {"x": "y"})


@dataclass
class FakeCompliance:
    """What each host has. ``gone`` are not managed, ``vanish`` are not when they are put to."""

    hosts: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    vanish: set[str] = field(default_factory=set)
    fails: dict[str, Exception] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    put_with: list[tuple[str, object, str]] = field(default_factory=list)

    def items(self, instance_id):
        self.calls.append(("list", instance_id))
        if instance_id in self.fails:
            raise self.fails[instance_id]
        return None if instance_id in self.gone else HostItems(self.hosts.get(instance_id, ()))

    def put(self, instance_id, items, content_hash, seen, execution_id):
        self.calls.append(("put", instance_id))
        if instance_id in self.vanish:
            return False
        self.hosts[instance_id] = tuple(items)
        self.put_with.append((content_hash, seen, execution_id))
        return True


def named(number, **changes):
    return replace(STANDING, instance_id=f"i-{number}", **changes)


def test_each_host_gets_an_item_for_each_schedule_beside_what_it_has():
    there = FakeCompliance({"i-1": (OTHERS,)})
    mine = [named(1), named(1, schedule="orch-y", outcome=Outcome.FAIL), named(2)]
    done = publish(mine, there)
    assert (done.written, done.equal, done.gone, done.failed) == (2, 0, (), ())
    assert {item.id for item in there.hosts["i-1"]} == {"orch-x", "orch-y", "somebody's"}
    assert OTHERS in there.hosts["i-1"]
    assert there.hosts["i-2"] == (item_of(named(2)),)
    assert there.put_with[0][1:] == (STANDING.seen, "run-7")
    assert len(there.calls) == 4


def test_what_is_so_already_is_not_written_again():
    there = FakeCompliance({"i-1": (OTHERS,)})
    publish([named(1)], there)
    there.calls.clear()
    done = publish([named(1)], there)
    assert (done.written, done.equal) == (0, 1)
    assert there.calls == [("list", "i-1")]


def test_another_schedules_unknown_stays():
    there = FakeCompliance()
    publish([named(1, schedule="orch-y", outcome=Outcome.UNKNOWN, reason="no news")], there)
    publish([named(1)], there)
    found = {item.id: item.status for item in there.hosts["i-1"]}
    assert found == {"orch-x": "COMPLIANT", "orch-y": "NON_COMPLIANT"}


def test_hosts_that_are_gone_or_fail_are_told_and_the_others_go_on():
    broken = UnreachableError("throttled", where="ListComplianceItems")
    there = FakeCompliance(gone={"i-1"}, vanish={"i-2"}, fails={"i-3": broken})
    done = publish([named(number) for number in range(1, 6)], there)
    assert (done.written, done.gone) == (2, ("i-1", "i-2"))
    assert done.failed == (("i-3", "throttled"),)


def test_who_may_not_publish_at_all_is_told_at_once():
    denied = DeniedError("AccessDenied", where="ListComplianceItems")
    there = FakeCompliance(fails={"i-1": denied})
    with pytest.raises(DeniedError):
        publish([named(number) for number in range(1, 6)], there)
    assert len(there.calls) == 1
