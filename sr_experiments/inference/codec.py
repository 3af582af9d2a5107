"""Images as few bytes, and back: a compressive network's code, range coded."""

import struct
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sr_experiments.model.compressive import Compressive

HEADER = struct.Struct("<HHhh")  # height and width, least and greatest number of the code


def compress(network: Compressive, image: Tensor) -> bytes:
    """An image `(C, H, W)` in [0, 1] of at most 65,535 pixels a side as bytes that `decompress` reads.

    A ValueError where constriction, which codes them, is not installed: pip install "sr_experiments[compression]".
    """
    with torch.inference_mode():
        code = network.encode(image[None])[0].to(torch.int32)
    least, greatest = int(code.min()), max(int(code.max()), int(code.min()) + 1)
    coder = _stream().queue.RangeEncoder()
    for numbers, distribution in zip(code, _distributions(network, least, greatest), strict=True):
        coder.encode(numbers.flatten().numpy(), distribution)
    return HEADER.pack(*image.shape[-2:], least, greatest) + coder.get_compressed().astype("<u4").tobytes()


def decompress(network: Compressive, content: bytes) -> Tensor:
    """The image `(C, H, W)` in [0, 1], not clamped, of what `compress` made with the same network."""
    height, width, least, greatest = HEADER.unpack_from(content)
    decoder = _stream().queue.RangeDecoder(np.frombuffer(content, "<u4", offset=HEADER.size).astype(np.uint32))
    block: Any = network.encoder.multiple
    shape = (-(-height // block), -(-width // block))
    size = shape[0] * shape[1]
    numbers = [decoder.decode(each, size) for each in _distributions(network, least, greatest)]
    code = torch.from_numpy(np.stack(numbers)).float().reshape(1, -1, *shape)
    with torch.inference_mode():
        return network.decode(code, (height, width))[0]


def _distributions(network: Compressive, least: int, greatest: int) -> Iterator[Any]:
    """What the numbers of each channel are expected to be."""
    for mean, scale in zip(network.mean.tolist(), network.log_scale.double().exp().tolist(), strict=True):
        yield _stream().model.QuantizedLaplace(least, greatest, mean, scale)


def _stream() -> Any:
    try:
        return import_module("constriction").stream
    except ImportError:
        raise ValueError('compressing needs constriction: pip install "sr_experiments[compression]"') from None
