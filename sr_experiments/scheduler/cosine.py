"""Cosine annealing with a linear warm-up."""

import math


def cosine(share: float, *, warmup: float, floor: float) -> float:
    """The factor on the learning rate when `share` (0 to 1) of the training is spent.

    Rises linearly over the first `warmup` share (Goyal et al., 2017), then falls to `floor` along half a cosine
    (Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5).
    """
    if not 0 <= warmup < 1:
        raise ValueError(f"expected warmup to be a share of the training in [0, 1), got {warmup}")
    if share < warmup:
        return max(share / warmup, floor)
    return floor + (1 - floor) * (1 + math.cos(math.pi * (share - warmup) / (1 - warmup))) / 2
