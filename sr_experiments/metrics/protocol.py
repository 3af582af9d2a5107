"""How a result is made ready for measuring."""

from torch import Tensor

from sr_experiments.color import rgb_to_y


class Protocol:
    """A named way of measuring: rounding, color space and border, before any metric sees the images.

    `color`: `y` measures luma (BT.601 with head-room, not rounded), `rgb` the three channels together.
    `shave`: pixels cut from each side.
    """

    def __init__(self, *, name: str, color: str, shave: int) -> None:
        if color not in ("y", "rgb"):
            raise ValueError(f"a protocol's color is y or rgb, not {color!r}")
        self.name, self.color, self.shave = name, color, shave

    def __call__(self, output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """A result (RGB in [0, 1], `(B, 3, H, W)`) and its target (uint8) as what is compared, float64, 0 to 255."""
        rounded = (output.double() * 255).clamp(0, 255).round()
        return self._compared(rounded), self._compared(target.double())

    def _compared(self, image: Tensor) -> Tensor:
        height, width = image.shape[-2:]
        shaved = image[..., self.shave : height - self.shave, self.shave : width - self.shave]
        return rgb_to_y(shaved / 255) if self.color == "y" else shaved
