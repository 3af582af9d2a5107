"""The receptive field against its sum over the layers, by gradient and by NaN."""

import pytest
from torch import nn
from torch.nn.functional import adaptive_max_pool2d, interpolate

from sr_experiments.config import build
from sr_experiments.model.receptive_field import cut_step, reach, receptive_field

pytestmark = pytest.mark.slow


class Attention(nn.Module):
    """Weights each channel by its mean over the whole image."""

    def forward(self, image):
        return image * image.mean((-1, -2), keepdim=True)


class Pooled(nn.Module):
    """The largest of every eight pixels of a row."""

    def forward(self, image):
        height, width = image.shape[-2:]
        return interpolate(adaptive_max_pool2d(image, (height, max(1, width // 8))), (height, width), mode="nearest")


@pytest.fixture(params=[receptive_field, reach], ids=["gradient", "nan"])
def measure(request):
    return request.param


@pytest.mark.parametrize("side", [1, 3, 5, 9])
def test_of_one_convolution(measure, side):
    assert measure(nn.Conv2d(3, 3, side, padding=side // 2), 3) == side


def test_adds_up_whatever_the_weights_and_activations(measure):
    dead = nn.Conv2d(3, 4, 3, padding=1)
    for parameter in dead.parameters():
        nn.init.constant_(parameter, -1)
    network = nn.Sequential(dead, nn.ReLU(), nn.Conv2d(4, 3, (5, 1), padding=(2, 0)))
    assert measure(network, 3) == 7
    assert bool((dead.weight == -1).all())


def test_a_maximum_depends_on_all_that_it_looks_at(measure):
    assert measure(nn.MaxPool2d(5, stride=1, padding=2), 3) == 5
    assert measure(nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), Pooled()), 3) == 2 * 8 + 1


def test_images_are_cut_where_a_network_s_blocks_begin():
    """Anywhere for convolutions, at multiples of 16 with strides, nowhere where a grid's steps depend on the size."""
    strided = nn.Sequential(nn.Conv2d(3, 48, 4, stride=4), nn.PixelShuffle(4))
    for network, step in ((nn.Conv2d(3, 3, 5, padding=2), 1), (strided, 16), (Pooled(), None)):
        assert cut_step(network, 3, 17) == step


def test_a_gradient_does_not_vanish_in_two_hundred_layers():
    layers = [layer for _ in range(200) for layer in (nn.Conv2d(4, 4, 3, padding=1), nn.ReLU())]
    assert receptive_field(nn.Sequential(nn.Conv2d(3, 4, 1), *layers), 3) == 401


@pytest.mark.parametrize(
    ("overrides", "side"),
    [
        (["model=bicubic"], 5),
        (["model=espcn", "model.skip=none"], 1 + 4 + 2 + 2),
        (["model=fsrcnn", "model.skip=none"], 1 + 4 + 4 * 2 + 2 * 2),
        (["model=edsr_baseline"], 1 + 2 + 32 * 2 + 2 + 2 + 2),
    ],
)
def test_of_known_networks(compose, measure, overrides, side):
    assert measure(build(compose(*overrides), "model"), 3) == side


def test_the_whole_image_is_none_and_training_goes_on(measure):
    network = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), Attention()).train()
    assert measure(network, 1) is None
    assert network.training


def test_beyond_a_thousand_pixels_is_none(measure):
    assert measure(nn.Conv2d(1, 1, (1, 1201), padding=(0, 600)), 1) is None
