"""Re-parameterised convolutions: the branches, the kernel that they amount to, and the plain network in use."""

from typing import Any

import pytest
import torch
from torch.nn.functional import conv2d, pad

from sr_experiments.config import build, network_config
from sr_experiments.model.block.collapsed_convolution import CollapsedConvolution
from sr_experiments.model.block.edge_convolution import EDGES, EdgeConvolution
from sr_experiments.model.block.linear_block import LinearBlock
from sr_experiments.model.fusion import fuse


def branch_by_branch(block: Any, image: torch.Tensor) -> torch.Tensor:
    """The results of the branches added up, as the papers draw them."""
    if isinstance(block, CollapsedConvolution):
        return block.row(pad(image, (1, 1, 1, 1))) + block.beside(image)
    if isinstance(block, LinearBlock):
        result = block.squeeze(block.expand(pad(image, (block.expand.kernel_size[0] // 2,) * 4)))
        return result + image if result.shape == image.shape else result
    # what lies beyond the border is the 1×1's bias, as if the image went on with zeros before it
    squeezed = block.squeeze(block.expand(pad(image, (1, 1, 1, 1))))
    total = block.plain(image) + squeezed
    for index, edge in enumerate(torch.tensor(EDGES)):
        mixed = block.mixes[index](image)
        kernel = (block.scales[index] * edge)[:, None]
        total = total + conv2d(mixed, kernel, block.biases[index], padding=1, groups=len(kernel))
    return total


BLOCKS = {
    "collapsed": lambda: CollapsedConvolution(in_channels=3, out_channels=8),
    "edge": lambda: EdgeConvolution(in_channels=3, out_channels=8),
    "linear 5×5": lambda: LinearBlock(in_channels=3, out_channels=8, size=5, expansion=32),
    "linear with its residual": lambda: LinearBlock(in_channels=3, out_channels=3, size=3, expansion=32),
    "linear, its kernel learnt itself": lambda: LinearBlock(in_channels=3, out_channels=3, size=3, expansion=None),
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_block_computes_what_its_branches_do(kind):
    torch.manual_seed(0)
    block = BLOCKS[kind]()
    image = torch.rand(2, 3, 6, 5)
    torch.testing.assert_close(block(image), branch_by_branch(block, image), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["span", "ecbsr_m16c64", "sesr_m5"])
def test_a_fused_network_computes_the_same_with_fewer_parameters(name):
    torch.manual_seed(0)
    net = build(network_config(f"model={name}"), "model")
    low = torch.rand(1, 3, 9, 8)
    plain = fuse(net)
    torch.testing.assert_close(plain(low), net(low), rtol=1e-4, atol=1e-5)
    assert sum(p.numel() for p in plain.parameters()) < sum(p.numel() for p in net.parameters()) / 2
    assert not any(hasattr(module, "merged") for module in plain.modules())
