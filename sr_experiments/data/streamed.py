"""Training batches of a set that is too large to be decoded onto the disk."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sr_experiments.data.decoded.images import levels
from sr_experiments.data.decoded.store import Degradation, read_high
from sr_experiments.data.decoded.writing import parallel_map
from sr_experiments.data.pairs import Pairs
from sr_experiments.data.part import Augmentation, Part
from sr_experiments.degradation.chain import Chain
from sr_experiments.degradation.draws import generators
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.resize import low_size

IMAGES, PATCHES = 64, 16  # at most so many images a block, so many patches of each
BLOCK = 1 << 24  # at most so many bytes of patches are held, and as many are being made

Patch = tuple[Tensor, Tensor]


class StreamedBatches(Dataset[Patch]):
    """Batches as `Batches` makes them, but of images that are decoded for a block of steps and then let go.

    A block has 16 patches of each of its images, mixed. What a block holds is a function of the seed and of its number
    alone, so a run goes on exactly; but neighbouring batches share images, which those of a decoded store do not. The
    next block is made meanwhile.

    Arguments as of `Batches`; `files`: those of the pairs, which know names and sizes alone; `degradation`: what makes
    low-resolution images of them.
    """

    def __init__(
        self,
        pairs: Pairs,
        files: Sequence[ImageFile],
        degradation: Degradation,
        *,
        seed: int,
        scale: int,
        batch_size: int,
        patch_size: int,
        augmentations: Sequence[Augmentation],
        share: tuple[int, int],
    ) -> None:
        self.pairs, self.files, self.degradation, self.seed, self.scale = pairs, files, degradation, seed, scale
        self.chain = degradation if isinstance(degradation, Chain) else None
        self.batch_size, self.patch_size, self.part = batch_size, patch_size, Part(batch_size, share, augmentations)
        batch_bytes = pairs.high.channels * batch_size * patch_size**2 * (1 + scale**2) * pairs.high.dtype.itemsize
        self.steps = max(min(BLOCK // batch_bytes, IMAGES * PATCHES // batch_size), 1)
        self.pool = ThreadPoolExecutor(1)
        self.blocks: dict[int, Future[Patch]] = {}

    def __getitem__(self, step: int) -> Patch:
        number, place = divmod(step, self.steps)
        batch = slice(place * self.batch_size, (place + 1) * self.batch_size)
        low, high = (images[batch][self.part.cut] for images in self._block(number))
        random = np.random.Generator(np.random.Philox(key=self.seed, counter=[0, 0, 2, step]))
        if self.chain:
            low = self.chain.batch(high, random, *self.part.place)
        return self.part(low, high, random)

    def _block(self, number: int) -> Patch:
        self.blocks = {
            wanted: self.blocks.get(wanted) or self.pool.submit(self._make_block, wanted)
            for wanted in (number, number + 1)
        }
        return self.blocks[number].result()

    def _make_block(self, number: int) -> Patch:
        random = np.random.Generator(np.random.Philox(key=self.seed, counter=[0, 0, 1, number]))
        count = self.steps * self.batch_size
        images = self.pairs.draw(random, -(-count // PATCHES))
        order = torch.from_numpy(random.permutation(PATCHES * len(images))[:count])
        cut = list(
            parallel_map(
                partial(_cut_patches, self), zip(images.tolist(), generators(random, len(images)), strict=True)
            )
        )
        low, high = (torch.cat(part)[order] for part in zip(*cut, strict=True))
        return (low, high) if self.pairs.high.dtype == np.uint8 else (low.float(), high.float())


def _cut_patches(batches: StreamedBatches, drawn: tuple[int, np.random.Generator]) -> Patch:
    """The patches of one image; where the degradation is drawn for each batch, the low ones are empty."""
    (image, random), scale, size = drawn, batches.scale, batches.patch_size
    path = batches.files[batches.pairs.high.numbers[image]]
    high = levels(read_high(path, batches.pairs.high.dtype))
    height, width = low_size(high.shape[-2:], scale)
    whole = high[:, : scale * height, : scale * width]
    low = high[:, :0, :0] if batches.chain else batches.degradation(whole)
    corners = (random.random((PATCHES, 2)) * (height - size + 1, width - size + 1)).astype(np.int64).tolist()
    lows = [low[:, top : top + size, left : left + size] for top, left in corners]
    side = scale * size
    highs = [high[:, scale * top :, scale * left :][:, :side, :side] for top, left in corners]
    return torch.stack(lows), torch.stack(highs)
