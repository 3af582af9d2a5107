"""A network and its colors as one graph of plain layers: fast, and ready for export."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.functional import prelu

from sr_experiments.channels import CHANNELS
from sr_experiments.color import BLACK, WHITE, image_of, rgb_to_y
from sr_experiments.inference.network import Network
from sr_experiments.model.head.transposed import TransposedHead, blocks, shuffled
from sr_experiments.model.super_resolution import SuperResolution
from sr_experiments.resize import enlarge


class Graph(nn.Module):
    """What a network and its colors make of images `(B, C, H, W)` in [0, 1]: `(B, C, s·H, s·W)`, clamped, to rounding.

    A network of luma takes and gives RGB: as chroma is bicubic, that is the bicubic enlargement of RGB, all three
    channels changed by what the network changes of its luma; one channel is luma. A ValueError where the scale is no
    whole number.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        if network.module is None or network.scale != int(network.scale):
            raise ValueError(f"a graph is made of a torch network of a whole scale, not of scale={network.scale}")
        self.module, self.scale, self.luma = _plain(network.module), int(network.scale), network.color == "y"
        self.channels = CHANNELS["rgb"] if self.luma else network.channels

    def forward(self, low: Tensor) -> Tensor:
        if not self.luma or low.shape[1] == 1:
            return image_of(self.module(low)).clamp(0, 1)
        high = enlarge(low, self.scale)
        return (high + self._change(rgb_to_y(low) / 255, high) / (WHITE - BLACK)).clamp(0, 1)

    def _change(self, luma: Tensor, high: Tensor) -> Tensor:
        """How the network's luma differs from that of the bicubic enlargement."""
        if isinstance(self.module, SuperResolution) and self.module.skip == "bicubic":
            return self.module.head(self.module.features(luma))
        return image_of(self.module(luma)) - rgb_to_y(high) / 255


class SubPixels(nn.Module):
    """A transposed convolution as a convolution that makes all pixels of a block, and a shuffle.

    Of scale 2 a block is what 2² pixels become: onnxruntime makes 16 pixels of a block at least.
    """

    def __init__(self, transposed: nn.ConvTranspose2d) -> None:
        super().__init__()
        self.scale = transposed.stride[0]
        self.step = 2 if self.scale == 2 else 1
        weight, *self.block = blocks(transposed.weight.detach(), self.scale, int(transposed.padding[0]), self.step)
        self.weight = nn.Parameter(weight)
        assert transposed.bias is not None
        self.bias = nn.Parameter(transposed.bias.detach().repeat_interleave((self.step * self.scale) ** 2))

    def forward(self, features: Tensor) -> Tensor:
        return shuffled(features, self.weight, self.bias, *self.block, scale=self.scale, step=self.step)


class Slopes(nn.Module):
    """The PReLU `given`, of multiplications and ReLU, which onnxruntime is faster with."""

    def __init__(self, given: nn.PReLU) -> None:
        super().__init__()
        self.negative = nn.Parameter(given.weight.detach()[:, None, None])
        self.convex = bool((self.negative <= 1).all())

    def forward(self, features: Tensor) -> Tensor:
        if not torch.compiler.is_exporting():
            return prelu(features, self.negative.flatten())
        rest = 1 - self.negative  # before ReLU it is one layer with it
        above = (features * rest).relu() if self.convex else features.relu() * rest
        return features * self.negative + above


_FASTER = {TransposedHead: SubPixels, nn.PReLU: Slopes}


def _plain(module: nn.Module) -> nn.Module:
    module = copy.deepcopy(module)
    for parent in list(module.modules()):
        for name, child in parent.named_children():
            if type(child) in _FASTER:
                setattr(parent, name, _FASTER[type(child)](child))
    return module.requires_grad_(False)
