"""The encoder of a U-Net: a pyramid of ever smaller and deeper features."""

from torch import Tensor, nn

from sr_experiments.model.block.padding import mirrored


class UnetEncoder(nn.Module):
    """`(B, channels, H, W)` to a pyramid of `depth` + 1 levels and the size `(H, W)` that it stands for.

    Level i has `features`·2^i channels at sides divided by 2^i. Sides that 2^depth does not divide are mirrored.
    Ronneberger et al., "U-Net", MICCAI 2015, with strided convolutions for pooling.

    `channels`: channels of the image.
    """

    def __init__(self, *, channels: int, features: int, depth: int) -> None:
        super().__init__()
        self.multiple = 2**depth
        self.levels = nn.ModuleList([_level(channels, features, 1)])
        for index in range(depth):
            self.levels.append(_level(features * 2**index, features * 2 ** (index + 1), 2))

    def forward(self, image: Tensor) -> tuple[list[Tensor], tuple[int, int]]:
        pyramid = [mirrored(image, self.multiple)]
        for level in self.levels:
            pyramid.append(level(pyramid[-1]))
        return pyramid[1:], (image.shape[-2], image.shape[-1])


def _level(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )
