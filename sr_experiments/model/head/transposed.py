"""The transposed-convolution head of FSRCNN."""

from torch import nn


class TransposedHead(nn.ConvTranspose2d):
    """Transposed convolution of stride s, `(B, width, H, W)` to `(B, channels, s·H, s·W)`.

    Dong et al., ECCV 2016, section 3.2: kernel 9×9, initialised from N(0, 0.001). Any whole scale up to `kernel_size`.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(self, *, width: int, channels: int, scale: int, kernel_size: int) -> None:
        if scale != int(scale) or not 1 <= scale <= kernel_size or kernel_size % 2 == 0:
            raise ValueError(
                f"the transposed head makes whole scales up to its kernel_size, an odd number: "
                f"got scale={scale}, kernel_size={kernel_size}"
            )
        super().__init__(width, channels, kernel_size, stride=scale, padding=kernel_size // 2, output_padding=scale - 1)
        nn.init.normal_(self.weight, std=0.001)
        nn.init.zeros_(self.bias)  # pyright: ignore[reportArgumentType]
