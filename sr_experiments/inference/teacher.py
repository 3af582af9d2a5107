"""A trained network that another one learns from."""

from typing import Any

from torch import Tensor, nn

from sr_experiments.inference.run import load_run
from sr_experiments.trained import run_folder


class Teacher(nn.Module):
    """What the network of `run` makes of `(B, C, H, W)` in [0, 1]: `(B, C, s·H, s·W)`.

    `run`: a run directory, or the name of a network that ships. A ValueError unless it has the `scale` and `color` of
    the network that learns.
    """

    def __init__(self, *, run: str, scale: int, color: str | int) -> None:
        super().__init__()
        network = load_run(run_folder(run)).network
        if (network.scale, network.color) != (scale, color):
            theirs = f"scale={network.scale} color={network.color}"
            raise ValueError(f"run={run}: a teacher has its student's scale={scale} color={color}, this one {theirs}")
        self.network: Any = network.module

    def forward(self, low: Tensor) -> Tensor:
        returned = self.network(low)
        return returned[0] if isinstance(returned, tuple) else returned
