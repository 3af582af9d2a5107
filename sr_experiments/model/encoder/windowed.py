"""The first layer of networks that work in windows."""

from torch import Tensor, nn

from sr_experiments.model.block.padding import mirrored


class WindowedEncoder(nn.Conv2d):
    """3×3 convolution of an image that is mirrored to sides of whole windows.

    `(B, channels, H, W)` to features `(B, width, H', W')`, whose sides are multiples of `window`, and the size `(H, W)`
    that they stand for.

    `channels`: channels of the image; `width`: channels of the features.
    """

    def __init__(self, *, channels: int, width: int, window: int) -> None:
        super().__init__(channels, width, 3, padding=1)
        self.window = window

    def forward(self, input: Tensor) -> tuple[Tensor, tuple[int, int]]:  # noqa: A002 (torch's name)
        return super().forward(mirrored(input, self.window)), (input.shape[-2], input.shape[-1])
