"""Training batches: a pure function of the seed and the step."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sr_experiments.data.pairs import Pair

Augmentation = Callable[[Tensor, Tensor, np.random.Generator], tuple[Tensor, Tensor]]


class Batches(Dataset[tuple[Tensor, Tensor]]):
    """`batches[step]`: low `(B, 3, p, p)` and high `(B, 3, s·p, s·p)`, uint8, whatever was asked for before.

    Images are drawn evenly, patches evenly within them, by a counter-based generator (Salmon et al., "Parallel random
    numbers: as easy as 1, 2, 3", SC 2011). `share` = (rank, devices) takes one device's part of the same batch.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        *,
        seed: int,
        scale: int,
        batch_size: int,
        patch_size: int,
        augmentations: Sequence[Augmentation],
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.pairs, self.seed, self.scale, self.share = pairs, seed, scale, share
        self.batch_size, self.patch_size, self.augmentations = batch_size, patch_size, augmentations

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        random = np.random.Generator(np.random.Philox(key=self.seed, counter=[0, 0, 0, step]))
        images = random.integers(len(self.pairs), size=self.batch_size)
        places = random.random((self.batch_size, 2))
        patches = [self._patch(self.pairs[image], *place) for image, place in zip(images, places, strict=True)]
        low, high = (torch.stack(part) for part in zip(*patches, strict=True))
        for augmentation in self.augmentations:
            low, high = augmentation(low, high, random)
        rank, devices = self.share
        return low[rank::devices].contiguous(), high[rank::devices].contiguous()

    def _patch(self, pair: Pair, down: float, right: float) -> tuple[Tensor, Tensor]:
        size, scale = self.patch_size, self.scale
        top, left = (
            int(share * (side - size + 1)) for share, side in zip((down, right), pair.low.shape[-2:], strict=True)
        )
        low = pair.low[:, top : top + size, left : left + size]
        top, left, size = top * scale, left * scale, size * scale
        return low, pair.high[:, top : top + size, left : left + size]
