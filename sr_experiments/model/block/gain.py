"""How large the weights are that a layer begins with."""

from math import sqrt

from torch import nn


def initialise(layer: nn.Conv2d, gain: float) -> nn.Conv2d:
    """Draw a layer's weights from N(0, gain² / fan-in) and zero its bias; returns it.

    He et al., "Delving Deep into Rectifiers", ICCV 2015, equation 10. A gain of 5/3 keeps the variance of what passes
    through tanh, √2 that of ReLU; torch's own weights have one of √(1/3).
    """
    nn.init.normal_(layer.weight, std=gain / sqrt(layer.weight[0].numel()))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
