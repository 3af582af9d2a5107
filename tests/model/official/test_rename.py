"""Released weights under our names: every layout by synthetic tensors, where there are files by what they score."""

import pytest
import torch
from torch.nn.functional import conv2d

from sr_experiments.config import build, network_config
from sr_experiments.facts import outline
from sr_experiments.model.official.rename import rename
from sr_experiments.model.super_resolution import mean_color

from . import layouts

RELEASED = [
    *(("edsr", scale, "rgb", layouts.edsr(scale)) for scale in (2, 3, 4)),
    *(("edsr_baseline", scale, "rgb", layouts.edsr(scale, 64, 16)) for scale in (2, 3, 4)),
    *(("rcan", scale, "rgb", layouts.rcan(scale)) for scale in (2, 3, 4)),
    *(("rdn", scale, "rgb", layouts.rdn(scale)) for scale in (2, 3, 4)),
    *(("carn", scale, "rgb", layouts.carn(scale)) for scale in (2, 3, 4)),
    *(("rrdb", 4, "rgb", layouts.rrdb(4, new)) for new in (False, True)),
    ("rrdb", 4, "rgb", layouts.rrdb_older()),
    *(("imdn", scale, "rgb", layouts.imdn(scale)) for scale in (2, 3, 4)),
    *(("rfdn", scale, "rgb", layouts.rfdn(scale)) for scale in (2, 4)),
    *(("rlfn", scale, "rgb", layouts.rlfn(scale)) for scale in (2, 4)),
    *(("pan", scale, "rgb", layouts.pan(scale)) for scale in (2, 3, 4)),
    *(("span", scale, "rgb", layouts.span(scale)) for scale in (2, 4)),
    *(("safmn", scale, "rgb", layouts.safmn(scale)) for scale in (2, 3, 4)),
    *(("swinir", scale, "rgb", layouts.swinir(scale)) for scale in (2, 3, 4, 8)),
    *(("swinir_light", scale, "rgb", layouts.swinir(scale, 60, 4, light=True)) for scale in (2, 3, 4)),
    *(("hat_s", scale, "rgb", layouts.hat_s(scale)) for scale in (2, 3, 4)),
    ("vdsr", 2, "y", layouts.vdsr(2)),
    ("srcnn", 3, "y", layouts.srcnn(3)),
]


def zeros(shapes):
    return {name: torch.zeros(()).expand(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(("name", "scale", "color", "shapes"), RELEASED, ids=[f"{n}-{s}" for n, s, *_ in RELEASED])
def test_every_tensor_of_a_release_is_one_of_ours(name, scale, color, shapes):
    ours = {key: tuple(value.shape) for key, value in outline(name, scale, color).state_dict().items()}
    found = rename(zeros(shapes), ours, scale)
    assert {key: tuple(value.shape) for key, value in found.items()} == ours


def test_a_name_that_nobody_knows_is_not_guessed_at():
    shapes = {**layouts.imdn(2), "IMDB1.c6.weight": (1,)}
    assert rename(zeros(shapes), outline("imdn", 2).state_dict(), 2).keys() == shapes.keys()


def test_weights_for_images_of_0_to_255_give_the_same_image():
    """What EDSR's authors compute, 255 · x through their network and back, by our modules with their weights."""
    torch.manual_seed(0)
    shapes = layouts.edsr(2, 64, 16)
    theirs = {name: torch.randn(shape) / 20 for name, shape in shapes.items()}
    net = build(network_config("model=edsr_baseline"), "model")
    low = torch.rand(1, 3, 6, 7)
    net.load_state_dict(rename(theirs, net.state_dict(), 2))
    found = net(low)
    for name, values in (("encoder", "head.0"), ("head.last", "tail.1")):
        module = net.get_submodule(name)
        module.load_state_dict({part: theirs[f"{values}.{part}"] for part in ("weight", "bias")})
    mean = mean_color(low)
    expected = net.head(net.decoder(net.encoder(255 * (low - mean)))) / 255 + mean
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def test_weights_whose_network_never_gives_the_mean_back_give_the_same_image():
    """SPAN: 255 · (x - mean) goes in, the image comes out."""
    torch.manual_seed(0)
    theirs = {name: torch.randn(shape) / 20 for name, shape in layouts.span(2).items()}
    net = build(network_config("model=span"), "model")
    net.load_state_dict(rename(theirs, net.state_dict(), 2))
    low = torch.rand(1, 3, 6, 7)
    features = net.decoder(net.encoder(low - mean_color(low)))
    expected = conv2d(features, theirs["upsampler.0.weight"], theirs["upsampler.0.bias"], padding=1)
    torch.testing.assert_close(net(low), torch.pixel_shuffle(expected, 2), rtol=1e-4, atol=1e-4)
    first = {name: theirs[f"conv_1.{name}"] for name in ("sk.weight", "conv.0.weight")}
    torch.testing.assert_close(net.encoder.beside.weight, 255 * first["sk.weight"])
    torch.testing.assert_close(net.encoder.row[0].weight, 255 * first["conv.0.weight"])
