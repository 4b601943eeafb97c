"""Finding hosts on the HTML report: search, filters, opening, and how quick it is."""

import json
from dataclasses import replace

import pytest

from orchestrator.model.enums import Outcome
from support import fleets

KEYSTROKE = 100
"""Milliseconds that a key may take with 2,000 hosts, to the frame that shows it."""

TYPED = """async (text) => {
    const search = document.getElementById("search");
    const times = [];
    for (let n = 1; n <= text.length; n++) {
        search.value = text.slice(0, n);
        const began = performance.now();
        search.dispatchEvent(new InputEvent("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        times.push(performance.now() - began);
    }
    return times;
}"""


@pytest.fixture(scope="module")
def fleet():
    return fleets.mixed(40)


@pytest.fixture(scope="module")
def large():
    return fleets.mixed(2000)


def test_what_did_not_pass_comes_first_and_all_are_counted(opened, fleet):
    seen = opened(fleet)
    ranks = [
        ("FAIL", "UNKNOWN", "PASS").index(text)
        for text in seen.page.locator("tr.host td.outcome").all_inner_texts()
    ]
    assert len(ranks) == 40
    assert ranks == sorted(ranks)
    assert seen.matches() == "All 40 hosts"


def test_a_search_narrows_and_says_how_many_match(opened, fleet):
    seen = opened(fleet)
    host = next(host for host in fleet.hosts if host.outcome is Outcome.FAIL)
    seen.page.fill("#search", host.instance_id[-6:].upper())
    assert seen.ids() == [host.instance_id]
    assert seen.matches() == "1 of 40 hosts"
    assert seen.page.locator("#matches").get_attribute("role") == "status"
    seen.page.fill("#search", "assume  eu-central")
    wanted = {
        h.instance_id
        for h in fleet.hosts
        if h.region == "eu-central-1" and h.causes and h.causes[0].id == "assume-role-refused"
    }
    assert wanted
    assert set(seen.ids()) == wanted
    seen.page.fill("#search", "nobody is called so")
    assert seen.page.get_by_text("No host is like that.").is_visible()
    seen.page.locator(".nothing [data-reset]").click()
    assert seen.matches() == "All 40 hosts"


def test_filters_by_outcome_cause_and_place_go_together(opened, fleet):
    seen = opened(fleet)
    seen.page.get_by_role("checkbox", name="PASS").uncheck()
    assert seen.rows().count() == 40 - fleet.tally[Outcome.PASS]
    seen.page.get_by_label("Region, account").select_option(index=2)
    place = seen.page.locator("#place option:checked").inner_text().rsplit(" (", 1)[0]
    assert set(seen.page.locator("tr.host .place").all_inner_texts()) == {place}
    seen.page.locator(".matches [data-reset]").click()
    seen.page.get_by_label("Cause", exact=True).select_option(index=1)
    (cause,) = set(seen.page.locator("tr.host .cause code").all_inner_texts())
    assert cause in seen.page.locator("#kind option:checked").inner_text()


def test_from_a_cause_to_its_hosts(opened, fleet):
    seen = opened(fleet)
    kind = seen.page.locator(".why .kind").first
    count = int(kind.locator(".many").inner_text().split()[0])
    kind.get_by_role("button", name="Show them").click()
    assert seen.rows().count() == count
    assert seen.page.evaluate("document.activeElement.id") == "hosts"


def test_what_changed_or_flapping_or_left_can_be_asked_for(opened, fleet):
    seen = opened(fleet, fleets.past_of(fleet))
    state = seen.page.get_by_label("Only")
    for value in ("changed", "flapping"):
        state.select_option(value)
        told = seen.page.locator("#state option:checked").inner_text()
        assert f"({seen.rows().count()})" in told
        assert seen.rows().count() > 0
    state.select_option("left")
    assert set(seen.ids()) == {host.instance_id for host in fleet.hosts if host.left}


@pytest.mark.parametrize("count", [40, 120])
def test_a_host_opens_below_its_row_whether_its_details_were_packed_or_not(opened, count):
    report = fleets.mixed(count)
    seen = opened(report)
    host = next(host for host in report.hosts if host.causes)
    button = seen.page.get_by_role("button", name=host.instance_id, exact=True)
    button.click()
    details = seen.page.locator("tr.more:visible")
    details.wait_for()
    assert button.get_attribute("aria-expanded") == "true"
    assert host.causes[0].mend.split("\n")[0] in details.inner_text()
    assert "Before and after the switch" in details.inner_text() or host.evidence is None
    seen.page.fill("#search", host.instance_id)
    assert details.count() == 1
    button.click()
    assert details.count() == 0


def test_the_page_counts_as_the_report_does(opened, large):
    seen = opened(large)
    for outcome in Outcome:
        for other in Outcome:
            seen.page.locator(f"[name=outcome][value={other}]").set_checked(other is outcome)
        assert seen.matches() == f"{large.tally[outcome]:,} of 2,000 hosts"


@pytest.mark.parametrize("prefix", ["i-", "mi-"])
def test_an_address_with_a_hosts_id_opens_it(opened, fleet, prefix):
    *others, host = fleet.hosts
    host = replace(host, instance_id=f"{prefix}{host.instance_id[2:]}")
    seen = opened(replace(fleet, hosts=(*others, host)))
    seen.page.evaluate(f"location.hash = {json.dumps(host.instance_id)}")
    seen.page.locator("tr.more:visible").wait_for()
    assert seen.page.evaluate("document.activeElement.textContent") == host.instance_id


def test_two_thousand_hosts_answer_each_key_at_once(opened, large):
    seen = opened(large, fleets.past_of(large))
    assert seen.rows().count() == 50
    times = seen.page.evaluate(TYPED, "eu-central refused i-0")
    # The median: on a busy machine a single frame may come late whatever the page does.
    assert sorted(times)[len(times) // 2] < KEYSTROKE
    seen.page.evaluate(TYPED, " ")
    seen.page.get_by_role("button", name="Show 50 more").click()
    assert seen.rows().count() == 100
