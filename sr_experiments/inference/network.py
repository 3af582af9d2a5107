"""A network as it is used, whatever it is made of."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from torch import Tensor, nn

from sr_experiments.color import channels, image_of
from sr_experiments.model.cost import parameters
from sr_experiments.model.fusion import fused
from sr_experiments.model.receptive_field import reach


class Network:
    """What measuring, tiles, profiles and files share of a network.

    Called with images `(B, C, h, w)` in [0, 1] it gives `(B, C, s·h, s·w)`, not clamped. `made`, a torch module or any
    other callable, returns that, or (image, extra); of a module a copy for use is kept in `module`, re-parameterised
    convolutions merged.

    `scale`: how many times larger the result is. `color`: what it sees, rgb (C = 3), y (C = 1), or C itself.
    `parameters`: how many numbers were learnt, None where that is not known.
    """

    def __init__(self, made: Callable[[Tensor], Tensor], *, scale: float, color: str | int) -> None:
        self.module = fused(made).eval() if isinstance(made, nn.Module) else None
        self.call, self.scale, self.color = self.module or made, scale, color
        self.channels = channels(color)
        self.parameters = parameters(made) if isinstance(made, nn.Module) else None

    def __call__(self, low: Tensor) -> Tensor:
        return image_of(self.call(low))

    @cached_property
    def receptive_field(self) -> int | None:
        """The side, in low-resolution pixels, of the square that an output pixel depends on: see `reach`.

        None where that is the whole image, or not known: files that don't say it, networks that take no strips.
        """
        if self.module is None:
            return getattr(self.call, "receptive_field", None)
        try:
            return reach(self.module, self.channels)
        except RuntimeError:
            return None

    def rescale(self, scale: float) -> None:
        """Enlarge by another scale from now on; a ValueError where the network cannot."""
        if not isinstance(scale, int | float) or scale <= 0:
            raise ValueError(f"scale: expected a positive number, got {scale!r}")
        if scale != self.scale and not getattr(self.module, "any_scale", False):
            raise ValueError(
                f"its network makes scale={self.scale} alone, leave out scale={scale}: one trained with "
                "model/head=liif makes any"
            )
        if scale != self.scale:
            self.module.head.scale = self.scale = scale  # pyright: ignore


def as_used(made: Any, config: Mapping[str, Any]) -> Any:
    """What a config's `model:` makes as it is used: files and images know their scale and color already."""
    return Network(made, scale=config["scale"], color=config["color"]) if isinstance(made, nn.Module) else made
