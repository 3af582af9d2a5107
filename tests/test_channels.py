"""Images of other channels than photographs have, through a user's own reader and configs, from end to end."""

import json

import numpy as np
import pytest
import torch
from conftest import picture
from PIL import Image

from sr_experiments.data.decoded.store import high_images
from sr_experiments.data.sources.files import image_files
from sr_experiments.resize import resize
from sr_experiments.tables import read_rows

pytestmark = pytest.mark.slow

BANDS = """
import numpy
import torch


class Bands:
    '''Four bands of a satellite, 12 bits each, in one array (H, W, 4).'''

    suffixes = (".npy",)

    def __init__(self, peak):
        self.peak = peak

    def __call__(self, path):
        return torch.from_numpy(numpy.load(path) / self.peak).permute(2, 0, 1)
"""
DATA = """
_target_: sr_experiments.data.training.TrainingData
train: scenes
val: chosen
on_bad: skip
reader: {_target_: bands.Bands, peak: 4095}
"""
BENCHMARK = """
# @package benchmark.scenes
_target_: sr_experiments.data.benchmarks.folder
name: scenes
root: measured
scale: ${scale}
degradation: {_target_: sr_experiments.degradation.bicubic.bicubic, _partial_: true, scale: "${scale}"}
reader: {_target_: bands.Bands, peak: 4095}
"""


def scene(seed, size=(48, 60)):
    """12 bits, uint16 `(H, W, 4)`."""
    return np.dstack([picture(*size, seed=seed), picture(*size, seed=seed + 50)[..., :1]]).astype(np.uint16) * 16


@pytest.fixture
def scenes(tmp_path, monkeypatch):
    """Options of a tiny training on them."""
    for number, folder in enumerate(["scenes", "scenes", "chosen", "measured"]):
        (tmp_path / folder).mkdir(exist_ok=True)
        np.save(tmp_path / folder / f"{number}.npy", scene(number))
    np.save(tmp_path / "scenes" / "three.npy", scene(7)[..., :3])
    (tmp_path / "scenes" / "photo.png").write_bytes(b"no band of ours")
    for group, text in (("data", DATA), ("benchmark", BENCHMARK)):
        (tmp_path / "own" / group).mkdir(parents=True)
        (tmp_path / "own" / group / "scenes.yaml").write_text(text.lstrip())
    (tmp_path / "bands.py").write_text(BANDS)
    monkeypatch.syspath_prepend(tmp_path)
    return [
        *("--config-dir", "own", "data=scenes", "benchmark=scenes", "protocol=channels", "color=4", "scale=2"),
        *("data.batch_size=4", "data.patch_size=6", "trainer.max_steps=4", "trainer.val_check_interval=2"),
        *("model.encoder.features=8", "model.normalization=none", "output_dir=run"),
    ]


def psnr(run, variant="plain"):
    rows = read_rows(run / "scores.csv")
    return float(next(row for row in rows if row["metric"] == "psnr" and row["variant"] == variant)["value"])


def test_four_channels_are_learnt_measured_and_compared(command, scenes, tmp_path):
    noisy = ["degradation=poisson_noise", "augmentation=[flips,rgb,blend,cutmix]"]
    done = command("train", *scenes, *noisy)
    assert done.code == 0, done.err
    assert "three.npy: expected 4 channels, as the first image has, got 3" in done.out
    assert "2 training and 1 validation images" in done.out or "scenes/mean" in done.out
    measured = command("evaluate", "--config-dir", "own", "run=run", "benchmark=scenes", "protocol=channels", "tile=16")
    assert measured.code == 0, measured.err
    assert psnr(tmp_path / "run", "tiled") == pytest.approx(psnr(tmp_path / "run"), abs=1e-4)
    baseline = ["evaluate", "--config-dir", "own", "benchmark=scenes", "protocol=channels", "color=4", "scale=2"]
    assert command(*baseline, "model=bicubic", "output_dir=bicubic").code == 0
    compared = command("compare", "run", "bicubic", "--csv")
    assert compared.code == 0 and compared.out.count("\nscenes,2,bicubic,channels,") == 3, compared.out + compared.err
    crop = np.asarray(Image.open(tmp_path / "run" / "images" / "scenes" / "3" / "target.png"))
    assert np.abs(crop.astype(float) - scene(3)[..., :3] / 4095 * 255).max() <= 0.5
    assert json.loads((tmp_path / "run" / "run.json").read_text())["config"]["color"] == 4


def test_a_killed_run_goes_on_to_the_same_bits(command, killed, scenes, tmp_path):
    killed(*scenes, after=3)
    assert not (tmp_path / "run" / "weights.safetensors").exists()
    for place in ("run", "whole"):
        done = command("train", *scenes[:-1], f"output_dir={place}")
        assert done.code == 0, done.err
    runs = [(tmp_path / place / "weights.safetensors").read_bytes() for place in ("run", "whole")]
    assert runs[0] == runs[1]


def test_all_channels_are_measured_in_16_bits(command, scenes, tmp_path):
    own = ["--config-dir", "own", "benchmark=scenes", "protocol=channels", "color=4", "scale=2"]
    assert command("evaluate", *own, "model=bicubic", "output_dir=bicubic").code == 0
    high = torch.from_numpy(np.round(scene(3) / 4095 * 65535) / 65535).permute(2, 0, 1)
    low = (resize(high.float() * 255, (24, 30)) * 257).round() / 257
    output = (resize(low / 255, (48, 60)).clamp(0, 1) * 65535).round() / 65535
    difference = (output.double() - high)[:, 2:-2, 2:-2]
    assert psnr(tmp_path / "bicubic") == pytest.approx(float(-10 * difference.square().mean().log10()), abs=1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["color=rgb"], "images of 4 channel(s) want color=4, not color=rgb"),
        (["color=3"], "images of 4 channel(s) want color=4, not color=3"),
        (["color=0"], "color is one of rgb, y, or a number of channels, not 0"),
        (["protocol=standard"], "protocol standard is for photographs, the images have 4 channels"),
        (["model.normalization=mean_shift"], "mean_shift knows the mean of RGB and of Y"),
        (["degradation=jpeg"], "jpeg compresses RGB and grey, not images of 4 channels"),
        (["data.reader.peak=100"], "expected its reader to give uint8, uint16, or floats of 0 to 1"),
        (["data.reader.peak=[]"], "its reader failed"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(command, scenes, tmp_path, options, message):
    done = command("train", *[scene for scene in scenes if scene.split("=")[0] != options[0].split("=")[0]], *options)
    assert done.code == 1 and message in done.err + done.out, done.err
    assert "Traceback" not in done.err and not (tmp_path / "run").exists()


def test_another_reader_s_code_reads_anew(tmp_path):
    np.save(tmp_path / "a.npy", scene(1))

    class Half:
        def __init__(self, peak):
            self.peak = peak

        def __call__(self, path):
            return torch.from_numpy(np.load(path) / self.peak).permute(2, 0, 1)

    bright, dark = (high_images(image_files([tmp_path / "a.npy"], Half(peak)))[0] for peak in (4095, 8190))
    assert bright.shape == (4, 48, 60) and torch.allclose(bright, 2 * dark, atol=0.01)
