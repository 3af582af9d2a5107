"""What a network sees of an image, and how its output becomes one again.

Of photographs `color` is rgb, or y for luma alone; for images of other channels it is their number, and a network sees
them as they are.

Y, Cb and Cr are ITU-R BT.601 with head-room (Y from 16 to 235), as MATLAB's rgb2ycbcr computes them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from sr_experiments.channels import CHANNELS, channels
from sr_experiments.resize import resize

_MATRIX = torch.tensor(
    [[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]], dtype=torch.float64
)
_OFFSETS = 16.0, 128.0, 128.0
BLACK, WHITE = 16 / 255, 235 / 255  # as networks of luma see them
_TO, _FROM = _MATRIX.tolist(), torch.linalg.inv(_MATRIX).tolist()


def _mixed(parts: Sequence[Tensor], rows: list[list[float]]) -> list[Tensor]:
    first, second, third = parts  # numbers as scalars: constants in tensors would have to be copied to a GPU
    return [first * a + second * b + third * c for a, b, c in rows]


def rgb_to_ycbcr(image: Tensor) -> Tensor:
    """RGB `(..., 3, H, W)` in [0, 1] to Y, Cb, Cr on the scale of 0 to 255, not rounded."""
    return torch.stack(
        [part + offset for part, offset in zip(_mixed(image.unbind(-3), _TO), _OFFSETS, strict=True)], -3
    )


def ycbcr_to_rgb(image: Tensor) -> Tensor:
    """Y, Cb, Cr `(..., 3, H, W)` on the scale of 0 to 255 to RGB in [0, 1], neither rounded nor clamped."""
    parts = [part - offset for part, offset in zip(image.unbind(-3), _OFFSETS, strict=True)]
    return torch.stack(_mixed(parts, _FROM), -3)


def rgb_to_y(image: Tensor) -> Tensor:
    """RGB `(..., 3, H, W)` in [0, 1] to Y `(..., 1, H, W)` on the scale of 0 to 255, not rounded."""
    (luma,) = _mixed(image.unbind(-3), _TO[:1])
    return luma.unsqueeze(-3) + _OFFSETS[0]


def luma(rgb: Tensor) -> Tensor:
    """Y in whole numbers, as the papers of the SRCNN era take it.

    From RGB `(..., 3, H, W)` on the scale of 0 to 255 to `(..., 1, H, W)` on the same, float64.
    """
    return (rgb_to_y(rgb.double() / 255).clamp(0, 255) + 0.5).floor()


def display_channels(image: Tensor) -> Tensor:
    """What a picture shows of an image `(C, H, W)`: its first three channels as RGB, or the first of fewer as grey."""
    return image[:3] if len(image) >= 3 else image[:1]


def network_input(image: Tensor, color: str | int) -> Tensor:
    """What a network of this `color` sees of RGB `(B, 3, H, W)` or of luma alone `(B, 1, H, W)`, in [0, 1].

    A network that sees rgb gets luma as a grey image; one that sees a number of channels, images that have as many.
    """
    if type(color) is int or image.shape[-3] not in CHANNELS.values():
        if image.shape[-3] != channels(color):
            raise ValueError(f"images of {image.shape[-3]} channel(s) want color={image.shape[-3]}, not color={color}")
        return image
    if image.shape[-3] == 1:
        return image.repeat(1, channels(color), 1, 1)
    return image if color == "rgb" else rgb_to_y(image) / 255


def network_output(output: Tensor, low: Tensor, color: str | int) -> Tensor:
    """The image that a network's `output` stands for: RGB, or luma alone `(B, 1, H, W)` where `low` is.

    A Y output is joined with the bicubic Cb and Cr of `low`.
    """
    if type(color) is int:
        return output
    if low.shape[-3] == 1:
        return output.mean(-3, keepdim=True)
    if color == "rgb":
        return output
    size = (output.shape[-2], output.shape[-1])
    chroma = resize(rgb_to_ycbcr(low)[..., 1:, :, :], size)
    return ycbcr_to_rgb(torch.cat([output * 255, chroma], -3))


def enlarge_grey(network: Callable[[Tensor], Tensor], grey: Tensor) -> Tensor:
    """Grey `(B, 1, h, w)` of 0 to 1 enlarged by a network of luma as RGB of three equal channels is."""
    return (network(grey * (WHITE - BLACK) + BLACK) - BLACK) / (WHITE - BLACK)


def image_of(returned: Any) -> Tensor:
    """The image among what a network returns: all of it, or the first of (image, extra)."""
    return returned[0] if isinstance(returned, tuple) else returned


def enlarge_image(network: Callable[[Tensor], Tensor], low: Tensor, color: str | int) -> Tensor:
    """RGB `(B, 3, H, W)` of 0 to 255 enlarged by a network of this `color`: `(B, 3, s·H, s·W)` of 0 to 1, not clamped.

    Luma alone, and images of other channels, likewise.
    """
    low = low.float() / 255
    output = image_of(network(network_input(low, color)))
    return network_output(output.float(), low, color)
