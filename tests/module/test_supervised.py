"""Learning and measuring, as a module's hooks do them: what selects, in which precision, from whose generators."""

import json
from typing import Any, NoReturn

import pytest
from PIL import Image

from sr_experiments.tables import read_rows

pytestmark = pytest.mark.slow

NETWORK = """
import random

import numpy as np
import torch
from torch import nn


class Enlarging(nn.Module):
    # Repeats pixels, times a weight that is learnt: black stays black.

    def __init__(self, *, scale, noise):
        super().__init__()
        self.scale, self.noise = scale, noise
        self.gain = nn.Parameter(torch.tensor(0.5))

    def forward(self, low):
        drawn = torch.rand(()) + float(np.random.rand()) + random.random()
        high = low.repeat_interleave(self.scale, -1).repeat_interleave(self.scale, -2)
        return self.gain * high + self.noise * drawn
"""


@pytest.fixture
def own(tiny, tmp_path) -> list[str]:
    """Overrides for a network that draws `model.noise` times a random number, in training and after."""
    (tmp_path / "somebody.py").write_text(NETWORK)
    network = "model={_target_: somebody.Enlarging, scale: '${scale}', noise: 0.05}"
    options = [option for option in tiny if not option.startswith(("model.", "output_dir="))]
    return [*options, "~model", f"+{network}", "optimizer.lr=0.01", "scheduler=constant"]


SMALL_MEMORY = """
from torch import nn

from sr_experiments.model.interpolation import Interpolation


class OfSmallMemory(nn.Module):
    # Takes images of up to `most` pixels; every pixel of the result depends on 7x7 of them.

    def __init__(self, *, scale, most):
        super().__init__()
        self.most = most
        self.first, self.last = nn.Conv2d(3, 4, 5, padding=2), nn.Conv2d(4, 3, 3, padding=1)
        self.enlarge = Interpolation(scale=scale, kernel="nearest")

    def forward(self, low):
        if not low.is_meta and low[0, 0].numel() > self.most:
            raise RuntimeError("out of memory")
        return self.enlarge(self.last(self.first(low).relu()))
"""


def read(path) -> dict[str, Any]:
    """A record, if it is JSON by the standard's letter."""

    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no JSON")

    return json.loads(path.read_text(), parse_constant=refuse)


def test_a_black_image_chooses_nothing_and_ends_nothing(command, own, tmp_path):
    """The bug: its infinite PSNR kept the first weights for good, ended the training and stood in run.json."""
    Image.new("RGB", (48, 48)).save(tmp_path / "val" / "black.png")
    Image.new("RGB", (48, 48)).save(tmp_path / "test" / "black.png")
    stopping = ["callbacks=[default,early_stopping]", "callbacks.early_stopping.patience=1"]
    done = command("train", *own, *stopping, "model.noise=0", "trainer.max_steps=8", "output_dir=run")
    assert done.code == 0, done.err
    facts = read(tmp_path / "run" / "run.json")
    assert facts["steps"] == facts["validation"]["step"] == 8 and 20 < facts["validation"]["psnr"] < 60
    assert "warning: validation image black: psnr of inf dB, as good as perfect, counts as 60" in done.err
    scores = read_rows(tmp_path / "run" / "scores.csv")
    assert next(row["value"] for row in scores if row["image"] == "black") == "60.0"


def test_validation_moves_nothing_that_training_draws(command, own, tmp_path):
    """The bug: weights differed by val_check_interval where a network draws."""
    for interval in (1, 2, 4):
        done = command("train", *own, f"trainer.val_check_interval={interval}", f"output_dir=every{interval}")
        assert done.code == 0, done.err
    curves = [read_rows(tmp_path / f"every{interval}" / "metrics.csv") for interval in (1, 2, 4)]
    losses = [[row["value"] for row in rows if row["name"] == "train/loss"] for rows in curves]
    assert losses[0] == losses[1] == losses[2] and len(set(losses[0])) == 4


def measured_again(command, folder) -> list[dict[str, str]]:
    """The rows that sr-evaluate gives `run` on the benchmark of `tiny`."""
    degradation = "{_target_: sr_experiments.degradation.bicubic.bicubic, _partial_: true, scale: 3}"
    settings = f"name: small, images: test, scale: 3, degradation: {degradation}"
    benchmark = f"+benchmark.small={{_target_: sr_experiments.data.benchmarks.Benchmark, {settings}}}"
    done = command("evaluate", "run=run", "trust=true", "benchmark=[]", benchmark, f"output_dir={folder}")
    assert done.code == 0, done.err
    return read_rows(folder / "scores.csv")


def test_a_network_that_draws_scores_the_same_whenever_it_is_measured(command, own, tmp_path):
    assert command("train", *own, "output_dir=run").code == 0
    first = read_rows(tmp_path / "run" / "scores.csv")
    assert len({row["value"] for row in first}) == len(first)
    for again in ("once", "twice"):
        assert measured_again(command, tmp_path / again) == first


def test_a_plain_row_is_measured_in_float32_whatever_the_training_s_precision(command, tiny, tmp_path):
    """The bug: under bf16-mixed a released IMDN ×2 scored 43.21 dB on Set5's bird, 43.29 in float32."""
    done = command("train", *tiny, "trainer.precision=bf16-mixed")
    assert done.code == 0, done.err
    assert read_rows(tmp_path / "run" / "scores.csv") == measured_again(command, tmp_path / "again")


def test_large_images_validate_in_tiles_as_they_do_whole(command, tiny, pictures, tmp_path):
    """A network for which they are too large otherwise; only validation is tiled, and measuring stays plain."""
    (tmp_path / "somebodys_network.py").write_text(SMALL_MEMORY)
    options = [option for option in tiny if not option.startswith(("model.", "output_dir=", "data.val="))]
    network = "+model={_target_: somebodys_network.OfSmallMemory, scale: '${scale}', most: 3000}"
    options += ["~model", network, f"data.val={pictures('large', 1, size=(170, 230))}"]
    for folder, *others in (["whole", "model.most=1e6"], ["tiled", "tile=16"], ["failed"]):
        done = command("train", *options, f"output_dir={folder}", *others)
        assert (done.code, "large0 of 76×56 low-resolution pixels: tile=128" in done.err) == (
            int(folder == "failed"),
            folder == "failed",
        )
    values = {
        folder: [float(row["value"]) for row in read_rows(tmp_path / folder / "metrics.csv") if "val" in row["name"]]
        for folder in ("whole", "tiled")
    }
    assert len(values["whole"]) == 2 and values["tiled"] == pytest.approx(values["whole"], abs=1e-4)
    scores = [read_rows(tmp_path / folder / "scores.csv") for folder in ("whole", "tiled")]
    assert scores[0] == scores[1] and {row["variant"] for row in scores[0]} == {"plain"}
