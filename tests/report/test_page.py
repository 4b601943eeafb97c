"""The HTML report, as text. What it does in a browser is asked in tests/browser."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from orchestrator.model.enums import Outcome
from orchestrator.model.history import NO_PAST
from orchestrator.report.forms import form
from orchestrator.report.page.environment import lines, visible
from support import fleets
from support.page_reader import details_packed, outcomes_in_table, read


def page(report, past=NO_PAST):
    return "".join(form("html")(report, past))


@pytest.mark.parametrize("count", [1, 7, 40, 260])
def test_its_numbers_are_the_reports(count):
    report = fleets.mixed(count, places=min(count, 3))
    assert outcomes_in_table(page(report)) == report.tally


def test_the_verdict_comes_first_and_in_the_title():
    html = page(fleets.mixed(40))
    assert "<title>FAIL: switch-role on 40 hosts</title>" in html
    body = html[html.index("<main>") :]
    assert body.index("FAIL") < body.index("6 of 40 hosts are not as the runbook expects")


def test_each_host_has_its_first_cause_in_the_table():
    report = fleets.mixed(40)
    rows = {row["who"].split()[0]: row["cause"] for row in read(page(report)).rows}
    for host in report.hosts:
        if host.causes:
            assert host.causes[0].title in rows[host.instance_id]
            assert host.causes[0].id in rows[host.instance_id]


def test_the_policy_names_the_scripts_and_the_style_that_are_there_and_nothing_else():
    html = page(fleets.one(fleets.refused))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none';")
    assert set(re.findall(r"'(sha256-[^']*)'", policy)) == {
        f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
        for tag in ("script", "style")
        for text in re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    }
    assert "unsafe" not in policy
    assert not re.search(
        r"\sstyle=|\son\w+=", re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.S)
    )


def test_it_asks_no_address():
    html = page(fleets.mixed(40))
    assert not re.findall(r"(?:src|href|action|data)=[\"'](?!#|data:image/svg)[^\"']*", html)
    assert not re.findall(r"url\((?!#)|@import", html)


def test_what_hosts_say_is_nowhere_markup():
    html = page(fleets.hostile())
    assert html.count("<script") == 2
    assert not re.findall(r"<(?:img|svg onload|!--)", html)
    assert html.count("window.owned=1") > 5
    html.encode()


def test_what_cannot_be_seen_is_shown():
    html = page(fleets.hostile())
    assert not {c for c in html if not c.isprintable()} - {"\n"}
    for shown in (r"\x1b[2J\x00\u202egnirts", r"\u2028window.owned=7\u2029", r"\ud800lone"):
        assert shown in html
    assert f"<bdi>{fleets.JAPANESE}</bdi>" in html
    assert f"<bdi>{fleets.HEBREW}</bdi>" in html


def test_what_is_unseen_is_shown_and_what_people_write_stays():
    assert (
        visible("\u5c71\u7530\u3000caf\xe9 \u05e9\u05e8\u05ea")
        == "\u5c71\u7530\u3000caf\xe9 \u05e9\u05e8\u05ea"
    )
    assert visible("a\u200db\u202e\x85\ufeff") == r"a\u200db\u202e\x85\ufeff"
    assert lines("<a>\n\tb\r") == "&lt;a&gt;\n\\tb\\r"


def test_many_hosts_have_their_details_packed_and_in_the_order_of_the_rows():
    report = fleets.mixed(130)
    html = page(report)
    details = details_packed(html)
    assert len(details) == 130
    for host, text in zip(report.hosts, details, strict=True):
        assert (host.command_id or "none was sent") in text
        assert all(cause.title in text.replace("&#39;", "'") for cause in host.causes)
    again = page(report)
    assert html == again


def test_hostile_details_are_escaped_before_they_are_packed():
    whole = fleets.hostile()
    many = replace(whole, hosts=whole.hosts * 5, tally={Outcome.FAIL: len(whole.hosts) * 5})
    for text in details_packed(page(many)):
        assert not re.findall(r"<(?:img|script|svg onload|!--)", text)


def test_what_is_left_is_said_at_the_top_with_the_way_to_remove_it():
    report = fleets.one(fleets.leaving)
    html = page(report)
    assert html.index('<h2 id="left">Left on hosts</h2>') < html.index('id="hosts"')
    assert "remove the folder by hand" in html


def test_a_page_comes_in_pieces():
    report = fleets.mixed(260)
    pieces = [*form("html")(report, NO_PAST)]
    assert len(pieces) > 20
    assert max(map(len, pieces)) < len("".join(pieces)) / 3


def test_how_it_was_asked_stands_there():
    report = fleets.one(fleets.healthy)
    html = page(report)
    plan = report.plan
    for said in (plan.procedure_sha256, plan.script.sha256, "powershell, ephemeral", report.run_id):
        assert said in html
    assert "In the sandbox" not in html
    host = report.hosts[0]
    stand_in = replace(host, evidence=replace(host.evidence, engine="stand-in"))
    assert "In the sandbox" in page(replace(report, hosts=(stand_in,)))


def test_an_interrupted_run_does_not_say_that_its_commands_were_cancelled():
    """That may have failed; where it did, a note says so."""
    html = page(replace(fleets.one(fleets.offline), interrupted=True))
    assert "Interrupted." in html
    assert "were cancelled" not in html


def test_no_host_at_all_is_a_page_too():
    report = replace(fleets.one(fleets.healthy), hosts=(), tally={})
    html = page(report)
    assert "There was no host, so nothing is known." in html
    assert "PASS " not in html
    assert html.endswith("</html>\n")
