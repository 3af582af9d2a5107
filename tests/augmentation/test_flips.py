"""The eight dihedral flips."""

import numpy as np
import torch

from sr_experiments.augmentation.flips import flips


def test_both_images_are_flipped_alike_in_all_eight_ways():
    low = torch.arange(25, dtype=torch.uint8).view(1, 1, 5, 5).repeat(200, 1, 1, 1)
    high = low.repeat_interleave(2, -1).repeat_interleave(2, -2)
    small, large = flips(low, high, np.random.default_rng(0))
    assert torch.equal(small.repeat_interleave(2, -1).repeat_interleave(2, -2), large)
    assert len({tuple(patch.flatten().tolist()) for patch in small}) == 8
