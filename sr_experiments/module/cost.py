"""What learning from a patch costs, whatever machine it runs on."""

import copy
from typing import Any

import torch
from torch import nn

from sr_experiments.metrics.conditions import own_generators
from sr_experiments.model.cost import multiply_adds_of


def patch_multiply_adds(module: Any, channels: int, side: int, scale: int) -> int:
    """Multiply-adds of a module's terms for one patch of `side` low-resolution pixels: all that they compute."""
    low, high = (torch.zeros(1, channels, pixels, pixels, dtype=torch.uint8) for pixels in (side, scale * side))
    trial = copy.deepcopy(module).cpu().train()
    trial.spent = lambda: 0.0  # a budget may be made of what is counted here
    for layer in trial.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.eval()  # behind a global pooling it takes no single patch
    with own_generators(low):
        return multiply_adds_of(lambda: trial.terms((low, high)))
