"""What a network costs, whatever machine it runs on."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def parameters(network: nn.Module) -> int:
    """How many numbers are learnt."""
    return sum(parameter.numel() for parameter in network.parameters())


def multiply_adds(
    network: nn.Module,
    channels: int,
    scale: float,
    output: tuple[int, int] = (720, 1280),
    *,
    sample: bool = False,
) -> int:
    """Multiply-adds of the pass that makes `output` pixels (height, width); half of torch's count of FLOPs.

    1280×720 is the field's custom; where the scale does not divide it, the low-resolution size is rounded. `sample`: of
    all the passes that draw a sample, with a network that draws.
    """
    height, width = (round(side / scale) for side in output)
    low = torch.empty(1, channels, height, width, device="meta")
    told = [(round(height * scale), round(width * scale))] if getattr(network, "any_scale", False) else []
    drawn = {"noise": torch.empty(1, network.noise_channels, height, width, device="meta")} if sample else {}  # pyright: ignore
    outline = copy.deepcopy(network).to("meta")
    with torch.no_grad():
        return multiply_adds_of(lambda: outline(low, *told, **drawn))


def multiply_adds_of(function: Callable[[], Any]) -> int:
    """Multiply-adds of a call, of whatever networks it runs."""
    with FlopCounterMode(display=False) as counter:
        function()
    return counter.get_total_flops() // 2
