"""Networks as they are used: every re-parameterised convolution a plain one."""

import copy

from torch import nn

from sr_experiments.model.block.collapsed_convolution import CollapsedConvolution
from sr_experiments.model.block.edge_convolution import EdgeConvolution


def fused(network: nn.Module) -> nn.Module:
    """A copy of `network` that computes the same with fewer parameters, where it has convolutions to merge."""
    network = copy.deepcopy(network)
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if isinstance(child, (EdgeConvolution, CollapsedConvolution)):
                setattr(parent, name, _plain(child))
    return network


def _plain(block: EdgeConvolution | CollapsedConvolution) -> nn.Conv2d:
    weight, bias = (part.detach() for part in block.merged())
    made, taken, size, _ = weight.shape
    plain = nn.Conv2d(taken, made, size, padding=size // 2, device=weight.device, dtype=weight.dtype)
    plain.load_state_dict({"weight": weight, "bias": bias})
    return plain
