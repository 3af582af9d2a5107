"""Blocks of an image that are not shown."""

import numpy as np
import pytest
import torch

from sr_experiments.degradation.mask import mask


def test_whole_blocks_are_gray_and_the_others_as_they_were():
    image = torch.rand(2, 3, 70, 90)
    seen = mask(image, np.random.default_rng(0), (70, 90), block=8, share=0.75)
    gray = (seen == 0.5).all(1)
    assert torch.equal(seen.movedim(1, 0)[:, ~gray], image.movedim(1, 0)[:, ~gray])
    blocks = gray[:, :64, :88].reshape(2, 8, 8, 11, 8).float().mean((2, 4))
    assert set(blocks.unique().tolist()) == {0.0, 1.0} and 0.6 < float(blocks.mean()) < 0.9
    assert not torch.equal(blocks[0], blocks[1])


@pytest.mark.parametrize("wrong", [{"block": 0, "share": 0.5}, {"block": 8, "share": 1.5}])
def test_what_is_no_share_is_refused(wrong):
    with pytest.raises(ValueError, match="mask: expected"):
        mask(torch.rand(1, 3, 8, 8), np.random.default_rng(0), (8, 8), **wrong)
