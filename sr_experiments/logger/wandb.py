"""Weights & Biases beside the run directory."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import wandb
from lightning_fabric.loggers.logger import rank_zero_experiment
from PIL import Image
from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.utilities import rank_zero_only


class Wandb(WandbLogger):
    """Online where a key is known (WANDB_API_KEY or `wandb login`) and the server takes it, offline otherwise."""

    def __init__(self, *, save_dir: str | Path, project: str, group: str, job_type: str, tags: list[str]) -> None:
        os.environ.setdefault("WANDB_DATA_DIR", str(save_dir))
        mode = "online" if signed_in() else "offline"
        super().__init__(save_dir=save_dir, project=project, group=group, job_type=job_type, tags=tags, mode=mode)

    @property
    @rank_zero_experiment
    def experiment(self) -> Any:
        """The W&B run, begun at the first use."""
        try:
            return super().experiment
        except wandb.Error as error:
            print(f"W&B goes on offline: {error}")
            self._wandb_init["mode"] = "offline"
            return super().experiment

    @rank_zero_only
    def finish(self, pictures: Path) -> None:
        """Send the crops under `pictures`, input, output and target side by side, and end the W&B run."""
        for folder in sorted(path.parent for path in pictures.rglob("output.png")):
            name = folder.relative_to(pictures).as_posix()
            self.log_image(f"images/{name}", [side_by_side(folder)], caption=["input, output, target"])
        self.experiment.finish()


@rank_zero_only
def signed_in() -> bool:
    """Whether W&B knows a key and its server takes it."""
    try:
        return wandb.login(prompt=False)
    except wandb.Error as error:
        print(f"W&B goes on offline: {error}")
        return False


def side_by_side(folder: Path) -> np.ndarray:
    """The crops of one image beside each other, the input enlarged without smoothing, as uint8 (H, W, 3)."""
    low, output, target = (Image.open(folder / f"{name}.png") for name in ("input", "output", "target"))
    return np.hstack([np.array(low.resize(output.size, Image.Resampling.NEAREST)), np.array(output), np.array(target)])
