"""What a network draws: several results of one image."""

import hashlib

import torch
from torch import Tensor


def noise(low: Tensor, channels: int, sample: int) -> Tensor:
    """Standard normal numbers `(channels, H, W)` for the pixels of an image `(C, H, W)`, the same for the same sample.

    A function of the image, of the sample's number and of the pixel's place: whoever cuts the image into tiles cuts
    these alike, and two networks that draw as many channels are given the same.
    """
    content = low.cpu().contiguous().view(torch.uint8).numpy().tobytes()
    seed = hashlib.blake2b(content, digest_size=8, key=sample.to_bytes(8)).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(seed) >> 1)
    return torch.randn((channels, *low.shape[-2:]), generator=generator)
