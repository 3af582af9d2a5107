"""The code that a record names: what a run imports of this package and of a user's own modules."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sr_experiments
from sr_experiments.environment import code_key

ALTERED = """
import json, sys
from pathlib import Path
from sr_experiments.environment import code_key

config, before, others = json.loads(sys.argv[1]), "", {}
for name in ["resize.py", *sys.argv[2:]]:
    with Path("sr_experiments", name).open("a") as file:
        file.write("# another")
    after = code_key(config)
    before, others[name] = after, after != before
print(json.dumps(others))
"""
USED = (
    "model/block/icnr.py",
    "resize.py",
    "color.py",
    "data/decoded/images.py",
    "experiment.py",
    "callbacks/stopwatch.py",
    "metrics/protocol.py",
    "__init__.py",
)
UNUSED = ("callbacks/progress.py", "logger/wandb.py", "model/block/stages.py", "sweep/search.py", "compare.py")


@pytest.mark.slow
def test_code_is_what_a_run_uses_of_this_package(compose, tmp_path, monkeypatch):
    """The bug: blocks, the resize, colors, the data and the experiment were left out; the progress bar was not."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    shutil.copytree(Path(sr_experiments.__file__).parent, tmp_path / "sr_experiments")
    command = [sys.executable, "-c", ALTERED, json.dumps(compose("model=espcn", "logger=wandb")), *USED, *UNUSED]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout) == {**dict.fromkeys(USED, True), **dict.fromkeys(UNUSED, False)}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A user's package whose network imports other modules in every way that there is."""
    files = {
        "__init__.py": "",
        "net.py": "import torch\nfrom . import parts\nfrom .deep.layer import Layer\n\nclass Net: pass\n"
        "def late():\n    import own.late\nif TYPE_CHECKING:\n    import own.types\n",
        "parts.py": "from own.circle import *\n",
        "circle.py": "from own import parts, nothing_there\n",
        "deep/layer.py": "class Layer: pass\n",
        "late.py": "no python",
        "types.py": "",
        "other.py": "",
    }
    for name, text in files.items():
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "own"


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        *((name, True) for name in ("__init__", "net", "parts", "circle", "deep/layer", "late")),
        *((name, False) for name in ("types", "other")),
    ],
)
def test_code_is_what_a_run_uses_of_ones_own(name, counts, own):
    """By its text alone: nothing of it runs."""
    config = {"model": {"_target_": "own.net.Net"}, "loss": {"_target_": "torch.nn.L1Loss"}}
    before = code_key(config)
    with (own / f"{name}.py").open("a") as file:
        file.write("# another")
    assert (code_key(config) != before) == counts
    assert "own" not in sys.modules and code_key({}) != before
    assert code_key({"model": {"_target_": f"own./{own}/other"}}) == code_key({"model": {"_target_": "own"}})
