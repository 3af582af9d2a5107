"""How much of the input one pixel of the output depends on."""

import torch
from torch import nn

STRIPE = 16
WIDTHS = (64, 256, 1024)


def receptive_field(network: nn.Module, channels: int) -> int | None:
    """The side, in low-resolution pixels, of the square of input that an output pixel depends on: 2·radius + 1.

    None where that is the whole image (global pooling, attention over all) or more than about 1000 pixels. Measured by
    NaN, which spreads through every weight and activation that there is, dead or alive, where a gradient would stop at
    a ReLU that happens to be shut. Networks that work in blocks (strides, windows) are measured by blocks of 16.
    """
    training = network.training
    radii = [_radius(network.eval(), channels, transposed) for transposed in (False, True)]
    network.train(training)
    return None if None in radii else 2 * max(filter(None, radii), default=0) + 1


def _radius(network: nn.Module, channels: int, transposed: bool) -> int | None:
    """How far a stripe of NaN spreads along a strip that is long enough to hold it."""
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    for width in WIDTHS:
        low = torch.rand(1, channels, STRIPE, width, device=device)
        first = width // 2 // STRIPE * STRIPE
        low[..., first : first + STRIPE] = float("nan")
        with torch.no_grad():
            high = network(low.mT).mT if transposed else network(low)
        reached = high.isnan().any(dim=-2).any(dim=(0, 1)).nonzero()[:, 0] * width // high.shape[-1]
        if len(reached) and reached[0] > 0 and reached[-1] < width - 1:
            return int(max(first - reached[0], reached[-1] - (first + STRIPE - 1)))
    return None
