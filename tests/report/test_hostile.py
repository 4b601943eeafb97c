"""What hosts, people and AWS write is told in every form, and never obeyed by any reader."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import counting
import pytest
from markdown_it import MarkdownIt

from orchestrator.model.history import NO_PAST
from orchestrator.report import forms
from support import reports

TEXTS = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;&#60;b&#62;</details>",
    "end of cdata": "a ]]> b <![CDATA[ c ]]> -->",
    "ansi": "\x1b[2J\x1b]0;owned\x07\x1b[31mPASS\x1b[0m",
    "what xml forbids": "nul \x00 bell \x07 escape \x1b delete \x7f c1 \x9b end \ufffe\uffff",
    "lone surrogates": "high \ud800 low \udfff",
    "right to left": "\u202egnp.exe\u202c \u2066hidden\u2069 \u200bzero",
    "bars and ticks": "a|b `code` ``two`` |---| \\| \\\\| `",
    "only ticks": "``````",
    "fence": "~~~\n```\n# Head\n```",
    "markdown": "# Head **bold** _it_ [x](http://evil.example) ![i](http://e.example/i.png) ~~s~~",
    "links": "https://evil.example www.evil.example me@evil.example @octocat #1 <http://e.example>",
    "lines": "one\ntwo\r\n\n- list\n1. list\n| a | b |\n|---|---|\n\n    code\n\n---",
    "formula": "=cmd|' /C calc'!A0",
    "formula, quoted": '=HYPERLINK("http://evil.example","x")',
    "formula, wide": "\uff1d1\uff0b1",
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(1+1)",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "quotes": 'a "b" \'c\', d; "',
    "blanks": "   ",
    "long": "x" * 40_000,
    "long and wide": "\u5c71" * 15_000,
    "long lines": "words and words " * 2_500,
    "math": "$$\\frac{1}{0}$$ $x$",
    "wide": "\u5c71\u7530\u30b5\u30fc\u30d0\u30fc \U0001f469\u200d\U0001f4bb e\u0301",
}
EVERY = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


def written(name, text):
    return "".join(forms.form(name)(reports.hostile(text), NO_PAST))


@EVERY
@pytest.mark.parametrize("name", forms.names())
def test_it_is_plain_text_in_every_form_and_counts_as_before(name, text):
    told = written(name, text)
    told.encode()
    breaks = {"\n", "\r"} if name == "csv" else {"\n"}
    assert {c for c in told if not c.isprintable()} <= breaks
    counts = getattr(counting, name)(told)
    assert counts.hosts == {"FAIL": 1, "UNKNOWN": 1, "PASS": 1}


@EVERY
def test_xml_has_the_same_elements_and_says_it(text):
    def shape(told):
        return [(e.tag, sorted(e.attrib)) for e in ElementTree.fromstring(told).iter()]

    told = written("junit", text)
    assert shape(told) == shape(written("junit", "nothing special"))


@EVERY
def test_no_cell_is_a_formula(text):
    rows = list(csv.reader(io.StringIO(written("csv", text), newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = [cell for row in rows for cell in row]
    formula = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    assert not [cell for cell in cells if cell.startswith(formula)]
    assert len(rows) == 4


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_endtag(self, tag):
        self.tags.append((f"/{tag}", []))


def markup(told):
    """What is markup in it: each mark, and each tag with its attributes."""
    found = []
    for token in MarkdownIt("gfm-like").parse(told):
        parser = Tags()
        if token.type == "html_block":
            parser.feed(token.content)
        inside = [child.type for child in token.children or () if child.type != "text"]
        found.append((token.type, token.tag, inside, parser.tags))
    return found


@EVERY
def test_markdown_has_the_same_markup(text):
    told = markup(written("markdown", text))
    assert told == markup(written("markdown", "nothing special"))
    kinds = {kind for _, _, inside, _ in told for kind in inside}
    assert kinds == {"code_inline", "strong_open", "strong_close"}
    tags = {tag for _, _, _, tags in told for tag, _ in tags}
    assert tags == {"details", "summary", "code", "/code", "/summary", "/details"}


class Running(HTMLParser):
    """The text that stands in no code."""

    def __init__(self):
        super().__init__()
        self.text, self._inside = "", 0

    def handle_starttag(self, tag, attrs):
        self._inside += tag == "code"

    def handle_endtag(self, tag):
        self._inside -= tag == "code"

    def handle_data(self, data):
        self.text += "" if self._inside else data


@EVERY
def test_markdown_has_what_others_wrote_in_code_alone(text):
    """GitHub links @names, #1 and the like in all other text, also behind a backslash."""

    def running(told):
        parser = Running()
        parser.feed(MarkdownIt("gfm-like", {"linkify": False}).render(told))
        return parser.text

    assert running(written("markdown", text)) == running(written("markdown", "nothing special"))


@EVERY
def test_no_message_of_sarif_is_a_link(text):
    (run,) = json.loads(written("sarif", text))["runs"]
    messages = [result["message"]["text"] for result in run["results"]]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    for message in (*messages, *(note["message"]["text"] for note in notes)):
        assert not re.search(r"\[[^\]]*\]\([^)]+\)", message)


@EVERY
@pytest.mark.parametrize("name", ["asff", "json", "ocsf", "sarif"])
def test_json_stays_json(name, text):
    told = written(name, text)
    for line in told.splitlines() if name in {"asff", "ocsf"} else [told]:
        json.loads(line)
