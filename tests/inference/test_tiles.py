"""Tiles against the whole image."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sr_experiments.config import build
from sr_experiments.inference.tiles import Tiles


class Attention(nn.Module):
    """A ×2 network whose every pixel depends on the whole image."""

    def __init__(self):
        super().__init__()
        self.features, self.head = nn.Conv2d(3, 12, 3, padding=1), nn.PixelShuffle(2)

    def forward(self, low):
        features = self.features(low)
        return self.head(features * features.mean((-2, -1), keepdim=True).sigmoid())


def network(compose, *overrides):
    torch.manual_seed(0)
    return build(compose(*overrides), "model").eval()


@pytest.mark.parametrize("size", [(40, 70), (16, 16), (33, 1), (5, 49)])
@pytest.mark.parametrize("model", ["espcn", "fsrcnn", "autoencoder", "bicubic"])
def test_equal_the_untiled_result_where_the_receptive_field_is_finite(compose, model, size):
    net, low = network(compose, f"model={model}", "scale=3"), torch.rand(1, 3, *size)
    tiles = Tiles(net, tile=16, channels=3)
    assert not tiles.blended
    with torch.no_grad():
        torch.testing.assert_close(tiles(low), net(low), rtol=0, atol=1e-6)


def test_equal_the_untiled_result_of_a_deep_network(compose):
    net, low = network(compose, "model=edsr_baseline", "model.width=8", "scale=2"), torch.rand(1, 3, 90, 130)
    tiles = Tiles(net, tile=32, channels=3)
    assert tiles.margin == 48
    with torch.no_grad():
        torch.testing.assert_close(tiles(low), net(low), rtol=0, atol=1e-6)


def test_a_smaller_margin_would_show(compose):
    net, low = network(compose, "model=edsr_baseline", "model.width=8", "scale=2"), torch.rand(1, 3, 90, 130)
    tiles = Tiles(net, tile=32, channels=3)
    tiles.margin = 0
    with torch.no_grad():
        assert (tiles(low) - net(low)).abs().max() > 1e-4


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from([16, 32, 48]))
def test_blended_tiles_weigh_every_pixel_once(height, width, tile):
    tiles = Tiles(nn.Upsample(scale_factor=2).__call__, tile=tile, channels=3)
    low = torch.rand(1, 3, height, width)
    assert tiles.blended
    torch.testing.assert_close(tiles(low), nn.Upsample(scale_factor=2)(low))


def test_a_network_that_looks_at_the_whole_image_is_blended_without_seams():
    torch.manual_seed(0)
    net, low = Attention().eval(), torch.linspace(0, 1, 96).expand(1, 3, 64, 96)
    tiles = Tiles(net, tile=32, channels=3)
    assert tiles.blended
    with torch.no_grad():
        tiled, whole = tiles(low), net(low)
    assert (tiled - whole).abs().max() > 1e-4
    step = (tiled[0, 0, 64, 2::2] - tiled[0, 0, 64, :-2:2]).abs()
    assert step[10:-10].max() < 3 * step[10:-10].median()


@pytest.mark.parametrize("tile", [0, 8, 20, -16])
def test_a_tile_that_is_no_multiple_of_16_is_refused(tile):
    with pytest.raises(ValueError, match="multiple of 16"):
        Tiles(nn.Identity(), tile=tile, channels=3)
