"""The golden table, measured again by the script that users run."""

import json
import os
import shutil
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
def test_every_known_set(shared):
    done = reproduce(shared / "data")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "24 of 24 figures as they must be" in done.stdout


@pytest.mark.slow
def test_the_bundled_photos_score_what_they_must_and_an_altered_set_is_noticed(pictures, tmp_path):
    pictures("Set5", 5)
    done = reproduce(tmp_path)
    assert done.returncode == 1
    assert "6 of 12 figures as they must be" in done.stdout and done.stdout.count("MISSED") == 6


def test_a_wrong_name_shows_what_there_is(tmp_path):
    done = reproduce(tmp_path, script="nosuch")
    assert done.returncode == 2
    assert "baselines: What bicubic interpolation scores" in done.stderr


@pytest.mark.slow
def test_a_recipe_is_trained_again_and_compared_with_its_record(tmp_path):
    for name in ("scripts", "conf", "sr_experiments"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "conf" / "experiment" / "tiny.yaml").write_text(
        "# @package _global_\n# sr-train experiment=tiny\nname: tiny\nmodel: {width: 4}\ntrainer: {max_steps: 20}\n"
    )
    settings = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    train = ["sr-train", "experiment=tiny", "seed=3", "output_dir=first"]
    subprocess.run(train, cwd=tmp_path, env={**settings, "OMP_NUM_THREADS": "1"}, check=True)
    kept = ["python", "scripts/upkeep/keep.py", "docs/results/tiny", "first"]
    subprocess.run(kept, cwd=tmp_path, env=settings, check=True)

    def again(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [tmp_path / "scripts" / "reproduce", *arguments]
        return subprocess.run(command, env=settings, capture_output=True, text=True)

    assert "tiny: sr-train experiment=tiny" in again("nosuch").stderr
    assert "tiny has no record of seed 4; it has [3]" in again("tiny", "--seed", "4").stderr
    done = again("tiny")
    assert done.returncode == 0 and "the same digits" in done.stdout, done.stdout + done.stderr
    path = tmp_path / "docs" / "results" / "tiny" / "first" / "run.json"
    facts = json.loads(path.read_text())
    facts["scores"][0]["value"] -= 0.07
    path.write_text(json.dumps(facts))
    done = again("tiny")
    assert done.returncode == 1 and "+0.0700  MISSED" in done.stdout, done.stdout + done.stderr
