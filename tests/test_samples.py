"""Networks that draw: samples of each image, measured, kept and compared; metrics of a whole set."""

from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import picture
from made_up_runs import write_run
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from sr_experiments import load
from sr_experiments.config import build
from sr_experiments.data.pairs import Pair
from sr_experiments.inference.enlarge import Enlarger
from sr_experiments.inference.network import Network
from sr_experiments.inference.run import load_run
from sr_experiments.inference.samples import noise
from sr_experiments.inference.upscaler import Upscaler
from sr_experiments.record import read_json
from sr_experiments.tables import SET, read_rows

pytestmark = pytest.mark.slow

DRAWING = """
import torch
from torch import nn
from torchmetrics import Metric


class Drawing(nn.Module):
    '''Nearest x2 of the image, and noise that a convolution spreads over three pixels.'''

    noise_channels = 2

    def __init__(self, strength):
        super().__init__()
        self.spread = nn.Conv2d(2, 3, 3, padding=1)
        self.strength = strength

    def forward(self, low, noise=None):
        noise = low.new_zeros(len(low), 2, *low.shape[-2:]) if noise is None else noise
        return (low + self.strength * self.spread(noise)).repeat_interleave(2, -1).repeat_interleave(2, -2)


class Farthest(Metric):
    '''The largest mean of an image in the set: a value that no single image has.'''

    of_a_set = True
    higher_is_better = False

    def __init__(self):
        super().__init__()
        self.add_state("largest", torch.tensor(0.0), dist_reduce_fx="max")

    def update(self, output, target):
        self.largest = torch.maximum(self.largest, (output - target).abs().mean().float())

    def compute(self):
        return self.largest
"""


class Drawing(nn.Module):
    """As the one above."""

    noise_channels = 2

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.spread = nn.Conv2d(2, 3, 3, padding=1)

    def forward(self, low, noise=None):
        return (low if noise is None else low + self.spread(noise)).repeat_interleave(2, -1).repeat_interleave(2, -2)


def pair(height=40, width=56):
    high = torch.from_numpy(picture(height, width)).permute(2, 0, 1)
    return Pair("waves", high[:, ::2, ::2].contiguous(), high)


def test_noise_is_a_function_of_the_image_and_the_number():
    low = pair().low
    first = noise(low, 2, 0)
    assert first.shape == (2, 20, 28) and torch.equal(first, noise(low.clone(), 2, 0))
    assert abs(float(noise(low, 200, 0).std()) - 1) < 0.01
    for other in (noise(low, 2, 1), noise(low.flip(-1), 2, 0)):
        assert not torch.equal(first, other)


def test_samples_repeat_and_tiles_give_the_same():
    whole = Enlarger(Network(Drawing(), scale=2, color="rgb"))
    tiled = Enlarger(Network(Drawing(), scale=2, color="rgb"), tile=16)
    assert tiled.tiles and not tiled.tiles.blended and tiled.network.receptive_field == 3
    with torch.inference_mode():
        samples = [whole.sample(pair(), number) for number in (0, 1, 0)]
        assert torch.equal(samples[0], samples[2]) and not torch.equal(samples[0], samples[1])
        torch.testing.assert_close(tiled.sample(pair(), 1), samples[1], rtol=0, atol=1e-6)


def test_pictures_are_enlarged_to_the_sample_that_is_measured(command, pictures):
    """By pieces, and with an alpha channel, for which nothing is drawn; a network that draws none refuses."""
    low, network = pair().low, Network(Drawing(), scale=2, color="rgb")
    with torch.inference_mode():
        measured = (255 * Enlarger(network).sample(pair(), 3)).clamp(0, 255).round().to(torch.uint8)
    for tile in (16, 64):
        assert torch.equal(Upscaler(network, sample=3, tile=tile)(low), measured[0])
    opaque = torch.cat([low, torch.full_like(low[:1], 255)])
    assert torch.equal(Upscaler(network, sample=3)(opaque)[:3], measured[0])
    assert not torch.equal(Upscaler(network, sample=2)(low), measured[0])
    done = command("upscale", str(pictures("low", 1) / "low0.png"), "--sample", "3")
    assert done.code == 1 and "sample 3: the network draws none" in done.err


def test_a_sample_that_load_draws_is_the_one_that_is_measured(compose):
    torch.manual_seed(0)
    config = compose("model=flow", "scale=2", "color=rgb")
    made = build(config, "model")
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.05)
    run = write_run(Path("run"), facts={"config": config})
    save_file(made.state_dict(), run / "weights.safetensors")
    low = pair().low
    with torch.inference_mode():
        measured = Enlarger(load_run(run).network).sample(pair(), 1)
    drawn = [load("run", sample=number)(low) for number in (1, 0)]
    assert torch.equal(drawn[0], (255 * measured[0]).clamp(0, 255).round().byte())
    assert not torch.equal(drawn[0], drawn[1])
    with pytest.raises(ValueError, match="sample 0: the network draws none"):
        load("espcn_x2", sample=0)


@pytest.fixture
def drawing(command, tiny, tmp_path, monkeypatch):
    """A finished run of a network that draws."""
    (tmp_path / "drawing.py").write_text(DRAWING)
    monkeypatch.syspath_prepend(tmp_path)
    options = [option for option in tiny if not option.startswith("model.")]
    model = "+model={_target_: drawing.Drawing, strength: 0.01}"
    done = command("train", *options, "~model", model, "scale=2", "+metrics.farthest._target_=drawing.Farthest")
    assert done.code == 0, done.err
    return tmp_path / "run"


def values(run, **which):
    rows = read_rows(run / "scores.csv")
    return [float(row["value"]) for row in rows if all(row[key] == value for key, value in which.items())]


def test_samples_are_measured_kept_and_compared(command, drawing, tmp_path):
    from test_evaluate import on

    options = ["run=run", "trust=true", "+metrics.farthest._target_=drawing.Farthest", *on(tmp_path / "test")]
    of_all = ["spread", "calibration", "coverage"]
    done = command("evaluate", *options, "samples=3", f"metrics=[psnr,ssim,{','.join(of_all)}]")
    assert done.code == 0, done.err
    assert [len(values(drawing, variant="sample", sample="", metric=metric)) for metric in of_all] == [2, 2, 2]
    assert "plain" not in done.out and "small ×2, bicubic, standard protocol, sample_mean" in done.out
    own = {sample: values(drawing, variant="sample", sample=sample, metric="psnr") for sample in "012"}
    assert [len(scores) for scores in own.values()] == [2, 2, 2] and own["0"] != own["1"]
    mean = values(drawing, variant="sample_mean", metric="psnr")
    assert np.mean(mean) > np.mean(list(own.values()))
    kept = [row for row in read_json(drawing)["scores"] if row["variant"] == "sample" and row["metric"] == "psnr"]
    assert [row["images"] for row in kept] == [2] and kept[0]["value"] == pytest.approx(np.mean(list(own.values())))
    names = {path.stem for path in (drawing / "images" / "small" / "test0").iterdir()}
    assert names == {"output", "target", "input", "sample_0", "sample_1", "sample_2", "sample_mean", "spread"}
    assert np.asarray(Image.open(drawing / "images" / "small" / "test0" / "sample_1.png")).any()
    compared = command("compare", "run", "--csv")
    assert {line.split(",")[5] for line in compared.out.splitlines()[1:]} == {"plain", "sample", "sample_mean"}
    assert command("evaluate", *options, "samples=3").code == 0
    assert {sample: values(drawing, variant="sample", sample=sample, metric="psnr") for sample in "012"} == own


def test_a_metric_of_a_set_has_one_value(command, drawing):
    (value,) = values(drawing, metric="farthest")
    assert [row["image"] for row in read_rows(drawing / "scores.csv") if row["metric"] == "farthest"] == [SET]
    assert value > 0 and read_json(drawing)["higher_is_better"]["farthest"] is False
    compared = command("compare", "run")
    assert compared.code == 0 and f"{value:.2f}" in compared.out and "of 2 images" not in compared.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["run=espcn_x2", "samples=2"], "samples=2 of a network that draws none"),
        (["run=espcn_x2", "samples=2", "self_ensemble=true"], "a mean over flips is no sample"),
        (["run=espcn_x2", "samples=2", "sampler.steps=15"], "samples=2 of a network that draws none"),
        (["run=espcn_x2", "sampler.steps=15"], "sampler: settings of what is drawn; add samples=8"),
        (["run=espcn_x2", "metrics=[psnr,spread]"], "metric spread is of several samples of an image"),
        (["run=espcn_x2", "samples=-1"], "samples: expected a number of at least 1, or null, got -1"),
    ],
)
def test_samples_that_cannot_be_are_refused(command, pictures, options, message):
    from test_evaluate import on

    done = command("evaluate", *options, *on(pictures("test", 1)))
    assert done.code == 1 and message in done.err and "Traceback" not in done.err
