"""Whether an exported file makes what its network makes in torch."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from tqdm import tqdm

from sr_experiments.channels import CHANNELS
from sr_experiments.color import enlarge_image
from sr_experiments.inference.network import Network

Call = Callable[[Tensor], Tensor]
SIZES = ((1, 1), (2, 1), (3, 50), (16, 16), (37, 53), (64, 48), (130, 101))
CLOSE = 1e-4  # of values of 0 to 1


def check_close(call: Call, network: Network) -> str:
    """How far, in words, images of seven sizes come out from what the network makes; a ValueError where not close."""
    found = list(tqdm(differences(call, network), "compared sizes", len(SIZES), leave=False, disable=None))
    if (worst := max(found)) <= CLOSE:
        return f"largest difference to torch at {len(found)} sizes {worst:.1e}"
    told = ", ".join(f"{height}×{width}: {each:.1e}" for (height, width), each in zip(SIZES, found, strict=True))
    raise ValueError(f"its file would not make what torch makes, up to {CLOSE}, so it is not kept: {told}")


def differences(call: Call, network: Network) -> Iterator[float]:
    """The largest difference at each of the sizes; infinite where the results' sizes differ."""
    generator, true = torch.Generator().manual_seed(0), in_torch(network)
    for size in SIZES:
        low = torch.rand(1, max(network.channels, CHANNELS["rgb"] * (network.color == "y")), *size, generator=generator)
        with torch.no_grad():
            high, expected = call(low), true(low)
        yield float((high - expected).abs().max()) if high.shape == expected.shape else float("inf")


def in_torch(network: Network) -> Call:
    """What the network makes of images in [0, 1], as it is measured, clamped."""
    return lambda low: enlarge_image(network, 255 * low, network.color).clamp(0, 1)
