"""Images through networks, tiles and flips."""

import re

import pytest
import torch
from conftest import picture
from torch import nn

from sr_experiments.color import rgb_to_y
from sr_experiments.data.pairs import Pair
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.inference.enlarge import Enlarger
from sr_experiments.inference.network import Network
from sr_experiments.inference.tiles import Tiles
from sr_experiments.metrics.protocol import Protocol
from sr_experiments.model.interpolation import Interpolation


class WholeImage(nn.Module):
    """Nearest ×2, made brighter by the mean over the whole image."""

    def forward(self, low):
        return low.repeat_interleave(2, -1).repeat_interleave(2, -2) + 0.2 * low.mean((-2, -1), keepdim=True)


def pair(height=160, width=128):
    high = torch.from_numpy(picture(height, width)).permute(2, 0, 1)
    return Pair("waves", bicubic(high, scale=2), high)


def luma_psnr(output, high):
    y, target = (
        rgb_to_y((image * 255).clamp(0, 255).round() / 255) for image in (output.double(), high.double() / 255)
    )
    return float(10 * torch.log10(255**2 / ((y - target)[..., 2:-2, 2:-2] ** 2).mean()))


def test_the_cost_of_blended_tiles_is_the_difference_in_db():
    network, given = WholeImage(), pair()
    enlarge = Enlarger(Network(network, scale=2, color="rgb"), tile=16)
    told = enlarge.tiling_cost(given, Protocol(name="standard", color="y", shave=2))
    low, high = given.low[None, :, :64, :64].float() / 255, given.high[None, :, :128, :128]
    in_tiles = Tiles(network, tile=16, scale=2, receptive_field=None)
    whole, tiled = luma_psnr(network(low), high), luma_psnr(in_tiles(low), high)
    assert "tiles of 16 pixels and 16 around them, blended" in told and "64×64 pixels of waves" in told
    cost = re.search(r"a cost of (-?[\d.]+) dB", told)
    assert cost and float(cost[1]) == pytest.approx(whole - tiled, abs=1e-4) and abs(whole - tiled) > 0.01


def test_a_network_of_luma_is_joined_with_the_chroma_of_the_whole_image():
    network, given = Interpolation(scale=2, kernel="bicubic"), pair(64, 48)
    luma = Enlarger(Network(network, scale=2, color="y"), tile=16, ensemble=True)(given)
    torch.testing.assert_close(luma, network(given.low[None].float() / 255), atol=2e-5, rtol=0)


def test_a_network_that_fails_is_named_with_the_way_out():
    enlarge = Enlarger(Network(nn.Conv2d(4, 3, 3), scale=1, color="rgb"))
    with pytest.raises(ValueError, match=r"failed on an image of 64×80 pixels: (?s:.*)tile=128 enlarges in pieces"):
        enlarge(pair())
