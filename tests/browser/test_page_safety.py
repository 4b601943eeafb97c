"""What hosts say runs nowhere on the HTML report, and copying takes what is seen."""

import pytest

from support import fleets


def open_all(seen):
    for button in seen.page.locator(".opener").all():
        button.click()


@pytest.mark.parametrize("scripts", [True, False])
def test_what_hosts_say_does_not_run(opened, scripts):
    seen = opened(fleets.hostile(), java_script_enabled=scripts)
    if scripts:
        open_all(seen)
        seen.page.mouse.move(300, 300)
        seen.page.wait_for_timeout(50)
        assert seen.page.evaluate("window.owned") is None
        assert seen.page.evaluate("document.scripts.length") == 2
    assert seen.page.locator("main img, main iframe, main [onerror], main [onload]").count() == 0


def test_even_markup_that_came_in_would_not_run(opened):
    seen = opened(fleets.one(fleets.healthy))
    seen.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.owned = 1";
            document.body.append(script);
            const box = document.createElement("div");
            box.innerHTML = "<img src='x:' onerror='window.owned = 2'><p style='color:red'>x";
            document.body.append(box);
        }"""
    )
    seen.page.wait_for_timeout(50)
    assert seen.page.evaluate("window.owned") is None
    refused = [text for text in seen.complaints if "Content Security Policy" in text]
    assert len(refused) >= 3
    seen.complaints.clear()
    seen.requests.clear()


def test_copying_takes_the_mend_as_it_is_seen(opened):
    report = fleets.one(fleets.refused)
    seen = opened(report, permissions=["clipboard-read", "clipboard-write"])
    seen.page.get_by_role("button", name="Copy the mend for assume-role-refused").click()
    seen.page.locator("#said", has_text="Copied").wait_for(state="attached")
    assert seen.page.evaluate("navigator.clipboard.readText()") == report.hosts[0].causes[0].mend


def test_copying_works_where_the_page_may_not_have_the_clipboard(opened):
    seen = opened(fleets.one(fleets.refused), permissions=["clipboard-read"])
    seen.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
    )
    seen.page.locator(".copy").first.click()
    selected = seen.page.evaluate("getSelection().toString()")
    assert "sts:AssumeRole" in selected
    assert seen.page.locator("#said").inner_text() in {"Copied", "It is selected: copy it by hand"}


def test_nothing_unseen_is_copied(opened):
    seen = opened(fleets.hostile(), permissions=["clipboard-read", "clipboard-write"])
    for button in seen.page.locator("main > .left .copy").all():
        button.click()
        copied = seen.page.evaluate("navigator.clipboard.readText()")
        assert copied.isprintable()


def test_text_of_another_direction_stays_in_its_place(opened):
    seen = opened(fleets.hostile())
    name = seen.page.locator("tr.host .name bdi", has_text=fleets.HEBREW)
    assert name.evaluate("element => getComputedStyle(element).unicodeBidi") == "isolate"
    assert seen.page.get_by_text(fleets.JAPANESE).first.is_visible()
