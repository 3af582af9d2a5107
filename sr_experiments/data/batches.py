"""Training batches: a pure function of the seed and the step."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from sr_experiments.data.decoded.low import low_patches
from sr_experiments.data.decoded.patches import patches
from sr_experiments.data.pairs import Pairs
from sr_experiments.data.part import Augmentation, Part


class Batches(Dataset[tuple[Tensor, Tensor]]):
    """`batches[step]`: low `(B, C, p, p)` and high `(B, C, s·p, s·p)`, uint8, whatever was asked for before.

    Of sources with 16 bits a channel they are float32 of 0 to 255. Images are drawn evenly, or by their chances,
    patches evenly within them, and random degradations of them, by a counter-based generator (Salmon et al., "Parallel
    random numbers: as easy as 1, 2, 3", SC 2011). `share` = (rank, devices) makes one device's part of the same batch,
    and nothing else of it unless an augmentation mixes patches. With `device`, all images are kept there and the same
    batches are made there.

    `pairs`: the images; `seed`: of the generator; `scale`: of high to low; `batch_size`: patches a step, over all
    devices; `patch_size`: side of a low patch in pixels; `augmentations`: functions of (low, high, generator), in
    order.
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
        device: torch.device | None = None,
    ) -> None:
        self.pairs, self.seed, self.scale = pairs, seed, scale
        self.batch_size, self.patch_size = batch_size, patch_size
        self.part = Part(batch_size, share, augmentations)
        self.high = patches(pairs.high, device)
        self.low = low_patches(pairs.low, device)

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        random = np.random.Generator(np.random.Philox(key=self.seed, counter=[0, 0, 0, step]))
        images = self.pairs.draw(random, self.batch_size)
        free = self.pairs.low.sizes[images] - self.patch_size + 1
        corners = (random.random((self.batch_size, 2)) * free).astype(np.int64)
        images, corners = images[self.part.cut], corners[self.part.cut]
        high = self.high(images, self.scale * corners, self.scale * self.patch_size)
        low = self.low(high, random, self.part.place, images, corners, self.patch_size)
        return self.part(low, high, random)


def by_step(
    batches: Dataset[tuple[Tensor, Tensor]], steps: Iterable[int], *, workers: int, pinned: bool = False
) -> Iterable[tuple[Tensor, Tensor]]:
    """The batches of these steps; without PyTorch's loader where it would only stand between."""
    if not workers and not pinned:
        return map(batches.__getitem__, steps)
    return DataLoader(batches, batch_size=None, sampler=steps, num_workers=workers, pin_memory=pinned)  # pyright: ignore[reportArgumentType]


class InTurn(Dataset[tuple[Tensor, Tensor]]):
    """The batches of several scales, those of each of `parts`, step by step in turn."""

    def __init__(self, parts: Sequence[Dataset[tuple[Tensor, Tensor]]]) -> None:
        self.parts = parts

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        return self.parts[step % len(self.parts)][step]
