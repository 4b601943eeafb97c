"""Pictures of the HTML report for the README: `make screenshots`. Needs a Chromium on PATH.

The report is of a run over fake hosts with a made-up past, always the same one.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from orchestrator.report.forms import form
from support import fleets

HOST = """() => {
    document.querySelectorAll(".opener")[1].click();
    document.querySelectorAll("tr.more details.inner").forEach((one) => { one.open = false; });
    document.getElementById("hosts").scrollIntoView({ behavior: "instant" });
}"""
PICTURES = {
    "report-desktop.png": ({"width": 1280, "height": 1040}, "light", 1, HOST),
    "report-phone-dark.png": ({"width": 360, "height": 780}, "dark", 2, ""),
}
COLOURS = 160


def main(folder: Path) -> None:
    """Take them all into that folder."""
    fleet = fleets.mixed(40)
    html = "".join(form("html")(fleet, fleets.past_of(fleet)))
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        file = Path(home) / "report.html"
        file.write_text(html, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, (size, scheme, scale, act) in PICTURES.items():
            page = browser.new_page(viewport=size, color_scheme=scheme, device_scale_factor=scale)
            page.goto(file.as_uri())
            if act:
                page.evaluate(act)
            (folder / name).write_bytes(small(page.screenshot()))
        browser.close()


def small(png: bytes) -> bytes:
    """The picture with few colours, which is all it has."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    written = io.BytesIO()
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
