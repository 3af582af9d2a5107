"""A network that learns how unsure it is."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from test_evaluate import on
from torch.nn import GaussianNLLLoss

from sr_experiments import record
from sr_experiments.loss.heteroscedastic import Heteroscedastic
from sr_experiments.loss.prediction import Prediction

SPREAD = ["loss=heteroscedastic", "+model/head@model.spread=sub_pixel"]


def test_it_is_torchs_gaussian_likelihood_of_variances():
    target, output, spread = torch.rand(3, 2, 3, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    found = Heteroscedastic()(Prediction(target, target, output, spread.log()))
    assert float(found) == pytest.approx(float(GaussianNLLLoss()(output, target, spread)))


def test_a_network_that_says_nothing_of_its_variance_is_told_how(command, tiny):
    done = command("train", *tiny, "loss=heteroscedastic")
    assert done.code != 0 and "add +model/head@model.spread=sub_pixel" in done.err and "Traceback" not in done.err


@pytest.mark.slow
def test_what_it_learns_is_measured_kept_and_explained(command, tiny, tmp_path):
    """Noise that nothing can predict, as strong in every pixel: the deviation that is learnt is near it."""
    random = np.random.default_rng(0)
    for path in (*(tmp_path / "train").iterdir(), *(tmp_path / "val").iterdir()):
        noise = (128 + random.normal(0, 12, (48, 60, 3))).clip(0, 255).astype(np.uint8)
        Image.fromarray(noise).save(path)
    steps = ["trainer.max_steps=150", "trainer.val_check_interval=150", "optimizer.lr=3e-3", "benchmark=[]"]
    done = command("train", *[each for each in tiny if "benchmark" not in each], *SPREAD, *steps)
    assert done.code == 0, done.err
    options = ["--original", "--at", "8,8", "--window", "16", "--output", "unsure.png"]
    done = command("explain", "run", str(tmp_path / "val" / "val0.png"), *options)
    assert done.code == 0, done.err
    found = json.loads((tmp_path / "unsure.json").read_text())["run"]["calibration"]
    assert found["sharpness"] == pytest.approx(12, rel=0.25)
    assert found["coverage"]["90"] == pytest.approx(0.9, abs=0.06) and "90 and 95 % intervals hold" in done.out
    options = ["samples=8", "metrics=[psnr,spread,interval_90]", "protocol=rgb", *on(tmp_path / "val")]
    done = command("evaluate", "run=run", *options)
    assert done.code == 0, done.err
    measured = {row["metric"]: row["value"] for row in record.read(tmp_path / "run")["scores"]}
    assert measured["spread"] == pytest.approx(12, rel=0.25) and measured["interval_90"] == pytest.approx(0.9, abs=0.06)
