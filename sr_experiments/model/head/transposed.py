"""The transposed-convolution head of FSRCNN."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad, pixel_shuffle

CROSSED = (slice(None), None, slice(None), None), (None, slice(None), None, slice(None))


class TransposedHead(nn.ConvTranspose2d):
    """Transposed convolution of stride s, `(B, width, H, W)` to `(B, channels, s·H, s·W)`.

    Dong et al., ECCV 2016, section 3.2: kernel 9×9, initialised from N(0, 0.001). Any whole scale up to `kernel_size`.
    `as_convolution` makes the same, to rounding, of a convolution and a shuffle.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    as_convolution = False

    def __init__(self, *, width: int, channels: int, scale: int, kernel_size: int) -> None:
        if scale != int(scale) or not 1 <= scale <= kernel_size or kernel_size % 2 == 0:
            raise ValueError(
                f"the transposed head makes whole scales up to its kernel_size, an odd number: "
                f"got scale={scale}, kernel_size={kernel_size}"
            )
        super().__init__(width, channels, kernel_size, stride=scale, padding=kernel_size // 2, output_padding=scale - 1)
        nn.init.normal_(self.weight, std=0.001)
        nn.init.zeros_(self.bias)  # pyright: ignore[reportArgumentType]

    def forward(self, features: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not self.as_convolution:
            return super().forward(features)
        assert self.bias is not None
        scale = self.stride[0]
        weight, *block = blocks(self.weight, scale, int(self.padding[0]))
        return shuffled(features, weight, self.bias.repeat_interleave(scale**2), *block, scale=scale)


def blocks(weight: Tensor, scale: int, padding: int, step: int = 1) -> tuple[Tensor, int, int, int]:
    """The convolution that makes all pixels of a block, which `step`² pixels become, of a transposed one's `weight`.

    Its weights; how many pixels a block depends on left and right of its own along a side; and how far ahead of the
    image blocks begin, which is where fewest weights do then.
    """
    size, side = weight.shape[-1], step * scale
    lefts = [(before - padding + size - 1) // scale for before in range(scale)]
    rights = [(side - 1 - before + padding) // scale for before in range(scale)]
    _, left, before = min((lefts[place] + rights[place], lefts[place], place) for place in range(scale))
    right = rights[before]
    offsets = torch.arange(-left, right + 1, device=weight.device)
    taps = torch.arange(side, device=weight.device)[:, None] - before + padding - scale * offsets
    known = (taps >= 0) & (taps < size)
    rows, columns = (taps.clamp(0, size - 1)[place] for place in CROSSED)
    weight = weight[:, :, rows, columns] * (known[CROSSED[0]] & known[CROSSED[1]])
    return weight.permute(1, 2, 3, 0, 4, 5).flatten(0, 2), left, right, before


def shuffled(
    features: Tensor, weight: Tensor, bias: Tensor, left: int, right: int, before: int, *, scale: int, step: int = 1
) -> Tensor:
    """What `blocks` makes of features `(B, width, H, W)`: `(B, channels, s·H, s·W)`."""
    height, width = (scale * side for side in features.shape[-2:])
    features = pad(features, 2 * (left, right + bool(before)))
    high = pixel_shuffle(conv2d(features, weight, bias, step), step * scale)
    return high[..., before : before + height, before : before + width]
