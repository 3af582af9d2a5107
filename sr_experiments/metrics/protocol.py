"""How a result is made ready for measuring."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from sr_experiments.channels import CHANNELS
from sr_experiments.color import luma, rgb_to_y

DEEP = 257  # the values of 16 bits between two of 8

_AT_ONCE = 1 << 15  # pixels that float64 is made of, so many as stay in a core's cache


class Protocol:
    """A named way of measuring: rounding, color space and border, before any metric sees the images.

    `color`: `y` measures luma (BT.601 with head-room), `rgb` the three channels, `all` whatever channels there are.
    `rounding`: what becomes whole numbers, once. `rgb`: the result's channels, so that luma is not rounded. `y`: luma.
    `all`: every channel, to the 65,536 values of 16 bits.
    `shave`: pixels cut from each side, a fraction rounded up.
    `window`: of all channels the (low, high) values that are measured, as the range of the metrics; those beyond are
    clipped. `limits`: in the same units, what black and white stand for.

    `name`: what its scores are called.
    """

    def __init__(
        self,
        *,
        name: str,
        color: str,
        rounding: str = "rgb",
        shave: float,
        limits: Sequence[float] = (0, 1),
        window: Sequence[float] | None = None,
    ) -> None:
        known = {("y", "rgb"), ("y", "y"), ("rgb", "rgb"), ("all", "all")}
        if (color, rounding) not in known:
            raise ValueError(f"a protocol's (color, rounding) is one of {sorted(known)}, not {(color, rounding)}")
        if window and (color != "all" or not limits[0] <= window[0] < window[1] <= limits[1]):
            raise ValueError(f"protocol {name}: expected a window of all channels within {limits}, got {window}")
        self.limits, self.window = limits, window
        self.name, self.color, self.rounding, self.shave = name, color, rounding, math.ceil(shave)

    def __call__(self, output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """A result and its target as what is compared: float64, 0 to 255, `(B, 1, …)` luma, `(B, 3, …)` RGB, or all.

        `output`: `(B, 3, H, W)` RGB in [0, 1], `target`: uint8 of that shape; or both luma alone, `(B, 1, H, W)`. Of a
        source with 16 bits a channel the target is float, 0 to 255, and rounded as the result is.
        """
        if output.shape != target.shape:
            raise ValueError(f"the result is {tuple(output.shape)}, its target {tuple(target.shape)}: another scale?")
        height, width = target.shape[-2:]
        across, down = (slice(self.shave, side - self.shave) for side in (width, height))
        rows = max(1, _AT_ONCE // width)
        bands = zip(*(image[..., down, :].split(rows, -2) for image in (output, target)), strict=True)
        parts = [self._comparable(band.double() * 255, goal) for band, goal in bands]
        output, target = (torch.cat([band[..., across] for band in part], -2) for part in zip(*parts, strict=True))
        return output, target

    def _comparable(self, output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        if self.color == "all":
            return self._cut_window(_round(output, DEEP)), self._cut_window(_round(target, DEEP))
        if target.shape[-3] not in CHANNELS.values():
            kind = f"photographs, the images have {target.shape[-3]} channels"
            raise ValueError(f"protocol {self.name} is for {kind}: add protocol=channels")
        if target.shape[-3] == 1:
            if self.color == "rgb":
                raise ValueError(f"protocol {self.name} measures RGB, the images are luma alone: change one of them")
            return _round(output), _round(target)
        if self.rounding == "y":
            return luma(output), luma(target)
        images = _round(output), _round(target)
        return (rgb_to_y(images[0].div_(255)), rgb_to_y(images[1].div_(255))) if self.color == "y" else images

    def _cut_window(self, image: Tensor) -> Tensor:
        """The window on the scale of 0 to 255."""
        if self.window is None:
            return image
        low, high = (255 * (end - self.limits[0]) / (self.limits[1] - self.limits[0]) for end in self.window)
        return ((image - low) * 255 / (high - low)).clamp(0, 255)


def validation_protocol(color: str | int, scale: float) -> Protocol:
    """What the images that choose the weights are measured by: photographs by *standard*, others by all channels."""
    if type(color) is int:
        return Protocol(name="channels", color="all", rounding="all", shave=scale)
    return Protocol(name="standard", color="y", shave=scale)


def _round(image: Tensor, steps: int = 1) -> Tensor:
    """The nearest multiples of 1/`steps`, 0 to 255."""
    if image.dtype == torch.uint8:
        return image.double()
    levels = image.double().clamp(0, 255)
    return levels.round_() if steps == 1 else levels.mul_(steps).round_().div_(steps)
