"""What the encoder of a trained network sees of an image."""

from typing import Any

from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from sr_experiments.color import network_input
from sr_experiments.inference.run import load_run
from sr_experiments.model.super_resolution import SuperResolution, mean_color
from sr_experiments.trained import run_folder


class Encoder(nn.Module):
    """An image `(B, C, H, W)` in [0, 1] to the features `(B, c, h, w)` that the encoder of `run` hands on, in a list.

    `run`: a run directory, or the name of a network that ships. A ValueError where its network has no encoder.
    """

    def __init__(self, *, run: str) -> None:
        super().__init__()
        network = load_run(run_folder(run)).network
        if not isinstance(network.module, SuperResolution):
            raise ValueError(f"run={run}: expected a network of encoder, decoder and head; this one is whole")
        self.network, self.color, self.name = network.module, network.color, f"Encoder {run}"

    def forward(self, image: Tensor) -> list[Tensor]:
        seen = network_input(image, self.color)
        if self.network.normalization == "mean_shift":
            seen = seen - mean_color(seen)
        made: list[Any] = tree_leaves(self.network.encoder(seen))
        return [each for each in made if isinstance(each, Tensor) and each.dim() == 4]
