"""What each layer of a network costs."""

import time
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


class Layer(NamedTuple):
    """A module without children: its name in the network, class, output size, and what it costs in one pass."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    multiply_adds: int
    milliseconds: float


@torch.inference_mode()
def layers(network: nn.Module, low: Tensor) -> list[Layer]:
    """Every layer that `network(low)` runs through, in the order of its first call; repeated calls are summed."""
    found: dict[str, Layer] = {}
    began: dict[str, float] = {}
    with FlopCounterMode(display=False) as counter:
        handles = [
            handle for name, module in _leaves(network) for handle in _watched(name, module, counter, began, found)
        ]
        network(low)
    for handle in handles:
        handle.remove()
    return list(found.values())


def _leaves(network: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(name, module) for name, module in network.named_modules() if not any(module.children())]


def _watched(
    name: str, module: nn.Module, counter: FlopCounterMode, began: dict[str, float], found: dict[str, Layer]
) -> list[Any]:
    work: dict[str, int] = {}

    def before(*_: Any) -> None:
        work[name] = counter.get_total_flops()
        began[name] = time.perf_counter()

    def after(_: nn.Module, __: Any, output: Tensor) -> None:
        spent = 1000 * (time.perf_counter() - began[name])
        done = (counter.get_total_flops() - work[name]) // 2
        past = found.get(name)
        count = sum(parameter.numel() for parameter in module.parameters())
        total = (past.multiply_adds, past.milliseconds) if past else (0, 0.0)
        found[name] = Layer(name, type(module).__name__, tuple(output.shape), count, total[0] + done, total[1] + spent)

    return [module.register_forward_pre_hook(before), module.register_forward_hook(after)]
