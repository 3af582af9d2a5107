"""Batches are a pure function of seed and step."""

import numpy as np
import pytest
import torch
from conftest import picture
from hypothesis import given
from hypothesis import strategies as st

from sr_experiments.augmentation.flips import flips
from sr_experiments.data.batches import Batches
from sr_experiments.data.pairs import Pair
from sr_experiments.degradation.bicubic import bicubic


def pairs(scale=2):
    high = [torch.from_numpy(picture(36, 48, seed).transpose(2, 0, 1)) for seed in range(3)]
    return [Pair(str(number), bicubic(image, scale=scale), image) for number, image in enumerate(high)]


def batches(seed=0, scale=2, share=(0, 1), augmentations=(flips,)):
    return Batches(
        pairs(scale), seed=seed, scale=scale, batch_size=6, patch_size=5, augmentations=augmentations, share=share
    )


def test_any_step_in_any_order():
    one, other = batches(), batches()
    later = other[7]
    for step in (3, 7, 0):
        low, high = one[step]
        assert torch.equal(low, batches()[step][0])
        assert torch.equal(high, batches()[step][1])
    assert torch.equal(one[7][0], later[0])
    assert not torch.equal(one[7][0], one[8][0])
    assert not torch.equal(one[7][0], batches(seed=1)[7][0])


@given(st.integers(1, 6), st.integers(0, 10**9))
def test_devices_share_one_batch(devices, step):
    whole = batches()[step][0]
    parts = [batches(share=(rank, devices))[step][0] for rank in range(devices)]
    for rank, part in enumerate(parts):
        assert torch.equal(part, whole[rank::devices])


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_patches_are_aligned(scale):
    """Each low patch is a patch of some image's low picture, the high patch its place there, times the scale."""
    images = pairs(scale)
    low, high = batches(scale=scale, augmentations=())[11]
    for small, large in zip(low, high, strict=True):
        places = [
            (image, top, left)
            for image in images
            for top in range(image.low.shape[1] - 4)
            for left in range(image.low.shape[2] - 4)
            if torch.equal(image.low[:, top : top + 5, left : left + 5], small)
        ]
        assert any(
            torch.equal(image.high[:, scale * top : scale * (top + 5), scale * left : scale * (left + 5)], large)
            for image, top, left in places
        )


def test_flips_give_all_eight_alike():
    low = torch.arange(25, dtype=torch.uint8).view(1, 1, 5, 5).repeat(200, 1, 1, 1)
    high = low.repeat_interleave(2, -1).repeat_interleave(2, -2)
    small, large = flips(low, high, np.random.default_rng(0))
    assert torch.equal(small.repeat_interleave(2, -1).repeat_interleave(2, -2), large)
    assert len({tuple(patch.flatten().tolist()) for patch in small}) == 8
