"""The package as others get it."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_wheel_from_the_sdist_trains_with_a_users_own_config_and_module(tmp_path, pictures):
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path / "dist", ROOT)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert list((tmp_path / "dist").glob("*.tar.gz"))
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    (Path(site) / "dependencies.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})")

    mine = tmp_path / "mine"
    (mine / "conf" / "loss").mkdir(parents=True)
    (mine / "conf" / "loss" / "huber.yaml").write_text(
        "# @package loss.huber\nweight: 1.0\ncriterion:\n  _target_: my_losses.Huber\n  delta: 0.1\n"
    )
    (mine / "my_losses.py").write_text(
        "from torch import nn\n\nclass Huber(nn.HuberLoss):\n    def __init__(self, *, delta: float) -> None:\n"
        "        super().__init__(delta=delta)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    options = [f"data.train={pictures('train')}", f"data.val={pictures('val', 1)}", "data.patch_size=6", "data=folder"]
    options += ["trainer.max_steps=1", "benchmark=[]", "loss=huber", "output_dir=run", "--config-dir=conf"]
    run(tmp_path / "venv" / "bin" / "sr-train", *options, cwd=mine, env=environment)
    assert (mine / "run" / "weights.safetensors").exists()
    assert json.loads((mine / "run" / "run.json").read_text())["choices"]["model"] == "espcn"
    run(tmp_path / "venv" / "bin" / "sr-upscale", pictures("val", 1) / "val0.png", cwd=mine, env=environment)
    assert (mine / "upscaled" / "val0.png").exists()
    where = run(python, "-c", "import sr_experiments; print(sr_experiments.__file__)", cwd=mine, env=environment)
    assert where.startswith(str(tmp_path))
