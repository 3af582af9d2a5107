"""ICNR: a sub-pixel head that begins as nearest enlargement."""

import pytest
import torch

from sr_experiments.model.head.sub_pixel import SubPixelHead
from sr_experiments.model.head.sub_pixel_staged import StagedSubPixelHead
from sr_experiments.resize import resize


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_sub_pixels_begin_alike(scale):
    torch.manual_seed(0)
    high = SubPixelHead(width=4, channels=3, scale=scale, icnr=True)(torch.rand(1, 4, 5, 6))
    assert torch.equal(high, resize(high[..., ::scale, ::scale], (5 * scale, 6 * scale), "nearest"))


def test_without_it_they_do_not():
    torch.manual_seed(0)
    high = SubPixelHead(width=4, channels=3, scale=2, icnr=False)(torch.rand(1, 4, 5, 6))
    assert (high[..., ::2, ::2] - high[..., 1::2, 1::2]).abs().min() > 1e-4


def test_every_stage_begins_so():
    settings = {"activation": "none", "convolution_groups": 1, "kernel_size": 3, "icnr": True}
    torch.manual_seed(0)
    head = StagedSubPixelHead(width=8, channels=3, scale=4, **settings)
    features = head.stages[:3](torch.rand(1, 8, 5, 6))
    assert torch.equal(features, resize(features[..., ::2, ::2], (10, 12), "nearest"))
