"""The golden table, measured again by the script that users run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def reproduce(root: Path, *, script: str = "baselines") -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    settings = {**os.environ, "SR_DATA_ROOT": str(root), "OMP_NUM_THREADS": "1", "PATH": path}
    return subprocess.run([ROOT / "scripts" / "reproduce", script], env=settings, capture_output=True, text=True)


@pytest.mark.slow
def test_the_bundled_photos_everywhere(tmp_path):
    done = reproduce(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 of 6 figures as they must be" in done.stdout


@pytest.mark.slow
def test_every_known_set(shared):
    done = reproduce(shared / "data")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "24 of 24 figures as they must be" in done.stdout


@pytest.mark.slow
def test_an_altered_set_is_noticed(tmp_path, shared):
    from PIL import Image

    (tmp_path / "Set5").mkdir()
    for path in (shared / "data" / "Set5").iterdir():
        Image.open(path).save(tmp_path / "Set5" / f"{path.stem}.jpg", quality=95)
    done = reproduce(tmp_path)
    assert done.returncode == 1
    assert "6 of 12 figures as they must be" in done.stdout and "MISSED" in done.stdout


def test_a_wrong_name_shows_what_there_is(tmp_path):
    done = reproduce(tmp_path, script="nosuch")
    assert done.returncode == 2
    assert "baselines: What bicubic interpolation scores" in done.stderr
