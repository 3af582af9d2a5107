"""A degradation made of steps.

A step is a function `(image, random, size) -> image` with its settings bound: `image` float `(B, 3, H, W)` of 0 to 1,
`random` a generator to draw from, `size` the height and width that the chain ends with.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from sr_experiments.degradation.draws import generators
from sr_experiments.transfer import to_device

Step = Callable[[Tensor, np.random.Generator, tuple[int, int]], Tensor]

PART = 4  # images that share the sizes they are resized to; all else is drawn for each image


class Chain:
    """The `steps` in order, then rounding to 8 bits. `name`: what its scores are called; `scale`: a whole one, else a
    ValueError.

    Training draws anew for each batch (`batch`). Called with one image, uint8 `(3, s·h, s·w)`, it is fixed, for
    validation and benchmarks: what is drawn depends on the pixels of that image alone.
    """

    def __init__(self, *, name: str, scale: int, steps: Sequence[Step]) -> None:
        if scale != int(scale):
            raise ValueError(f"a degradation that is drawn makes whole scales, not scale={scale}")
        self.__name__, self.scale, self.steps = name, scale, steps

    def __call__(self, high: Tensor) -> Tensor:
        """uint8 `(3, s·h, s·w)` to `(3, h, w)`, the same draw for the same image."""
        digest = hashlib.blake2b(high.cpu().contiguous().numpy().tobytes(), digest_size=8).digest()
        return self.batch(high[None], np.random.Generator(np.random.Philox(key=int.from_bytes(digest))))[0]

    def batch(self, high: Tensor, random: np.random.Generator, first: int = 0, count: int | None = None) -> Tensor:
        """uint8 `(B, 3, s·h, s·w)`, or float of 0 to 255, to uint8 `(B, 3, h, w)`, on the same device.

        They may be those of a batch of `count` from `first` on, a multiple of `PART`: they become what they become
        there. A ValueError where no step leads to `(h, w)`.
        """
        parts, begun = high.split(PART), first // PART
        own = generators(random, -(-(count or len(high)) // PART))[begun : begun + len(parts)]
        drawn = zip(parts, own, strict=True)
        return torch.cat([self._degrade(part, own) for part, own in drawn])

    def _degrade(self, high: Tensor, random: np.random.Generator) -> Tensor:
        size = (high.shape[-2] // self.scale, high.shape[-1] // self.scale)
        low = in_order(high.float() / 255, random, size, steps=self.steps)
        if low.shape[-2:] != size:
            raise ValueError(
                f"degradation {self.__name__}: expected its steps to end with {size}, got {tuple(low.shape[-2:])}: "
                "one of them must be sr_experiments.degradation.resizes.to_low"
            )
        return (255 * low + 0.5).floor().clamp(0, 255).to(torch.uint8)


def at_scale(degradation: Callable[[Tensor], Tensor], scale: int) -> Callable[[Tensor], Tensor]:
    """A degradation with another scale among its settings."""
    if isinstance(degradation, Chain):
        return Chain(name=degradation.__name__, scale=scale, steps=degradation.steps)
    settings = {**getattr(degradation, "keywords", {}), "scale": scale}
    return partial(getattr(degradation, "func", degradation), **settings)


def in_order(image: Tensor, random: np.random.Generator, size: tuple[int, int], *, steps: Sequence[Step]) -> Tensor:
    """Several steps, one after another."""
    for step, own in zip(steps, generators(random, len(steps)), strict=True):
        image = step(image, own, size)
    return image


def one_of(
    image: Tensor,
    random: np.random.Generator,
    size: tuple[int, int],
    *,
    steps: Sequence[Step],
    chances: Sequence[float],
) -> Tensor:
    """For each image one of several steps, or with what is left of the chances none.

    All must end with the same size: steps that resize by a random factor can't be among them.
    """
    rest = 1 - sum(chances)
    if len(chances) != len(steps) or rest < -1e-6 or min(chances) < 0:
        raise ValueError(f"one_of: expected {len(steps)} chances that add up to 1 at most, got {chances}")
    bounds = np.cumsum(chances) if rest > 1e-6 else np.append(np.cumsum(chances)[:-1], 1)
    choice = np.searchsorted(bounds, random.random(len(image)), side="right")
    results = image.new_empty(0)
    for number, (step, own) in enumerate(zip([*steps, _unchanged], generators(random, len(steps) + 1), strict=True)):
        images = to_device(np.flatnonzero(choice == number), image.device)
        if len(images):
            result = step(image[images], own, size)
            results = results if len(results) else result.new_empty(len(image), *result.shape[1:])
            results[images] = result
    return results


def _unchanged(image: Tensor, random: np.random.Generator, size: tuple[int, int]) -> Tensor:
    return image
