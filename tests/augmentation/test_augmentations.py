"""Augmentations change low and high patches alike, as their papers say, the same wherever they run."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor

from sr_experiments.augmentation.blend import blend
from sr_experiments.augmentation.cutblur import cutblur
from sr_experiments.augmentation.cutmix import cutmix
from sr_experiments.augmentation.cutmixup import cutmixup
from sr_experiments.augmentation.flips import _flip, _flip_on_device, flips
from sr_experiments.augmentation.mixing import mix
from sr_experiments.augmentation.mixup import mixup
from sr_experiments.augmentation.rgb import rgb
from sr_experiments.resize import resize

ALL = [
    flips,
    rgb,
    partial(mixup, alpha=1.2, chance=1),
    partial(cutmix, ratio=0.7, chance=1),
    partial(cutmixup, ratio=0.7, alpha=1.2, chance=1),
    partial(blend, least=0.6, chance=1),
]
NAMES = [getattr(function, "func", function).__name__ for function in ALL]


def patches(count: int = 16, size: int = 10, scale: int = 3) -> tuple[Tensor, Tensor]:
    """Low patches of noise, and high ones in which every pixel of theirs is a block: so both can be compared."""
    random = np.random.default_rng(5)
    low = torch.from_numpy(random.integers(0, 256, (count, 3, size, size), np.uint8))
    return low, low.repeat_interleave(scale, -1).repeat_interleave(scale, -2)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("augmentation", ALL, ids=NAMES)
def test_low_and_high_are_changed_alike_and_what_came_in_stays(augmentation):
    low, high = patches()
    before = low.clone(), high.clone()
    new_low, new_high = augmentation(low, high, generator())
    assert torch.equal(new_high[..., ::3, ::3], new_low) and torch.equal(new_high[..., 2::3, 1::3], new_low)
    assert not torch.equal(new_low, low)
    assert torch.equal(low, before[0]) and torch.equal(high, before[1])
    assert new_low.dtype == new_high.dtype == torch.uint8
    again = augmentation(low, high, generator())
    assert torch.equal(new_low, again[0]) and torch.equal(new_high, again[1])


@pytest.mark.parametrize("augmentation", ALL[2:], ids=NAMES[2:])
def test_chance_is_the_share_of_changed_patches(augmentation):
    low, high = patches(400)
    changed = augmentation.func(low, high, generator(), **{**augmentation.keywords, "chance": 0.25})[0] != low
    assert changed.flatten(1).any(1).float().mean().item() == pytest.approx(0.25, abs=0.08)
    nothing = augmentation.func(low, high, generator(), **{**augmentation.keywords, "chance": 0})
    assert torch.equal(nothing[0], low) and torch.equal(nothing[1], high)


def test_all_eight_flips_are_as_likely():
    image = torch.arange(4, dtype=torch.uint8).reshape(1, 1, 2, 2).expand(4000, 3, 2, 2)
    turned, _ = flips(image, image, generator())
    _, counts = turned.flatten(1).unique(dim=0, return_counts=True)
    assert len(counts) == 8 and counts.min() > 420


def test_flips_on_a_device_are_those_of_numpy():
    low, _ = patches()
    chosen = generator().random((3, len(low))) < 0.5
    on_device = _flip_on_device(low, torch.from_numpy(chosen)[..., None, None, None])
    assert torch.equal(_flip(low, chosen), on_device)


def test_all_six_orders_of_channels_are_as_likely():
    image = torch.arange(3, dtype=torch.uint8).reshape(1, 3, 1, 1).expand(3000, 3, 2, 2)
    _, counts = rgb(image, image, generator())[0][..., 0, 0].unique(dim=0, return_counts=True)
    assert len(counts) == 6 and counts.min() > 420


def test_mixup_lies_between_two_patches():
    low, high = patches()
    mixed, _ = mixup(low, high, generator(), alpha=1.2, chance=1)
    order = generator().permutation(len(low))
    smallest, largest = torch.minimum(low, low[order]), torch.maximum(low, low[order])
    assert ((mixed >= smallest) & (mixed <= largest)).all()


def test_weights_are_exact():
    one, other = torch.full((3, 1, 1, 1), 200, dtype=torch.uint8), torch.full((3, 1, 1, 1), 101, dtype=torch.uint8)
    assert mix(one, other, np.array([256, 128, 0])).flatten().tolist() == [200, 151, 101]


def test_cutmix_takes_a_box_of_its_ratio_from_one_other_patch():
    low = torch.arange(8, dtype=torch.uint8)[:, None, None, None].expand(8, 3, 20, 20)
    mixed, _ = cutmix(low, low, generator(), ratio=0.7, chance=1)
    order = generator().permutation(8)
    for number, patch in enumerate(mixed):
        box = patch[0] == order[number]
        rows, columns = box.any(1).sum(), box.any(0).sum()
        assert (box | (patch[0] == number)).all()
        assert order[number] == number or (box.sum() == rows * columns and rows in (13, 14) and columns in (13, 14))


def test_cutmixup_mixes_the_box_or_what_is_around_it():
    low = (torch.arange(64, dtype=torch.uint8) * 4)[:, None, None, None].expand(64, 3, 20, 20)
    mixed, _ = cutmixup(low, low, generator(), ratio=0.7, alpha=1.2, chance=1)
    changed = (mixed != low)[:, 0].flatten(1).float().mean(1)
    assert {round(share, 1) for share in changed.tolist()} <= {0.0, 0.4, 0.5, 0.6}
    assert (changed > 0.5).any() and ((changed > 0) & (changed < 0.5)).any()


def test_blend_keeps_so_much_of_a_patch():
    low, high = patches()
    blended, _ = blend(low, high, generator(), least=0.6, chance=1)
    spread = blended.flatten(2).float().std(-1) / low.flatten(2).float().std(-1)
    assert (spread > 0.59).all() and (spread < 1.01).all() and spread.min() < 0.7


def test_cutblur_undoes_the_degradation_in_a_box_or_around_it():
    _, high = patches(64, 20)
    clean = resize(high, (20, 20))
    low = clean ^ 255
    mixed, target = cutblur(low, high, generator(), ratio=0.7, chance=1)
    assert torch.equal(target, high)
    undone = (mixed == clean)[:, 0]
    assert torch.equal(torch.where(undone[:, None], clean, low), mixed)
    inside = undone[:, 10, 10]
    assert inside.any() and not inside.all()
    for box in torch.where(inside[:, None, None], undone, ~undone):
        rows, columns = box.any(1).sum(), box.any(0).sum()
        assert box.sum() == rows * columns and rows in (13, 14) and columns in (13, 14)
    assert torch.equal(cutblur(clean, high, generator(), ratio=0.7, chance=1)[0], clean)
    assert torch.equal(cutblur(low, high, generator(), ratio=0.7, chance=0)[0], low)


def test_at_scale_one_cutblur_is_the_papers():
    low, high = patches(16, 20, scale=1)
    low = high ^ 255
    mixed, _ = cutblur(low, high, generator(), ratio=0.7, chance=1)
    assert ((mixed == high) | (mixed == low)).all() and (mixed == high).any() and (mixed == low).any()


def test_patches_of_more_than_8_bits_are_mixed_without_rounding():
    low, high = (images.float() + 0.25 for images in patches())
    for augmentation in [*ALL, partial(cutblur, ratio=0.7, chance=1)]:
        new_low, new_high = augmentation(low, high, generator())
        assert new_low.dtype == new_high.dtype == torch.float32 and not torch.equal(new_low, low)
    one, other = torch.full((1, 1, 1, 1), 200.5), torch.full((1, 1, 1, 1), 101.25)
    assert mix(one, other, np.array([128])).item() == 150.875


@pytest.mark.slow
def test_they_compose_in_a_run(command, tiny):
    done = command("train", *tiny, "augmentation=[flips,rgb,mixup,cutmix,cutmixup,cutblur,blend]")
    assert done.code == 0, done.err
