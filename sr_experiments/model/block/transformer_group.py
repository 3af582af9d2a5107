"""The frame that SwinIR and HAT share: groups of transformer blocks, each closed by a convolution."""

from collections.abc import Sequence

from torch import Tensor, nn

from sr_experiments.model.block.checkpointing import sequence


class TransformerGroup(nn.Module):
    """Blocks on `(B, H, W, width)` and a 3×3 convolution, added to the input (Liang et al., 2021, equation 4).

    `width`: channels of the features; `blocks`: modules on them, one after the other; `checkpointing`: see
    Checkpointed.
    """

    def __init__(self, *, width: int, blocks: Sequence[nn.Module], checkpointing: bool) -> None:
        super().__init__()
        self.blocks = sequence(*blocks, checkpointing=checkpointing)
        self.last = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.last(self.blocks(features).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class TransformerBody(nn.Module):
    """Groups between two layer norms and a convolution, in a long skip.

    Features of whole windows and the size that they stand for, as the windowed encoder makes them, to
    `(B, width, H, W)`. Linear layers begin from a truncated normal distribution of 0.02, with no bias.

    `width`: channels of the features; `groups`: modules on `(B, H, W, width)`, one after the other.
    """

    def __init__(self, *, width: int, groups: Sequence[nn.Module]) -> None:
        super().__init__()
        self.first_norm, self.last_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.groups = nn.Sequential(*groups)
        self.last = nn.Conv2d(width, width, 3, padding=1)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, encoded: tuple[Tensor, tuple[int, int]]) -> Tensor:
        features, (height, width) = encoded
        deep = self.last_norm(self.groups(self.first_norm(features.permute(0, 2, 3, 1))))
        return (features + self.last(deep.permute(0, 3, 1, 2)))[..., :height, :width]
