"""Activations that are computed again in the backward pass, in the place of being kept for it."""

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class Checkpointed(nn.Sequential):
    """Modules one after the other, of which only the input of each is kept while the network learns.

    Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016. The gradients are the same, at the cost of a
    second forward pass. The modules may draw, but may not count what they see, as batch normalisation does.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
        for module in self:
            input = recomputed(module, input) if self.training else module(input)  # noqa: A001
        return input


def recomputed(module: nn.Module, features: Tensor) -> Tensor:
    """`module(features)`, of which only `features` is kept for the backward pass."""
    made = checkpoint(module, features, use_reentrant=False)
    assert isinstance(made, Tensor)
    return made


def sequence(*modules: nn.Module, checkpointing: bool) -> nn.Sequential:
    """Modules one after the other, checkpointed or not: their weights have the same names."""
    return Checkpointed(*modules) if checkpointing else nn.Sequential(*modules)
