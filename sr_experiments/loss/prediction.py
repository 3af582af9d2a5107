"""What a criterion may look at."""

from typing import Any, NamedTuple

from torch import Tensor


class Prediction(NamedTuple):
    """A batch of training patches and what the network made of it, `(B, C, H, W)` of [0, 1] as the network sees them.

    `target` is the high-resolution image and `output` the network's, which may lie beyond [0, 1]; `low` is the
    low-resolution image `(B, C, H/s, W/s)`. `extra`: what the network returns beside its image, else None.
    """

    low: Tensor
    target: Tensor
    output: Tensor
    extra: Any = None
