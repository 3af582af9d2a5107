"""Noise as papers on denoising measure it."""

from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image

from sr_experiments import tables
from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.degradation.unclipped_noise import unclipped_noise

pytestmark = pytest.mark.slow


def test_benchmarks_hold_the_numbers_that_papers_add(pictures):
    """As KAIR's main_test_dncnn.py adds them: the same to each image, in the order (H, W, C)."""
    folder = pictures("test", 2)
    noise = partial(unclipped_noise, scale=1, sigma=50)
    benchmark = Benchmark(name="noise", images=str(folder), scale=1, degradation=noise)
    for pair in benchmark.pairs:
        clean = np.asarray(Image.open(folder / f"{pair.name}.png"), dtype=np.float32) / 255
        np.random.seed(seed=0)
        noisy = clean + np.random.normal(0, 50 / 255.0, clean.shape)
        np.testing.assert_allclose(pair.low.permute(1, 2, 0).numpy() / 255, noisy, atol=1e-6)
        assert pair.low.min() < 0 and pair.high.dtype == torch.uint8


def test_it_is_measured_as_papers_do(command, pictures, tmp_path):
    """The input itself: clipped and rounded where it is measured, not before."""
    (path,) = pictures("test", 1).glob("*.png")
    on = ["benchmark=folder", "benchmark.folder.root=test", "degradation@benchmark.folder.degradation=unclipped_noise"]
    done = command("evaluate", "model=bicubic", "scale=1", "protocol=rgb", "protocol.shave=0", *on, "output_dir=run")
    assert done.code == 0, done.err
    clean = np.asarray(Image.open(path), dtype=np.float64)
    noisy = clean + np.random.RandomState(0).normal(0, 25, clean.shape)
    error = np.square(np.rint(noisy.clip(0, 255)) - clean).mean()
    rows = [row for row in tables.read_rows(tmp_path / "run" / "scores.csv") if row["metric"] == "psnr"]
    assert [float(row["value"]) for row in rows] == [pytest.approx(10 * np.log10(255**2 / error), abs=1e-3)]


def test_it_is_refused_at_other_scales_and_in_training(command, tiny):
    with pytest.raises(ValueError, match="scale=1, not 2"):
        unclipped_noise(torch.zeros(3, 4, 4, dtype=torch.uint8), scale=2, sigma=25)
    done = command("train", *tiny, "degradation=unclipped_noise")
    assert done.code == 1 and "degradation unclipped_noise is for benchmarks: train with another" in done.err
