"""EDSR's body: residual blocks without batch normalisation."""

from torch import nn

from sr_experiments.model.block.residual import Residual


class EdsrDecoder(Residual):
    """`blocks` residual blocks and a convolution inside one long skip, `(B, width, H, W)` to the same.

    Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPR Workshops 2017, section 3.2.

    `width`: channels of the features; `residual_scale`: what a block adds is multiplied by it, 0.1 in the wide EDSR;
    `checkpointing`: compute activations again for the backward pass, with less memory and more time.
    """

    def __init__(self, *, width: int, blocks: int, residual_scale: float, checkpointing: bool = False) -> None:
        super().__init__(
            *(
                Residual(
                    nn.Conv2d(width, width, 3, padding=1),
                    nn.ReLU(),
                    nn.Conv2d(width, width, 3, padding=1),
                    scale=residual_scale,
                )
                for _ in range(blocks)
            ),
            nn.Conv2d(width, width, 3, padding=1),
            checkpointing=checkpointing,
        )
