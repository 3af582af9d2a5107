"""What a network's last convolution is given, and what it makes of that."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


class Features(NamedTuple):
    """The maps `(N, H, W)` that a network's last convolution is given, those that vary most first.

    `kernels` `(N, k, k)`: what it weighs each of them by, the mean over its outputs; `layer`: its name; `silent`: how
    many of the maps hold one value alone.
    """

    layer: str
    maps: Tensor
    kernels: Tensor
    silent: int


def last_features(network: nn.Module, low: Tensor) -> Features | None:
    """Those of an image `(C, H, W)` as the network sees it; None of a network without a convolution of its own."""
    layers: dict[nn.Module, str] = {
        module: name for name, module in network.named_modules() if isinstance(module, CONVOLUTIONS)
    }
    seen: list[tuple[nn.Module, Tensor]] = []
    hooks = [layer.register_forward_pre_hook(lambda layer, given: seen.append((layer, given[0]))) for layer in layers]
    try:
        with torch.inference_mode():
            network(low[None])
    finally:
        for hook in hooks:
            hook.remove()
    if not seen:
        return None
    layer, maps = seen[-1][0], seen[-1][1][0]
    weights = layer.get_parameter("weight").detach()
    outputs = 1 if isinstance(layer, nn.ConvTranspose2d) else 0
    kernels, spread = weights.mean(outputs), maps.flatten(1).std(1)
    order = spread.argsort(descending=True)
    kernels = kernels[order] if len(kernels) == len(maps) else kernels  # of grouped convolutions as they are
    return Features(layers[layer], maps[order], kernels, int((spread == 0).sum()))
