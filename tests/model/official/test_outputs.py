"""Released weights under our names make the image that their authors' code makes of them."""

import importlib
import math
from functools import partial
from typing import Any

import pytest
import torch

from sr_experiments.config import build, network_config
from sr_experiments.model.official.rename import rename
from sr_experiments.resize import resize

from . import layouts, reference

WRITTEN_OUT = [
    ("edsr_baseline", 4, "rgb", layouts.edsr(4, 64, 16), reference.edsr),
    ("carn", 4, "rgb", layouts.carn(4), partial(reference.carn, scale=4)),
    ("rfdn", 2, "rgb", layouts.rfdn(2), reference.rfdn),
    ("pan", 4, "rgb", layouts.pan(4), partial(reference.pan, scale=4)),
    ("vdsr", 2, "y", layouts.vdsr(2), reference.vdsr),
    ("srcnn", 3, "y", layouts.srcnn(3), reference.srcnn),
]
OTHER_SCALES = [
    *(("edsr_baseline", scale, "rgb", layouts.edsr(scale, 64, 16), reference.edsr) for scale in (2, 3)),
    *(("rdn", scale, "rgb", layouts.rdn(scale), reference.rdn) for scale in (2, 4)),
    *(("carn", scale, "rgb", layouts.carn(scale), partial(reference.carn, scale=scale)) for scale in (2, 3)),
    *(("pan", scale, "rgb", layouts.pan(scale), partial(reference.pan, scale=scale)) for scale in (2, 3)),
]


def ours(name, scale, color, weights):
    """Our network with somebody else's weights."""
    network = build(network_config(f"model={name}", f"scale={scale}", f"color={color}"), "model").eval()
    network.load_state_dict(rename(weights, network.state_dict(), scale))
    return network


def compare(network, expected, low):
    with torch.no_grad():
        found = network(low)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=2e-5 * float(expected.std()) + 1e-5)


@pytest.mark.parametrize(
    ("name", "scale", "color", "shapes", "theirs"),
    [*WRITTEN_OUT, *(pytest.param(*case, marks=pytest.mark.slow) for case in OTHER_SCALES)],
)
def test_it_is_what_the_authors_code_computes(name, scale, color, shapes, theirs):
    torch.manual_seed(0)
    weights = {key: torch.randn(shape) / math.prod(shape[1:]) ** 0.5 for key, shape in shapes.items()}
    low = torch.rand(1, 1 if color == "y" else 3, 17, 19)
    image = resize(low, (17 * scale, 19 * scale), "bicubic") if color == "y" else low
    compare(ours(name, scale, color, weights), theirs(weights, image), low)


TRANSFORMER: dict[str, Any] = {"img_size": 64, "mlp_ratio": 2.0, "upsampler": "pixelshuffle"}
SWINIR = TRANSFORMER | {"embed_dim": 180, "depths": [6] * 6, "num_heads": [6] * 6, "window_size": 8}
LIGHT = SWINIR | {"embed_dim": 60, "depths": [6] * 4, "num_heads": [6] * 4, "upsampler": "pixelshuffledirect"}
HAT = TRANSFORMER | {"embed_dim": 144, "depths": [6] * 6, "num_heads": [6] * 6, "window_size": 16}
HAT |= {"compress_ratio": 24, "squeeze_factor": 24}
SPANDREL = [
    *(("safmn", scale, "SAFMN", {"dim": 36, "upscaling_factor": scale}) for scale in (2, 3, 4)),
    *(("span", s, "SPAN", {"num_in_ch": 3, "num_out_ch": 3, "feature_channels": 52, "upscale": s}) for s in (2, 4)),
    *(("swinir_light", scale, "SwinIR", LIGHT | {"upscale": scale}) for scale in (2, 3, 4)),
    *(("rcan", scale, "RCAN", {"scale": scale}) for scale in (2, 3, 4, 8)),
    *(("swinir", scale, "SwinIR", SWINIR | {"upscale": scale}) for scale in (3, 4)),
    ("hat_s", 4, "HAT", HAT | {"upscale": 4}),
]


def agree(name, scale, theirs, low):
    """Our network and spandrel's, whose norms and biases are away from where they began."""
    with torch.no_grad():
        for key, value in theirs.named_parameters():
            if value.dim() == 1 and "_mean." not in key:
                value += 0.02 * torch.randn_like(value)
        expected = theirs.eval()(low.clone())
    compare(ours(name, scale, "rgb", theirs.state_dict()), expected, low)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scale", "architecture", "settings"), SPANDREL)
def test_it_is_what_spandrels_network_computes(name, scale, architecture, settings):
    pytest.importorskip("spandrel")
    torch.manual_seed(0)
    module = importlib.import_module(f"spandrel.architectures.{architecture}")
    agree(name, scale, getattr(module, architecture)(**settings), torch.rand(1, 3, 32, 48))


@pytest.mark.slow
@pytest.mark.parametrize("shapes", [layouts.rrdb(4), layouts.rrdb(4, new=True), layouts.rrdb_older()])
def test_esrgan_under_each_of_its_names_is_what_spandrel_computes(shapes):
    spandrel = pytest.importorskip("spandrel")
    torch.manual_seed(0)
    weights = {key: torch.randn(shape) / 50 for key, shape in shapes.items()}
    theirs = spandrel.ModelLoader().load_from_state_dict(dict(weights)).model.eval()
    low = torch.rand(1, 3, 17, 19)
    with torch.no_grad():
        compare(ours("rrdb", 4, "rgb", weights), theirs(low), low)
