"""The HTML report for everybody: screen reader, keyboard, dark, paper, phone, without scripts."""

from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.model.enums import Outcome
from orchestrator.model.history import NO_PAST
from support import fleets

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def fleet():
    return fleets.mixed(40)


def faults(seen):
    """What axe finds that is serious or critical."""
    if not AXE.is_file():
        pytest.skip("not examined with axe-core: it is not installed (make axe)")
    seen.page.evaluate(AXE.read_text())
    found = seen.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        (fault["id"], node["html"][:200], node["failureSummary"])
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [fleets.healthy, fleets.refused, fleets.killed])
def test_axe_finds_nothing_on_the_page_of_one_host(opened, kind, scheme):
    seen = opened(fleets.one(kind), color_scheme=scheme)
    seen.page.evaluate(
        "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
    )
    assert faults(seen) == []


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page_of_many(opened, scheme, width):
    size = {"width": width, "height": 800}
    few = fleets.mixed(14)
    seen = opened(few, fleets.past_of(few), color_scheme=scheme, viewport=size)
    for number in (0, 3, 12):
        seen.page.locator(".opener").nth(number).click()
    assert faults(seen) == []


def test_axe_finds_nothing_without_scripts(opened):
    few = fleets.mixed(8)
    seen = opened(few, fleets.past_of(few))
    seen.page.evaluate("document.documentElement.classList.remove('scripted')")
    assert faults(seen) == []


def test_headings_are_in_order_and_the_landmarks_are_there(opened, fleet):
    seen = opened(fleet, fleets.past_of(fleet))
    levels = seen.page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => Number(one.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(now - before <= 1 for before, now in pairwise(levels))
    for role in ("main", "banner", "search"):
        assert seen.page.get_by_role(role).count() == 1
    table = seen.page.locator("table.list")
    assert table.get_by_role("columnheader").first.inner_text() == "Outcome"


def test_no_outcome_is_told_by_its_colour_alone(opened, fleet):
    seen = opened(fleet)
    for mark in seen.page.locator(".mark:visible").all()[:60]:
        assert mark.inner_text().strip() in {"PASS", "FAIL", "UNKNOWN"}
    shapes = {
        seen.page.locator(f"#mark-{name}").inner_html() for name in ("pass", "fail", "unknown")
    }
    assert len(shapes) == 3


def test_all_of_it_by_keyboard(opened, fleet):
    seen = opened(fleet)
    keyboard, page = seen.page.keyboard, seen.page
    keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    keyboard.type("i-0")
    assert page.locator("#search").input_value() == "i-0"
    keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "outcome"
    page.locator("body").evaluate("() => document.activeElement.blur()")
    keyboard.press("j")
    keyboard.press("j")
    keyboard.press("k")
    ids = seen.ids()
    assert page.evaluate("document.activeElement.textContent") == ids[0]
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    keyboard.press("Enter")
    assert page.locator("tr.more:visible").count() == 1
    keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('tr.more') !== null")
    keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == ids[1]


def test_single_keys_can_be_switched_off(opened, fleet):
    seen = opened(fleet)
    seen.page.keyboard.press("?")
    dialog = seen.page.get_by_role("dialog")
    assert dialog.is_visible()
    dialog.get_by_label("Single keys are shortcuts").uncheck()
    seen.page.keyboard.press("Escape")
    assert not dialog.is_visible()
    seen.page.keyboard.press("/")
    assert seen.page.evaluate("document.activeElement.id") != "search"


GROUND = "getComputedStyle(document.documentElement).backgroundColor"


def test_it_is_dark_where_the_system_is_and_a_switch_says_otherwise(opened):
    report = fleets.one(fleets.healthy)
    light = opened(report, color_scheme="light").page
    dark = opened(report, color_scheme="dark").page
    assert light.evaluate(GROUND) != dark.evaluate(GROUND)
    dark.get_by_role("button", name="Light").click()
    assert dark.evaluate(GROUND) == light.evaluate(GROUND)
    assert dark.get_by_role("button", name="Light").get_attribute("aria-pressed") == "true"
    dark.reload()
    assert dark.evaluate(GROUND) == light.evaluate(GROUND)


def test_on_paper_every_host_is_there_and_why_it_failed(opened):
    report = fleets.mixed(130)
    seen = opened(report)
    seen.page.emulate_media(media="print")
    assert not seen.page.locator(".filters").is_visible()
    assert seen.page.locator(".why .kind pre").first.is_visible()
    # The rows that were not drawn yet come when printing begins, and go again.
    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert seen.rows().count() == 130
    seen.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert seen.rows().count() == 50


def test_on_paper_the_details_of_what_failed_are_open(opened, fleet):
    seen = opened(fleet)
    seen.page.emulate_media(media="print")
    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    failed = sum(host.outcome is not Outcome.PASS for host in fleet.hosts)
    assert seen.page.locator("tr.more:visible").count() == failed
    assert seen.page.locator("tr.more:visible .plain").first.is_visible()
    assert seen.page.pdf()[:5] == b"%PDF-"


def test_paper_has_a_margin_whoever_prints(opened):
    """A browser without a window, such as one that makes a PDF, gives none by itself."""
    seen = opened(fleets.one(fleets.healthy))
    margins = seen.page.evaluate(
        "[...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])"
        ".filter((rule) => rule instanceof CSSPageRule).map((rule) => rule.style.margin)"
    )
    assert margins == ["12mm"]


def with_past():
    report = fleets.mixed(20)
    return report, fleets.past_of(report, runs=40)


@pytest.mark.parametrize("make", [with_past, lambda: (fleets.hostile(), NO_PAST)])
def test_a_phone_scrolls_downwards_only(opened, make):
    report, past = make()
    seen = opened(report, past, viewport={"width": 360, "height": 740})
    seen.page.locator(".opener").first.click()
    seen.page.evaluate(
        "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
    )
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("count", [12, 60])
def test_without_scripts_the_page_tells_the_verdict_and_each_host(opened, count):
    report = fleets.mixed(count)
    seen = opened(report, NO_PAST, java_script_enabled=False)
    assert seen.page.locator("h1").inner_text().startswith("FAIL")
    assert seen.page.locator("tr.host:visible").count() == count
    failed = next(host for host in report.hosts if host.causes)
    row = seen.page.locator("tr.host", has_text=failed.instance_id).inner_text()
    assert failed.causes[0].title in row
    assert not seen.page.locator(".filters").is_visible()
    assert seen.page.locator("tr.more > td > details").count() == (count if count <= 50 else 0)
