"""The residual connection, alone and as the block that most networks repeat."""

from torch import Tensor, nn

from sr_experiments.model.block.checkpointing import sequence


class Residual(nn.Module):
    """x + scale · layers(x), for layers that keep the shape (He et al., 2016), `checkpointing` as of a Checkpointed."""

    def __init__(self, *layers: nn.Module, scale: float = 1.0, checkpointing: bool = False) -> None:
        super().__init__()
        self.layers = sequence(*layers, checkpointing=checkpointing)
        self.scale = scale

    def forward(self, features: Tensor) -> Tensor:
        change = self.layers(features)
        return features + (change if self.scale == 1.0 else self.scale * change)
