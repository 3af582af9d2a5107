"""What a network learns from, and what chooses its weights."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from sr_experiments.data.batches import Augmentation, Batches
from sr_experiments.data.benchmarks import whole_images
from sr_experiments.data.pairs import Degradation, Pair, read_pairs
from sr_experiments.data.sources import image_files


class TrainingData(LightningDataModule):
    """Patches of the images `train`, whole images of `val`; either is a folder or a list of files."""

    def __init__(
        self,
        *,
        train: str | Sequence[str | Path],
        val: str | Sequence[str | Path],
        batch_size: int,
        patch_size: int,
        workers: int,
        scale: int,
        seed: int,
        degradation: Degradation,
        augmentations: Sequence[Augmentation],
    ) -> None:
        super().__init__()
        if batch_size < 1 or patch_size < 1:
            raise ValueError(f"expected batch_size and patch_size of at least 1, got {batch_size} and {patch_size}")
        self.train_files, self.val_files = image_files(train), image_files(val)
        self.batch_size, self.patch_size, self.workers = batch_size, patch_size, workers
        self.scale, self.seed, self.degradation, self.augmentations = scale, seed, degradation, augmentations
        self.train_pairs: list[Pair] = []
        self.val_pairs: list[Pair] = []

    def setup(self, stage: str) -> None:
        """Read every image, once."""
        if not self.train_pairs:
            self.train_pairs = read_pairs(self.train_files, self.degradation, self.scale, smallest=self.patch_size)
            self.val_pairs = read_pairs(self.val_files, self.degradation, self.scale)

    def batches(self, share: tuple[int, int] = (0, 1)) -> Batches:
        """The training batches, by step."""
        return Batches(
            self.train_pairs,
            seed=self.seed,
            scale=self.scale,
            batch_size=self.batch_size,
            patch_size=self.patch_size,
            augmentations=self.augmentations,
            share=share,
        )

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        """Batches without end, from the step that the trainer has reached."""
        trainer = self.trainer
        assert trainer is not None
        steps = count(trainer.global_step * trainer.accumulate_grad_batches)
        return DataLoader(
            self.batches((trainer.global_rank, trainer.world_size)),
            batch_size=None,
            sampler=steps,  # pyright: ignore[reportArgumentType]
            num_workers=self.workers,
            pin_memory=trainer.strategy.root_device.type == "cuda",
        )

    def val_dataloader(self) -> DataLoader[Pair]:
        """The validation images, whole."""
        trainer = self.trainer
        assert trainer is not None
        return whole_images(self.val_pairs, (trainer.global_rank, trainer.world_size))
