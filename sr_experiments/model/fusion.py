"""Networks as they are used: every re-parameterised convolution a plain one."""

import copy
from collections.abc import Callable

from torch import Tensor, nn


def fuse(network: nn.Module) -> nn.Module:
    """A copy of `network` that computes the same with fewer parameters, where it has convolutions to merge.

    These are the blocks with a `merged()`, which gives the kernel and the bias, or None, that they amount to.
    """
    network = copy.deepcopy(network)
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            merged: Callable[[], tuple[Tensor, Tensor | None]] | None = getattr(child, "merged", None)
            if callable(merged):
                setattr(parent, name, _plain(*merged()))
    return network


def _plain(weight: Tensor, bias: Tensor | None) -> nn.Conv2d:
    out_channels, in_channels, size, _ = weight.shape
    plain = nn.Conv2d(in_channels, out_channels, size, padding=size // 2, bias=bias is not None).to(weight)
    plain.load_state_dict({"weight": weight.detach(), **({} if bias is None else {"bias": bias.detach()})})
    return plain
