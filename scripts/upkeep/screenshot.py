"""Make a picture of a page of sr-compare: scripts/upkeep/screenshot.py runs/demo/report.html docs/images/page.webp

A third word selects a part of it to be kept alone, as '#plane'; of another page, '.js-plotly-plot' its first figure.
Needs Chromium, and Playwright (scripts/install test).
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

SIZE = {"width": 1280, "height": 1560}


def main() -> None:
    """Open the page that is named, and keep what fits on a tall screen, or a section."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport=SIZE, color_scheme="light")  # pyright: ignore[reportArgumentType]
        page.goto(Path(sys.argv[1]).resolve().as_uri())
        page.wait_for_selector(".js-plotly-plot svg")
        if page.locator("#run-body table").count():
            page.select_option("[name=cost]", "multiply_adds")
        content = page.locator(sys.argv[3]).first.screenshot() if len(sys.argv) == 4 else page.screenshot()
        chromium.close()
    Image.open(io.BytesIO(content)).save(sys.argv[2], quality=85)


if __name__ == "__main__":
    main()
