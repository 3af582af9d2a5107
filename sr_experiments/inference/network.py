"""A network as it is used, whatever it is made of."""

from collections.abc import Callable, Mapping
from functools import cached_property
from inspect import signature
from typing import Any

from torch import Tensor, nn

from sr_experiments.channels import channels
from sr_experiments.color import image_of
from sr_experiments.model.cost import parameters
from sr_experiments.model.fusion import fuse
from sr_experiments.model.receptive_field import STRIPE, cut_step, reach

CHROMA = 5  # the side of the square that bicubic chroma depends on


class Network:
    """What measuring, tiles, profiles and files share of a network.

    Called with images `(B, C, h, w)` in [0, 1] it gives `(B, C, s·h, s·w)`, not clamped. `made`, a torch module or any
    other callable, returns that, or (image, extra); of a module a copy for use is kept in `module`, re-parameterised
    convolutions merged.

    `scale`: how many times larger the result is. `color`: what it sees, rgb (C = 3), y (C = 1), or C itself.
    `parameters`: how many numbers were learnt, None where that is not known.

    A module that draws says by `noise_channels` how many random numbers it takes for a low-resolution pixel: called
    with them, `noise=` of `(B, noise_channels, h, w)`, it gives a sample, without them what it thinks likely.
    """

    def __init__(self, made: Callable[..., Tensor], *, scale: float, color: str | int) -> None:
        self.module = fuse(made).eval() if isinstance(made, nn.Module) else None
        self.call, self.scale, self.color = self.module or made, scale, color
        self.channels = channels(color)
        self.parameters = parameters(made) if isinstance(made, nn.Module) else None

    def __call__(self, low: Tensor, noise: Tensor | None = None) -> Tensor:
        return image_of(self.call(low) if noise is None else self.call(low, noise=noise))

    @property
    def noise_channels(self) -> int:
        """How many random numbers a sample takes for a low-resolution pixel; 0 of a network that draws none."""
        return getattr(self.module, "noise_channels", 0)

    def set_sampler(self, settings: Mapping[str, Any]) -> None:
        """Draw with other settings than the network was trained with; a ValueError where it has none of a name.

        Before tiles are made: the receptive field grows with the steps.
        """
        setter = getattr(self.module, "set_sampler", None)
        known = list(signature(setter).parameters) if setter else []
        for name in settings:
            if name not in known:
                raise ValueError(f"sampler.{name}: this network draws with {', '.join(known) or 'no settings'}")
        if setter:
            setter(**{name: getattr(self.module, name) for name in known} | dict(settings))

    @cached_property
    def receptive_field(self) -> int | None:
        """The side, in low-resolution pixels, of the square that an output pixel depends on: see `reach`.

        None where that is the whole image, or not known: files that don't say it, networks that take no strips.
        """
        if self.module is None:
            return getattr(self.call, "receptive_field", None)
        ways = [(self.module, self.channels)]
        if self.noise_channels:
            ways.append((_Sampled(self.module, self.channels), self.channels + self.noise_channels))
        try:
            fields = [reach(module, channels) for module, channels in ways]
        except RuntimeError:
            return None
        return None if None in fields else max(filter(None, fields))

    @cached_property
    def tile_field(self) -> int | None:
        """The same for what is cut into tiles: with the bicubic chroma beside luma, and None where tiles differ.

        They do where a network lays a grid over an image whose steps depend on its size.
        """
        field = self.receptive_field
        if field is None or self._step is None:
            return None
        return max(field, CHROMA) if self.color == "y" else field

    @property
    def tile_step(self) -> int:
        """Tiles are cut at multiples of so many low-resolution pixels: 1, where they may be cut anywhere, or 16."""
        return STRIPE if self.noise_channels else self._step or STRIPE

    @cached_property
    def _step(self) -> int | None:
        if self.module is None or self.receptive_field is None:
            return STRIPE
        return cut_step(self.module, self.channels, self.receptive_field)

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


class _Sampled(nn.Module):
    """A module that draws, its noise as further channels of the image."""

    def __init__(self, module: nn.Module, channels: int) -> None:
        super().__init__()
        self.module, self.channels = module, channels

    def forward(self, given: Tensor) -> Tensor:
        return self.module(given[:, : self.channels], noise=given[:, self.channels :])


def network_of(made: Any, config: Mapping[str, Any]) -> Any:
    """What a config's `model:` makes as it is used: files and images know their scale and color already."""
    return Network(made, scale=config["scale"], color=config["color"]) if isinstance(made, nn.Module) else made
