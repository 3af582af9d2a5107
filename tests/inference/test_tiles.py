"""Tiles against the whole image."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sr_experiments.config import build, network_config
from sr_experiments.inference.network import Network, network_of
from sr_experiments.inference.tiles import Tiles

pytestmark = pytest.mark.slow


class Attention(nn.Module):
    """A ×2 network whose every pixel depends on the whole image."""

    def __init__(self):
        super().__init__()
        self.features, self.head = nn.Conv2d(3, 12, 3, padding=1), nn.PixelShuffle(2)

    def forward(self, low):
        features = self.features(low)
        return self.head(features * features.mean((-2, -1), keepdim=True).sigmoid())


@pytest.fixture(scope="module")
def espcn():
    torch.manual_seed(0)
    config = network_config("model=espcn", "scale=3")
    return network_of(build(config, "model"), config)


def tiled(net, tile, **more):
    return Tiles(net, tile=tile, scale=net.scale, receptive_field=net.tile_field, **more)


@pytest.mark.parametrize("size", [(40, 70), (16, 16), (33, 1), (5, 49)])
def test_equal_the_untiled_result_at_any_size(espcn, size):
    low = torch.rand(1, 3, *size)
    with torch.no_grad():
        for more in ({}, {"step": espcn.tile_step, "threads": 3}):
            tiles = tiled(espcn, 16, **more)
            assert not tiles.blended
            torch.testing.assert_close(tiles(low), espcn(low), rtol=0, atol=1e-6)


def test_margins_are_no_larger_than_the_reach_and_threads_have_tiles_each():
    seen, own = [], torch.get_num_threads()

    def enlarge(low):
        seen.append((*low.shape[-2:], torch.get_num_threads()))
        return low

    low = torch.rand(1, 3, 40, 300)
    tiles = Tiles(enlarge, tile=256, scale=1, receptive_field=9, step=1, threads=2)
    assert torch.equal(tiles(low), low)
    assert sorted(seen) == [(40, 144, 1), (40, 164, 1)] and torch.get_num_threads() == own


def test_a_smaller_margin_would_show(espcn):
    low = torch.rand(1, 3, 40, 70)
    tiles = tiled(espcn, 32, step=1)
    assert tiles.margin == 4
    tiles.margin = 3
    with torch.no_grad():
        assert (tiles(low) - espcn(low)).abs().max() > 1e-4


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from([16, 32, 48]))
def test_blended_tiles_weigh_every_pixel_once(height, width, tile):
    tiles = Tiles(nn.Upsample(scale_factor=2), tile=tile, scale=2, receptive_field=None)
    low = torch.rand(1, 3, height, width)
    assert tiles.blended
    torch.testing.assert_close(tiles(low), nn.Upsample(scale_factor=2)(low))


def test_a_network_that_looks_at_the_whole_image_is_blended_without_seams():
    torch.manual_seed(0)
    net, low = Network(Attention(), scale=2, color="rgb"), torch.linspace(0, 1, 96).expand(1, 3, 64, 96)
    tiles = tiled(net, 32)
    assert tiles.blended
    with torch.no_grad():
        high, whole = tiles(low), net(low)
    assert (high - whole).abs().max() > 1e-4
    step = (high[0, 0, 64, 2::2] - high[0, 0, 64, :-2:2]).abs()
    assert step[10:-10].max() < 3 * step[10:-10].median()


@pytest.mark.parametrize("tile", [0, 8, 20, -16])
def test_a_tile_that_is_no_multiple_of_16_is_refused(tile):
    with pytest.raises(ValueError, match="multiple of 16"):
        Tiles(nn.Identity(), tile=tile, scale=1, receptive_field=1)


@pytest.mark.parametrize("field", [7, None])
def test_bands_come_from_the_top_and_no_row_twice(field):
    low = torch.rand(1, 3, 75, 40)
    tiles = Tiles(nn.Upsample(scale_factor=2), tile=32, scale=2, receptive_field=field)
    bands = list(tiles.bands(low))
    assert len(bands) == 3 and max(band.shape[-2] for band in bands) <= 2 * (32 + tiles.fade)
    torch.testing.assert_close(torch.cat(bands, -2), nn.Upsample(scale_factor=2)(low))


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA"), RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes")]
)
def test_out_of_memory_halves_the_tile_until_it_fits(error, capsys):
    seen = []

    def enlarge(low):
        seen.append(low.shape[-2:])
        if low.shape[-1] > 64:
            raise error
        return nn.Upsample(scale_factor=2)(low)

    low = torch.rand(1, 3, 200, 256)
    tiles = Tiles(enlarge, tile=128, scale=2, receptive_field=3)
    torch.testing.assert_close(tiles(low), nn.Upsample(scale_factor=2)(low), rtol=0, atol=0)
    assert capsys.readouterr().err.count("do not fit") == 2 and sum(side > 64 for _, side in seen) == 2


def test_what_fails_for_another_reason_or_at_the_smallest_tile_fails():
    def enlarge(low):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        Tiles(enlarge, tile=64, scale=2, receptive_field=3)(torch.rand(1, 3, 20, 20))
    with pytest.raises(RuntimeError, match="to have 4 channels"):
        Tiles(nn.Conv2d(4, 3, 1), tile=64, scale=1, receptive_field=3)(torch.rand(1, 3, 20, 20))


def test_a_fractional_scale_has_no_tiles():
    with pytest.raises(ValueError, match=r"whole scale, not 2\.5"):
        Tiles(nn.Identity(), tile=16, scale=2.5, receptive_field=1)
