"""What an image is measured under: conditions of its own, whatever a training has set."""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor


@contextmanager
def own_generators(image: Tensor) -> Iterator[None]:
    """Random generators (torch's, NumPy's, Python's) that an image's pixels alone seed; then those of before go on.

    A network that draws gives the same result for the same image, and measuring it changes no training.
    """
    pixels = image.cpu().contiguous().view(torch.uint8).numpy()
    seed = int.from_bytes(hashlib.blake2b(pixels.tobytes(), digest_size=4).digest())
    before, devices = (random.getstate(), np.random.get_state()), [image.device] if image.is_cuda else []
    with torch.random.fork_rng(devices, device_type=image.device.type):
        torch.default_generator.manual_seed(seed)
        if devices:
            torch.cuda.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])


@contextmanager
def full_float32() -> Iterator[None]:
    """Convolutions in float32 as it is: on a GPU, cuDNN else takes no more than ten bits of each factor (TF32)."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
