"""Training batches: a pure function of the seed and the step."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sr_experiments.data.pairs import Pairs
from sr_experiments.data.store import Images

Augmentation = Callable[[Tensor, Tensor, np.random.Generator], tuple[Tensor, Tensor]]


class Batches(Dataset[tuple[Tensor, Tensor]]):
    """`batches[step]`: low `(B, 3, p, p)` and high `(B, 3, s·p, s·p)`, uint8, whatever was asked for before.

    Images are drawn evenly, patches evenly within them, by a counter-based generator (Salmon et al., "Parallel random
    numbers: as easy as 1, 2, 3", SC 2011). `share` = (rank, devices) takes one device's part of the same batch.
    """

    def __init__(
        self,
        pairs: Pairs,
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
        images = self.pairs.chosen[random.integers(len(self.pairs), size=self.batch_size)]
        free = self.pairs.low.sizes[images] - self.patch_size + 1
        corners = (random.random((self.batch_size, 2)) * free).astype(np.int64)
        low = patches(self.pairs.low, images, corners, self.patch_size)
        high = patches(self.pairs.high, images, self.scale * corners, self.scale * self.patch_size)
        for augmentation in self.augmentations:
            low, high = augmentation(low, high, random)
        rank, devices = self.share
        return low[rank::devices].contiguous(), high[rank::devices].contiguous()


def patches(source: Images, images: np.ndarray, corners: np.ndarray, size: int) -> Tensor:
    """The squares `(B, 3, size, size)` of `images` `(B,)` whose top left corners are `corners` `(B, 2)`."""
    result = np.empty((len(images), 3, size, size), np.uint8)
    for patch, image, (top, left) in zip(result, images.tolist(), corners.tolist(), strict=True):
        patch[:] = source.array(image)[:, top : top + size, left : left + size]
    return torch.from_numpy(result)
