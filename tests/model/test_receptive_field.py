"""The receptive field against its sum over the layers."""

import pytest
from torch import nn

from sr_experiments.config import build
from sr_experiments.model.receptive_field import receptive_field


class Attention(nn.Module):
    """Weights each channel by its mean over the whole image."""

    def forward(self, image):
        return image * image.mean((-1, -2), keepdim=True)


@pytest.mark.parametrize("side", [1, 3, 5, 9])
def test_of_one_convolution(side):
    assert receptive_field(nn.Conv2d(3, 3, side, padding=side // 2), 3) == side


def test_adds_up_whatever_the_weights_and_activations():
    dead = nn.Conv2d(3, 4, 3, padding=1)
    for parameter in dead.parameters():
        nn.init.constant_(parameter, -1)
    network = nn.Sequential(dead, nn.ReLU(), nn.Conv2d(4, 3, (5, 1), padding=(2, 0)))
    assert receptive_field(network, 3) == 7


@pytest.mark.parametrize(
    ("overrides", "side"),
    [
        (["model=bicubic"], 5),
        (["model=espcn", "model.skip=none"], 1 + 4 + 2 + 2),
        (["model=fsrcnn", "model.skip=none"], 1 + 4 + 4 * 2 + 2 * 2),
        (["model=edsr_baseline"], 1 + 2 + 32 * 2 + 2 + 2 + 2),
    ],
)
def test_of_known_networks(compose, overrides, side):
    assert receptive_field(build(compose(*overrides), "model"), 3) == side


def test_the_whole_image_is_none_and_training_goes_on():
    network = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), Attention()).train()
    assert receptive_field(network, 1) is None
    assert network.training


def test_beyond_a_thousand_pixels_is_none():
    assert receptive_field(nn.Conv2d(1, 1, (1, 1201), padding=(0, 600)), 1) is None
