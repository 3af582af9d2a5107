"""Make a picture of a page of sr-compare: scripts/upkeep/screenshot.py runs/demo/report.html docs/images/page.webp

A third word names a section of it to be kept alone, as plane. Needs Chromium, and Playwright (scripts/install test).
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
        page.wait_for_selector("#run-body table")
        page.select_option("[name=cost]", "multiply_adds")
        content = page.locator(f"#{sys.argv[3]}").screenshot() if len(sys.argv) == 4 else page.screenshot()
        chromium.close()
    Image.open(io.BytesIO(content)).save(sys.argv[2], quality=85)


if __name__ == "__main__":
    main()
