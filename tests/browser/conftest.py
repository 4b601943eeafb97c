"""The HTML report in a headless Chromium that the machine has; nothing is downloaded for it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestrator.model.history import NO_PAST
from orchestrator.report.forms import form

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


def chromium():
    """The browser on this machine, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@dataclass
class Opened:
    """A page, with what it complained of and what it asked for beside itself."""

    page: object
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def rows(self):
        return self.page.locator("tr.host")

    def matches(self):
        return self.page.locator("#matches").inner_text()

    def ids(self):
        return self.page.locator("tr.host .instance").all_inner_texts()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """One for all tests of a file."""
    found = chromium()
    if found is None:
        pytest.skip("the HTML report is not tried in a browser: no chromium on PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens reports as files. What is no part of the file is blocked, and fails the test."""
    pages: list[tuple[Opened, object]] = []

    def open_(report, past=NO_PAST, **options):
        file = tmp_path / f"report-{len(pages)}.html"
        file.write_text("".join(form("html")(report, past)), encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
        seen = Opened(context.new_page())

        def gate(route):
            if route.request.url == file.as_uri():
                route.continue_()
            else:
                seen.requests.append(route.request.url)
                route.abort()

        context.route("**/*", gate)
        seen.page.on("console", lambda message: seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.goto(file.as_uri())
        pages.append((seen, context))
        return seen

    yield open_
    for seen, context in pages:
        context.close()
        assert seen.requests == []
        assert seen.complaints == []
