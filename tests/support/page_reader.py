"""The HTML report as whoever runs no scripts reads it."""

import base64
import gzip
import json
from collections import Counter
from html.parser import HTMLParser

from orchestrator.model.enums import Outcome


class _Reader(HTMLParser):
    """Collects the rows of the table of hosts, the counts in the head, and the packed details."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[dict[str, str]] = []
        self.counts: dict[str, str] = {}
        self.packs: list[str] = []
        self.details = 0
        self.verdicts: Counter[Outcome] = Counter()
        self._cell = self._count = self._pack = ""

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        classes = (known.get("class") or "").split()
        if tag == "tr" and "host" in classes:
            self.rows.append({"data": known["data-outcome"]})
        elif tag in {"td", "th"} and self.rows and classes:
            self._cell = classes[0]
        if tag == "tr" and "data-verdict" in known:
            self.verdicts[Outcome(known["data-verdict"])] += 1
        if tag == "div" and classes == ["detail"]:
            self.details += 1
        if tag == "dd" and "data-count" in known:
            self._count = known["data-count"]
        if tag == "script" and "pack" in classes:
            self._pack = "pack"

    def handle_endtag(self, tag):
        if tag in {"td", "th", "tr"}:
            self._cell = ""
        if tag == "dd":
            self._count = ""
        if tag == "script":
            self._pack = ""

    def handle_data(self, data):
        if self._cell and self.rows:
            self.rows[-1][self._cell] = self.rows[-1].get(self._cell, "") + data.strip("\n")
        if self._count:
            self.counts[self._count] = self.counts.get(self._count, "") + data
        if self._pack:
            self.packs.append(data)


def outcomes_in_table(html: str) -> Counter[Outcome]:
    """How many hosts of each outcome the page's table has: by its text, which its data must equal.

    The counts in the page's head must be these too, and each host must have its details.
    """
    reader = read(html)
    seen = Counter(Outcome(row["outcome"].strip()) for row in reader.rows)
    assert seen == Counter(Outcome(row["data"]) for row in reader.rows)
    head = {Outcome(name): int(text.replace(",", "")) for name, text in reader.counts.items()}
    assert head == {outcome: seen[outcome] for outcome in Outcome}
    assert reader.details + len(details_packed(html)) == len(reader.rows)
    return seen


def expectations_in_details(html: str) -> Counter[Outcome]:
    """How many of all hosts' expectations that count have each outcome."""
    return sum((read(text).verdicts for text in details_packed(html)), read(html).verdicts)


def read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def details_packed(html: str) -> list[str]:
    """The details that the page's script would show, in the order of the rows."""
    packs = [gzip.decompress(base64.b64decode(pack)) for pack in read(html).packs]
    return [text for pack in packs for text in json.loads(pack)]
