"""CARN's body: residual blocks that cascade within blocks that cascade."""

from collections.abc import Sequence
from itertools import cycle

import torch
from torch import Tensor, nn

from sr_experiments.model.block.residual import Residual


class Cascade(nn.Module):
    """A 1×1 ReLU convolution merges the input and all outputs so far into the next step's input.

    Ahn et al., ECCV 2018, equation 3. There are `count` steps, `(B, width, H, W)` to the same; where `steps` are fewer,
    they are used again.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, count: int, steps: Sequence[nn.Module]) -> None:
        super().__init__()
        self.steps = nn.ModuleList(steps)
        self.merges = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width * number, width, 1), nn.ReLU()) for number in range(2, count + 2)
        )

    def forward(self, features: Tensor) -> Tensor:
        known = features
        for step, merge in zip(cycle(self.steps), self.merges, strict=False):
            known = torch.cat([known, step(features)], 1)
            features = merge(known)
        return features


class CarnDecoder(Cascade):
    """`blocks` cascading blocks of `blocks` residual blocks, `(B, width, H, W)` to the same.

    Ahn et al., "Fast, Accurate, and Lightweight Super-Resolution with Cascading Residual Network", ECCV 2018,
    section 3. CARN-M: `convolution_groups` > 1 makes the residual blocks efficient ones, of grouped convolutions and a
    1×1; `shared` has each cascading block use one of them again and again.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, blocks: int, convolution_groups: int, shared: bool) -> None:
        def block() -> nn.Module:
            steps = [_residual(width, convolution_groups) for _ in range(1 if shared else blocks)]
            return Cascade(width=width, count=blocks, steps=steps)

        super().__init__(width=width, count=blocks, steps=[block() for _ in range(blocks)])


def _residual(width: int, groups: int) -> nn.Module:
    layers: list[nn.Module] = [
        nn.Conv2d(width, width, 3, padding=1, groups=groups),
        nn.ReLU(),
        nn.Conv2d(width, width, 3, padding=1, groups=groups),
    ]
    if groups > 1:
        layers += [nn.ReLU(), nn.Conv2d(width, width, 1)]
    return nn.Sequential(Residual(*layers), nn.ReLU())
