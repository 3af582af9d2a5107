"""Leaderboards and pictures in one Weights & Biases run."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import wandb
from PIL import Image

from sr_experiments.report import crops
from sr_experiments.report.formats import as_records
from sr_experiments.report.leaderboard import Leaderboard
from sr_experiments.report.text import title


def send(project: str, boards: Sequence[Leaderboard], folder: Path) -> str:
    """Send a table, a bar chart and the picture grids of each leaderboard; says where they are.

    Online where a key is known, else into `folder`/wandb, for `wandb sync`. Pictures go as images of their own: inside
    a table they would be lost offline.
    """
    os.environ.setdefault("WANDB_DATA_DIR", str(folder))
    os.environ.setdefault("WANDB_SILENT", "true")
    with wandb.init(project=project, job_type="compare", dir=folder, mode=_mode()) as run:
        for board in boards:
            run.log(_logged(board))
        return run.url or f"{run.dir} (offline; send it with: wandb sync {Path(run.dir).parent})"


def _mode() -> Any:
    try:
        return os.environ.get("WANDB_MODE") or ("online" if wandb.login(prompt=False) else "offline")
    except wandb.Error as error:
        print(f"W&B goes on offline: {error}")
        return "offline"


def _logged(board: Leaderboard) -> dict[str, Any]:
    rows = as_records([board])
    columns: list[Any] = list(rows[0])
    table = wandb.Table(columns=columns, data=[[row[column] for column in columns] for row in rows])
    name, first = title(board), board.metrics[0]
    bars = wandb.Table(columns=["experiment", first], data=[[row["experiment"], row[first]] for row in rows])
    return {
        f"{name}/leaderboard": table,
        f"{name}/{first}": wandb.plot.bar(bars, "experiment", first, title=name),
        **dict(_pictures(board, name)),
    }


def _pictures(board: Leaderboard, name: str) -> Iterator[tuple[str, Any]]:
    (chosen,) = crops.select_crops([board], [crops.find_crops(board)])
    for crop in chosen:
        caption = ", ".join(["input", *crop.outputs, "target"])
        yield f"{name}/{crop.image}", wandb.Image(grid(crop), caption=caption)


def grid(crop: crops.Crop) -> np.ndarray:
    """Input, outputs and target beside each other, the input enlarged without smoothing, as uint8 `(H, W, 3)`."""
    pictures = [Image.open(path).convert("RGB") for path in (crop.input, *crop.outputs.values(), crop.target)]
    return np.hstack([np.array(each.resize(pictures[-1].size, Image.Resampling.NEAREST)) for each in pictures])
