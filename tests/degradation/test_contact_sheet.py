"""The contact sheet of docs/degradations.md is what its command makes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_sheet_in_the_docs_shows_every_degradation(tmp_path):
    command = [sys.executable, str(ROOT / "scripts" / "upkeep" / "contact_sheet.py"), "sheet.webp"]
    subprocess.run(command, check=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    made, shown = (
        np.asarray(Image.open(path).convert("RGB")).astype(float)
        for path in (tmp_path / "sheet.webp", ROOT / "docs" / "images" / "degradations.webp")
    )
    assert abs(made - shown).mean() < 1


def test_the_table_has_every_degradation():
    names = {path.stem for path in (ROOT / "conf" / "degradation").glob("*.yaml")}
    rows = (ROOT / "docs" / "degradations.md").read_text(encoding="utf-8").splitlines()
    assert {row.split("`")[1] for row in rows if row.startswith("| `")} == names
