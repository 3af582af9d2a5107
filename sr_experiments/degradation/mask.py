"""Blocks of an image that are not shown."""

import numpy as np
from torch import Tensor

from sr_experiments.degradation.draws import like

GRAY = 0.5


def mask(image: Tensor, random: np.random.Generator, size: tuple[int, int], *, block: int, share: float) -> Tensor:
    """Gray in the place of a `share` of the blocks of `block` pixels a side, each drawn by itself, of every image.

    He et al., "Masked Autoencoders Are Scalable Vision Learners", CVPR 2022: blocks of 16 of 224 pixels, a share of
    0.75.
    """
    if block < 1 or not 0 <= share <= 1:
        raise ValueError(f"mask: expected a block of at least 1 pixel and a share of 0 to 1, got {block} and {share}")
    height, width = image.shape[-2:]
    hidden = random.random((len(image), 1, -(-height // block), -(-width // block))) < share
    kept = ~hidden.repeat(block, 2).repeat(block, 3)[..., :height, :width]
    return GRAY + (image - GRAY) * like(kept.astype(np.float32), image)
