"""How much a result changes where its input changes a little."""

import io
from collections.abc import Callable
from math import log10

import torch
from PIL import Image
from torch import Tensor

MARGIN = 4  # low-resolution pixels a side that are left out: borders change otherwise
LEVELS = (1, 2, 4)  # of grey, the standard deviation of noise
QUALITY = 75
PERFECT = 60.0

Enlarge = Callable[[Tensor], Tensor]


def sensitivity(enlarge: Enlarge, low: Tensor, scale: float) -> dict[str, dict[str, float]]:
    """What small changes of an image `(C, H, W)` of 0 to 255 change of its result, in dB (PSNR, 60 at most).

    `enlarge` makes `(1, C, H, W)` of 0 to 255 `(1, C, s·H, s·W)` of [0, 1]. `output`: how alike the results are, with
    shift and flip undone; `input`: how alike the inputs are, where these cannot be undone.
    """
    plain = enlarge(low[None])[0]
    found = {"flip": {"output": _psnr(enlarge(low[None].flip(-1))[0].flip(-1), plain, round(MARGIN * scale))}}
    if scale == int(scale):
        moved = enlarge(low[None, ..., 1:])[0]
        found["shift"] = {"output": _psnr(moved, plain[..., int(scale) :], int(MARGIN * scale))}
    for name, changed in _damaged(low).items():
        found[name] = {
            "input": _psnr(changed / 255, low / 255, MARGIN),
            "output": _psnr(enlarge(changed[None])[0], plain, round(MARGIN * scale)),
        }
    return found


def _damaged(low: Tensor) -> dict[str, Tensor]:
    """The image under noise, and after one round of JPEG where it is a photograph."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(low.shape, generator=generator)
    changed = {f"noise {level}": (low + level * noise).round().clamp(0, 255) for level in LEVELS}
    return changed | ({f"JPEG {QUALITY}": _compressed(low)} if len(low) == 3 else {})


def _compressed(low: Tensor) -> Tensor:
    file = io.BytesIO()
    Image.fromarray(low.round().byte().permute(1, 2, 0).numpy()).save(file, "JPEG", quality=QUALITY)
    read = torch.frombuffer(bytearray(Image.open(file).tobytes()), dtype=torch.uint8)
    return read.view(*low.shape[-2:], 3).permute(2, 0, 1).float()


def _psnr(one: Tensor, other: Tensor, margin: int) -> float:
    inner = (..., slice(margin, -margin), slice(margin, -margin))
    error = float((one[inner].double() - other[inner].double()).square().mean())
    return PERFECT if error == 0 else min(PERFECT, -10 * log10(error))
