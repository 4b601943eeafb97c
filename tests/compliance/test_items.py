"""What Systems Manager is told: never that an unknown host is right, and nobody else's loss."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.compliance import content_hash, item_of, joined
from orchestrator.model.compliance import Item
from orchestrator.model.enums import Outcome
from support.standings import STANDING

OUTCOMES = st.sampled_from(Outcome)


@given(outcome=OUTCOMES, reason=st.text(max_size=700), cause=st.text(max_size=20))
def test_only_what_passed_is_compliant(outcome, reason, cause):
    item = item_of(replace(STANDING, outcome=outcome, reason=reason, cause=cause))
    assert (item.status == "COMPLIANT") == (outcome is Outcome.PASS)
    assert item.title.startswith(f"{outcome}: ")
    assert item.details["Outcome"] == outcome.value
    assert len(item.title) <= 500
    assert item.severity == ("UNSPECIFIED" if outcome is Outcome.UNKNOWN else "HIGH")


def test_a_failure_names_its_cause_and_an_unknown_its_reason():
    failed = item_of(replace(STANDING, outcome=Outcome.FAIL, cause="trust-missing"))
    assert (failed.id, failed.title) == ("orch-x", "FAIL: trust-missing")
    assert failed.details["Cause"] == "trust-missing"
    unknown = item_of(replace(STANDING, outcome=Outcome.UNKNOWN, reason="no news since 3"))
    assert unknown.title == "UNKNOWN: no news since 3"
    assert unknown.details["Reason"] == "no news since 3"
    assert item_of(replace(STANDING, flapping=True)).details["Flapping"] == "yes"


names = st.sampled_from(["a", "b", "c", "d"])
items = st.lists(
    st.builds(Item, names, st.text(max_size=3), st.just("HIGH"), st.just("COMPLIANT")),
    unique_by=lambda item: item.id,
)


@given(there=items, mine=items)
def test_nobody_elses_item_is_lost(there, mine):
    found = {item.id: item for item in joined(there, mine)}
    own = {item.id for item in mine}
    assert [found[item.id] for item in mine] == mine
    assert all(found[item.id] == item for item in there if item.id not in own)
    assert set(found) == own | {item.id for item in there}


def test_items_without_an_id_are_somebodys_too():
    first, second = (Item("", title, "LOW", "NON_COMPLIANT") for title in ("one", "two"))
    mine = item_of(STANDING)
    assert joined((first, mine, second), (mine,)) == (first, second, mine)


@given(there=items, mine=items)
def test_the_hash_is_of_the_content(there, mine):
    both = joined(there, mine)
    assert content_hash(both) == content_hash(joined(both, mine))
    assert (content_hash(joined(there, ())) == content_hash(joined(mine, ()))) == (
        joined(there, ()) == joined(mine, ())
    )
