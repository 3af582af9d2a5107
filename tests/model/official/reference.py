"""What the authors' code computes with its own weights, by their names, written out in plain functions.

Images in and out in [0, 1]; the networks' depth is read off the names.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate, leaky_relu, max_pool2d, pixel_shuffle, relu

Weights = dict[str, Tensor]
MEAN = torch.tensor([0.4488, 0.4371, 0.4040])[:, None, None]


def conv(weights: Weights, name: str, x: Tensor, padding: int | None = None, stride: int = 1) -> Tensor:
    weight = weights[f"{name}.weight"]
    padding = weight.shape[-1] // 2 if padding is None else padding
    return conv2d(x, weight, weights.get(f"{name}.bias"), stride, padding, groups=x.shape[1] // weight.shape[1])


def count(weights: Weights, before: str, after: str, first: int = 0) -> int:
    """How many of `before` + number + `after` there are in a row."""
    number = first
    while f"{before}{number}{after}" in weights:
        number += 1
    return number - first


def shuffled(weights: Weights, names: tuple[str, str], x: Tensor, width: int) -> Tensor:
    """Sub-pixel stages `names[0]` + even number, as many as make features of `width`."""
    for index in range(2):
        name = f"{names[0]}{2 * index}"
        if f"{name}.weight" in weights and len(weights[f"{name}.weight"]) > 3:
            made = conv(weights, name, x)
            x = pixel_shuffle(made, round((made.shape[1] / width) ** 0.5))
    return conv(weights, names[1], x)


def edsr(weights: Weights, low: Tensor) -> Tensor:
    blocks = count(weights, "body.", ".body.0.weight")
    first = x = conv(weights, "head.0", 255 * (low - MEAN))
    for index in range(blocks):
        step = conv(weights, f"body.{index}.body.2", relu(conv(weights, f"body.{index}.body.0", x)))
        x = x + step * (0.1 if x.shape[1] == 256 else 1)
    x = first + conv(weights, f"body.{blocks}", x)
    return shuffled(weights, ("tail.0.", "tail.1"), x, x.shape[1]) / 255 + MEAN


def rdn(weights: Weights, low: Tensor) -> Tensor:
    first = conv(weights, "SFENet1", 255 * low)
    x, outputs = conv(weights, "SFENet2", first), []
    for block in range(count(weights, "RDBs.", ".LFF.weight")):
        known = x
        for layer in range(count(weights, f"RDBs.{block}.convs.", ".conv.0.weight")):
            known = torch.cat([known, relu(conv(weights, f"RDBs.{block}.convs.{layer}.conv.0", known))], 1)
        x = conv(weights, f"RDBs.{block}.LFF", known) + x
        outputs.append(x)
    x = first + conv(weights, "GFF.1", conv(weights, "GFF.0", torch.cat(outputs, 1)))
    last = max(name for name in weights if name.startswith("UPNet.")).removesuffix(".weight")
    return shuffled(weights, ("UPNet.", last), x, 64) / 255


def carn(weights: Weights, low: Tensor, scale: int) -> Tensor:
    def cascade(prefix: str, x: Tensor, step: Callable[[str, Tensor], Tensor]) -> Tensor:
        known = x
        for number in (1, 2, 3):
            known = torch.cat([known, step(f"{prefix}b{number}", x)], 1)
            x = relu(conv(weights, f"{prefix}c{number}.body.0", known))
        return x

    def residual(name: str, x: Tensor) -> Tensor:
        return relu(conv(weights, f"{name}.body.2", relu(conv(weights, f"{name}.body.0", x))) + x)

    x = cascade("", conv(weights, "entry", low - MEAN), lambda name, x: cascade(f"{name}.", x, residual))
    for index in (0, 3):
        if f"upsample.up{scale}.body.{index}.weight" in weights:
            made = relu(conv(weights, f"upsample.up{scale}.body.{index}", x))
            x = pixel_shuffle(made, round((made.shape[1] / 64) ** 0.5))
    return conv(weights, "exit", x) + MEAN


def rfdn(weights: Weights, low: Tensor) -> Tensor:
    def attention(name: str, x: Tensor) -> Tensor:
        entered = conv(weights, f"{name}.conv1", x)
        small = max_pool2d(conv(weights, f"{name}.conv2", entered, padding=0, stride=2), 7, 3)
        small = relu(conv(weights, f"{name}.conv_max", small))
        small = conv(weights, f"{name}.conv3_", relu(conv(weights, f"{name}.conv3", small)))
        large = interpolate(small, x.shape[-2:], mode="bilinear", align_corners=False)
        return x * conv(weights, f"{name}.conv4", large + conv(weights, f"{name}.conv_f", entered)).sigmoid()

    def block(name: str, x: Tensor) -> Tensor:
        kept = []
        for number in (1, 2, 3):
            kept.append(leaky_relu(conv(weights, f"{name}.c{number}_d", x), 0.05))
            x = leaky_relu(conv(weights, f"{name}.c{number}_r", x) + x, 0.05)
        kept.append(leaky_relu(conv(weights, f"{name}.c4", x), 0.05))
        return attention(f"{name}.esa", conv(weights, f"{name}.c5", torch.cat(kept, 1)))

    first = x = conv(weights, "fea_conv", low)
    outputs = []
    for number in range(1, 1 + count(weights, "B", ".c4.weight", first=1)):
        x = block(f"B{number}", x)
        outputs.append(x)
    x = leaky_relu(conv(weights, "c.0", torch.cat(outputs, 1)), 0.05)
    made = conv(weights, "upsampler.0", conv(weights, "LR_conv", x) + first)
    return pixel_shuffle(made, round((made.shape[1] / 3) ** 0.5))


def pan(weights: Weights, low: Tensor, scale: int) -> Tensor:
    def block(name: str, x: Tensor) -> Tensor:
        left, right = (leaky_relu(conv(weights, f"{name}.conv1_{side}", x), 0.2) for side in "ab")
        left = leaky_relu(conv(weights, f"{name}.k1.0", left), 0.2)
        gate = conv(weights, f"{name}.PAConv.k2", right).sigmoid()
        right = conv(weights, f"{name}.PAConv.k4", conv(weights, f"{name}.PAConv.k3", right) * gate)
        return conv(weights, f"{name}.conv3", torch.cat([left, leaky_relu(right, 0.2)], 1)) + x

    first = x = conv(weights, "conv_first", low)
    for index in range(count(weights, "SCPA_trunk.", ".conv3.weight")):
        x = block(f"SCPA_trunk.{index}", x)
    x = first + conv(weights, "trunk_conv", x)
    for number in range(1, 1 + count(weights, "upconv", ".weight", first=1)):
        x = conv(weights, f"upconv{number}", interpolate(x, scale_factor=min(scale, 2 + scale % 2), mode="nearest"))
        x = leaky_relu(x * conv(weights, f"att{number}.conv", x).sigmoid(), 0.2)
        x = leaky_relu(conv(weights, f"HRconv{number}", x), 0.2)
    return conv(weights, "conv_last", x) + interpolate(low, scale_factor=scale, mode="bilinear", align_corners=False)


def vdsr(weights: Weights, enlarged: Tensor) -> Tensor:
    x = relu(conv(weights, "input", enlarged))
    for index in range(count(weights, "residual_layer.", ".conv.weight")):
        x = relu(conv(weights, f"residual_layer.{index}.conv", x))
    return enlarged + conv(weights, "output", x)


def srcnn(weights: Weights, enlarged: Tensor) -> Tensor:
    return conv(weights, "conv3", relu(conv(weights, "conv2", relu(conv(weights, "conv1", enlarged)))))
