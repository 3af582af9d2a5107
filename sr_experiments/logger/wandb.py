"""Weights & Biases beside the run directory."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import wandb
from lightning_fabric.loggers.logger import rank_zero_experiment
from PIL import Image
from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.utilities import rank_zero_only

from sr_experiments import record, tables


class Wandb(WandbLogger):
    """Online where a key is known (WANDB_API_KEY or `wandb login`) and the server takes it, offline otherwise.

    A run directory has one W&B run, whose id stands in its record: an interrupted run goes on in it, at the first step
    that it has not logged yet. A sweep agent of W&B brings its own id, in WANDB_RUN_ID.
    """

    def __init__(self, *, save_dir: str | Path, project: str, group: str, job_type: str, tags: list[str]) -> None:
        os.environ.pop("WANDB_SERVICE", None)  # a parent's service would still hold the run of a job that was killed
        os.environ.setdefault("WANDB_DATA_DIR", str(save_dir))
        mode = "online" if signed_in() else "offline"
        super().__init__(save_dir=save_dir, project=project, group=group, job_type=job_type, tags=tags, mode=mode)
        self.folder, self.reached = Path(save_dir), 0

    @property
    @rank_zero_experiment
    def experiment(self) -> Any:
        """The W&B run, begun or gone on with at the first use."""
        if self._experiment is None:
            self._identify()
        try:
            return super().experiment
        except wandb.Error as error:
            print(f"W&B goes on offline: {error}")
            self._wandb_init["mode"] = "offline"
            return super().experiment

    def _identify(self) -> None:
        facts = record.read_json(self.folder)
        job = f"{facts['signature']}-{facts['seed']}"
        known = facts.get("wandb")
        chosen = os.environ.get("WANDB_RUN_ID") or known or f"{job}-{secrets.token_hex(3)}"
        if chosen == known:
            steps = (int(row["step"]) for row in tables.read_rows(self.folder / "metrics.csv"))
            self.reached = max(steps, default=0)
        self._wandb_init.update(id=chosen, name=f"{facts['choices'].get('model', 'run')} {job}")
        record.update(self.folder, wandb=chosen)

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any]) -> None:
        """Send the config, one key a value (`optimizer/lr`), with the choices that made it (`model`, `model/head`)."""
        run = self.experiment
        facts = record.read_json(self.folder)
        run.config.update({**flat(params), **facts["choices"], "signature": facts["signature"]}, allow_val_change=True)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Send values; those of a step that an earlier part of the run has sent are left out."""
        if step is None or step >= self.reached:
            super().log_metrics(metrics, step)

    @rank_zero_only
    def finish(self, pictures: Path) -> None:
        """Send the crops under `pictures`, input, output and target side by side, and end the W&B run."""
        for folder in sorted(path.parent for path in pictures.rglob("output.png")):
            name = folder.relative_to(pictures).as_posix()
            self.log_image(f"images/{name}", [side_by_side(folder)], caption=["input, output, target"])
        self.experiment.finish()


def flat(node: dict[str, Any]) -> dict[str, Any]:
    """A nested config with one key a value, `/` between the names; what names code (`_target_`) is left out."""
    found = {}
    for key, value in node.items():
        if isinstance(value, dict):
            found |= {f"{key}/{name}": leaf for name, leaf in flat(value).items()}
        elif not key.startswith("_"):
            found[key] = value
    return found


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
