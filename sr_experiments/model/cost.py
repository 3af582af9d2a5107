"""What a network costs, whatever machine it runs on."""

import copy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def parameters(network: nn.Module) -> int:
    """How many numbers are learnt."""
    return sum(parameter.numel() for parameter in network.parameters())


def multiply_adds(network: nn.Module, channels: int, scale: float) -> int:
    """Multiply-adds of the forward pass that makes 1280×720 pixels, the field's custom; half of torch's FLOPs."""
    low = torch.empty(1, channels, round(720 / scale), round(1280 / scale), device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        copy.deepcopy(network).to("meta")(low)
    return counter.get_total_flops() // 2
