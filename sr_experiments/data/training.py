"""What a network learns from, and what chooses its weights."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from sr_experiments.data.batches import Augmentation, Batches, InTurn, by_step
from sr_experiments.data.benchmarks import whole_images
from sr_experiments.data.decoded.cache import DiskFullError
from sr_experiments.data.decoded.store import Degradation
from sr_experiments.data.file_pairs import stored_file_pairs
from sr_experiments.data.pairs import Pair, Pairs, check_pairs, read_pairs, streamed_pairs
from sr_experiments.data.sources.files import image_files
from sr_experiments.data.sources.mixed import image_parts
from sr_experiments.data.sources.subset import subset
from sr_experiments.data.streamed import StreamedBatches
from sr_experiments.data.unstored import degradation_name, is_unstored
from sr_experiments.degradation.chain import at_scale
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.files.images import MAX_PIXELS

MEASURABLE = 3  # low-resolution pixels a side, one of which is left when the border is shaved


class TrainingData(LightningDataModule):
    """Patches of the images `train`, whole images of `val`; either is a source or several, see `image_files`.

    `weights`: how often each of several sources is drawn, in any unit; without, every image is drawn as often.
    `train_low`, `val_low`: sources of low-resolution images that go with those of the same name, instead of ones that
    `degradation` makes; `train_low_name`, `val_low_name`: what these are called where names differ, `*_lq`.
    `store`: where decoded training images are kept, `disk` (memory-mapped) or `device` (in a GPU's memory as well).
    `scales`: train at several whole scales, one batch after another, instead of at `scale`; for any-scale heads.
    `on_bad`: what happens where an image cannot be used, `error` or `skip`; either way all are listed before training.
    `images`, `fraction`: learn from so many of them, see `subset`.
    `reader`: what reads the files, of the sources and of low-resolution images, where they are no photographs: called
    with one it gives an image `(C, H, W)`, uint8, uint16 or floats of 0 to 1; its `suffixes` are those of such files.
    `max_pixels`: an image of more cannot be used, here and in the benchmarks of the run.
    `time_batches` is given the training batches and hands them on, counting the time that they take.

    `batch_size`: patches a step, over all devices, at least 1; `patch_size`: side of a low-resolution patch in pixels,
    at least 1; `workers`: processes that make batches, 0 for none; `seed`: of which batches are a function;
    `augmentations`: functions of (low, high, generator), in order.
    """

    def __init__(
        self,
        *,
        train: str | Sequence[str | Path],
        val: str | Sequence[str | Path],
        batch_size: int,
        patch_size: int,
        workers: int,
        store: str,
        on_bad: str,
        scale: int,
        seed: int,
        degradation: Degradation,
        augmentations: Sequence[Augmentation],
        scales: Sequence[int] = (),
        weights: Sequence[float] = (),
        train_low: str | Sequence[str | Path] | None = None,
        val_low: str | Sequence[str | Path] | None = None,
        train_low_name: str | None = None,
        val_low_name: str | None = None,
        images: int | None = None,
        fraction: float | None = None,
        reader: Callable[[Path], Tensor] | None = None,
        max_pixels: float | str = MAX_PIXELS,
        time_batches: Callable[[Iterable[Any]], Iterable[Any]] = iter,
    ) -> None:
        super().__init__()
        os.environ["SR_MAX_PIXELS"] = str(max_pixels)
        _check_count("batch_size", batch_size, least=1)
        _check_count("patch_size", patch_size, least=1)
        _check_count("workers", workers, least=0)
        for each in (scale, *scales):
            _check_scale(each)
        if store not in ("disk", "device"):
            raise ValueError(f"data.store is disk or device, not {store!r}")
        if is_unstored(degradation):
            raise ValueError(f"degradation {degradation_name(degradation)} is for benchmarks: train with another")
        self.scales = list(scales) or [scale]
        if train_low and self.scales != [scale]:
            raise ValueError(f"data.train_low holds images for scale={scale}: data.scales={self.scales} needs others")
        parts = image_parts(train, weights, reader)
        if weights and (images is not None or fraction is not None):
            raise ValueError("data.images and data.fraction take of all images alike: leave out data.weights")
        every = [file for part in parts for file in part]
        self.train_files = subset(every, seed, images=images, fraction=fraction)
        self.val_files = image_files(val, reader)
        self.weights = [(weight, len(part)) for weight, part in zip(weights, parts, strict=True)] if weights else []
        lows = (train_low, val_low)
        self.low_files, self.val_low_files = (image_files(low, reader) if low else [] for low in lows)
        self.batch_size, self.patch_size, self.workers = batch_size, patch_size, workers
        self.scale, self.seed, self.degradation, self.augmentations = scale, seed, degradation, augmentations
        self.low_names = train_low_name, val_low_name
        self.store, self.on_bad, self.time_batches = store, on_bad, time_batches

    def setup(self, stage: str) -> None:
        """Decode what was not decoded yet; a ValueError lists every image that cannot be used."""
        _ = self.train_pairs, self.val_pairs

    @cached_property
    def pairs_at(self) -> dict[int, Pairs]:
        """The training pairs of each scale."""
        return {scale: self._pairs(scale) for scale in self.scales}

    def _pairs(self, scale: int) -> Pairs:
        if self.low_files:
            found = stored_file_pairs(self.train_files, self.low_files, scale, self.patch_size, self.low_names[0])
            pairs = check_pairs(*found, len(self.train_files), self.on_bad)
        else:
            pairs = self._stored_or_streamed(scale)
        return pairs.weighted(self.weights)

    def _stored_or_streamed(self, scale: int) -> Pairs:
        try:
            return read_pairs(self.train_files, self._degradation(scale), scale, self.patch_size, self.on_bad)
        except DiskFullError as error:
            print(
                f"warning: {error}; until then training images are streamed: decoded as they are needed, and batches "
                "are not those that seed and step make of decoded images",
                file=sys.stderr,
            )
            return streamed_pairs(self.train_files, scale, self.patch_size, self.on_bad)

    @property
    def train_pairs(self) -> Pairs:
        """The training pairs of the smallest scale, at which most images are large enough."""
        return self.pairs_at[min(self.scales)]

    @property
    def usable_train_files(self) -> list[ImageFile]:
        """The training files that are used: all, but those which `on_bad` leaves out."""
        return _usable(self.train_files, self.train_pairs)

    @property
    def usable_val_files(self) -> list[ImageFile]:
        """The validation files that are used."""
        return _usable(self.val_files, self.val_pairs)

    def learnt(self, count: int) -> list[Pair]:
        """So many of the training images, or all, whole at `scale`: a function of the seed; none where streamed."""
        pairs = self.pairs_at.get(self.scale)
        if pairs is None or pairs.streamed:
            return []
        order = np.random.Generator(np.random.Philox(key=self.seed)).permutation(len(pairs))
        return [pairs[number] for number in sorted(order[:count].tolist())]

    @cached_property
    def val_pairs(self) -> Pairs:
        if self.val_low_files:
            found = stored_file_pairs(self.val_files, self.val_low_files, self.scale, MEASURABLE, self.low_names[1])
            return check_pairs(*found, len(self.val_files), self.on_bad)
        return read_pairs(self.val_files, self.degradation, self.scale, MEASURABLE, self.on_bad)

    def batches(self, share: tuple[int, int] = (0, 1), device: torch.device | None = None) -> InTurn:
        """The training batches, by step; those of several scales in turn."""
        return InTurn([self._batches(scale, pairs, share, device) for scale, pairs in self.pairs_at.items()])

    def _batches(
        self, scale: int, pairs: Pairs, share: tuple[int, int], device: torch.device | None
    ) -> Batches | StreamedBatches:
        settings: dict[str, Any] = {
            "seed": self.seed,
            "scale": scale,
            "batch_size": self.batch_size,
            "patch_size": self.patch_size,
            "augmentations": self.augmentations,
            "share": share,
        }
        if pairs.streamed:
            return StreamedBatches(pairs, self.train_files, self._degradation(scale), **settings)
        return Batches(pairs, **settings, device=device)

    def _degradation(self, scale: int) -> Degradation:
        return self.degradation if scale == self.scale else at_scale(self.degradation, scale)

    def train_dataloader(self) -> Iterable[tuple[Tensor, Tensor]]:
        """Batches without end, from the one that the trainer has reached."""
        trainer = self.trainer
        assert trainer is not None
        steps = count(trainer.fit_loop.total_batch_idx + 1)
        share, device = (trainer.global_rank, trainer.world_size), trainer.strategy.root_device
        if self.store == "device":
            return self.time_batches(by_step(self.batches(share, device), steps, workers=0))
        streamed = any(pairs.streamed for pairs in self.pairs_at.values())
        workers = 0 if streamed else self.workers  # a stream has threads of its own, and each worker would decode all
        return self.time_batches(by_step(self.batches(share), steps, workers=workers, pinned=device.type == "cuda"))

    def val_dataloader(self) -> DataLoader[Pair]:
        """The validation images, whole."""
        trainer = self.trainer
        assert trainer is not None
        return whole_images(self.val_pairs, (trainer.global_rank, trainer.world_size))


def _check_count(name: str, number: int, *, least: int) -> None:
    if type(number) is not int or number < least:
        raise ValueError(f"expected {name} to be a whole number of at least {least}, got {number!r}")


def _check_scale(scale: float) -> None:
    if scale != int(scale) or scale < 1:
        raise ValueError(
            f"training takes whole scales, not scale={scale}: with model/head=liif train at another, such as scale=3, "
            f"then sr-evaluate run=RUN scale={scale}"
        )


def _usable(files: Sequence[ImageFile], pairs: Pairs) -> list[ImageFile]:
    return [files[number] for number in pairs.file_numbers]
