"""How much of the input one pixel of the output depends on."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode

from sr_experiments.color import image_of

STRIPE = 16
WIDTHS = (64, 256, 1024)
ROUNDING = 1e-5  # of float32, in many layers

Probe = Callable[[Tensor, Tensor], Tensor]


def receptive_field(network: nn.Module, channels: int) -> int | None:
    """The side, in low-resolution pixels, of the square of input that an output pixel depends on: 2·radius + 1.

    None where that is the whole image (global pooling, attention over all) or more than about 1000 pixels. Measured by
    gradient, in double precision: the derivative of the output for a stripe of the input (forward mode, which keeps no
    layer's output). It is the architecture's: the weights are drawn anew, with a variance that lets neither values nor
    derivatives vanish, and neither ReLU nor maximum hides what is behind it. Networks that work in blocks (strides,
    windows) are measured by blocks of 16.
    """
    return _side(partial(_moved, _generic(network).double()), (1, channels, 1))


def reach(network: nn.Module, channels: int) -> int | None:
    """No less than the receptive field, for modules of anybody: how far NaN spreads, which no layer stops."""
    training = network.training
    with torch.random.fork_rng(devices=[]):  # measured before a training, it moves nothing that is drawn there
        result = _side(partial(_stained, network.eval()), (1, channels, STRIPE))
    network.train(training)
    return result


def cut_step(network: nn.Module, channels: int, field: int) -> int | None:
    """At multiples of how many pixels an image is cut for a part to become what it becomes within the whole: 1 or 16.

    None where a network lays a grid over the image whose steps depend on its size (adaptive pooling, maps that are
    enlarged to the image's size), although each pixel depends on a `field` of its own: tried on a strip of a width that
    no step divides. It is the architecture's: weights are drawn anew, since little of the grid shows before training.
    """
    margin = -(-field // STRIPE) * STRIPE
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        generic = _generic(network).to(_device(network))
        low = torch.rand(1, channels, STRIPE, 2 * margin + 3 * STRIPE + 5).to(_device(network))
        whole, *parts = (image_of(generic(low[..., step:])) for step in (0, 1, STRIPE))
    for step, part in zip((1, STRIPE), parts, strict=True):
        kept = part[..., part.shape[-1] * margin // (low.shape[-1] - step) :]
        if (kept - whole[..., -kept.shape[-1] :]).abs().max() <= ROUNDING * whole.abs().max():
            return step
    return None


def _device(network: nn.Module) -> torch.device:
    return next((parameter.device for parameter in network.parameters()), torch.device("cpu"))


def _side(probe: Probe, shape: tuple[int, ...]) -> int | None:
    radius = _radius(probe, shape)
    other = None if radius is None else _radius(lambda low, stripe: probe(low.mT, stripe.mT).mT, shape)
    return None if radius is None or other is None else 2 * max(radius, other) + 1


def _radius(probe: Probe, shape: tuple[int, ...]) -> int | None:
    """How far beyond a stripe its traces are found, along a strip that is long enough to hold them."""
    for width in WIDTHS:
        low, stripe = torch.rand(*shape, width), torch.zeros(*shape, width, dtype=torch.bool)
        first = width // 2 // STRIPE * STRIPE
        stripe[..., first : first + STRIPE] = True
        with torch.no_grad():
            high = probe(low, stripe)
        reached = high.any(dim=-2).any(dim=(0, 1)).nonzero()[:, 0] * width // high.shape[-1]
        if len(reached) and reached[0] > 0 and reached[-1] < width - 1:
            return int(max(first - reached[0], reached[-1] - (first + STRIPE - 1)))
    return None


def _stained(network: nn.Module, low: Tensor, stripe: Tensor) -> Tensor:
    return image_of(network(low.masked_fill(stripe, float("nan")).to(_device(network)))).isnan()


def _moved(network: nn.Module, low: Tensor, stripe: Tensor) -> Tensor:
    direction = torch.randn(low.shape, dtype=torch.double) * stripe
    with forward_ad.dual_level(), _Open(), sdpa_kernel(SDPBackend.MATH):
        high = image_of(network(forward_ad.make_dual(low.double(), direction)))
        return forward_ad.unpack_dual(high).tangent != 0


class _Open(TorchFunctionMode):
    """ReLUs that are never shut, and means for maxima."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.relu, torch.Tensor.relu, functional.relu):
            return functional.softplus(args[0])
        if func is functional.max_pool2d:
            return functional.avg_pool2d(*args, stride=kwargs["stride"], padding=kwargs["padding"])
        if func is functional.adaptive_max_pool2d:
            return functional.adaptive_avg_pool2d(*args[:2])
        return func(*args, **kwargs or {})


def _generic(network: nn.Module) -> nn.Module:
    """A copy in use, of weights from He's initialisation."""
    generic = copy.deepcopy(network).cpu().eval()
    with torch.no_grad():
        for weight in generic.parameters():
            if weight.dim() > 1:
                weight.normal_(std=(2 / weight[0].numel()) ** 0.5)
    return generic
