"""What a network that was trained to recognise things sees of an image: VGG19's features."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

FILE = "vgg19-dcbb9e9d.pth"
WIDTHS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Vgg19(nn.Module):
    """An image `(B, 3, H, W)` in [0, 1], or grey `(B, 1, H, W)`, to its features behind some `layers`, shallow first.

    Layers are called `conv1_1` to `conv5_4`; features are those before the activation (ESRGAN, section 3.3). Simonyan
    and Zisserman, "Very Deep Convolutional Networks", ICLR 2015, with torchvision's ImageNet weights, which do not
    learn. A ValueError where torch's folder of downloads has none.
    """

    def __init__(self, *, layers: Sequence[str]) -> None:
        super().__init__()
        names = [f"conv{stage}_{place}" for stage, (_, count) in enumerate(WIDTHS, 1) for place in range(1, count + 1)]
        if not layers or not set(layers) <= set(names):
            raise ValueError(f"layers: expected some of {', '.join(names)}, got {', '.join(layers)}")
        self.name = f"Vgg19 at {', '.join(layers)}"
        made = _layers()
        convolutions = [place for place, layer in enumerate(made) if isinstance(layer, nn.Conv2d)]
        self.places = [place for name, place in zip(names, convolutions, strict=True) if name in layers]
        self.features = nn.Sequential(*made[: self.places[-1] + 1])
        known = self.state_dict()
        self.load_state_dict({name: value for name, value in _weights().items() if name in known})
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> list[Tensor]:
        mean, deviation = (image.new_tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
        features, found = (image - mean) / deviation, []
        for place, layer in enumerate(self.features):
            features = layer(features)
            if place in self.places:
                found.append(features)
        return found


def _layers() -> list[nn.Module]:
    layers: list[nn.Module] = []
    inputs = 3
    for width, count in WIDTHS:
        for _ in range(count):
            layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
            inputs = width
        layers.append(nn.MaxPool2d(2))
    return layers


def _weights() -> dict[str, Tensor]:
    path = Path(torch.hub.get_dir()) / "checkpoints" / FILE
    if not path.is_file():
        raise ValueError(
            f"VGG19 needs torchvision's weights, {FILE}: expected them in {path.parent}, where "
            "torchvision.models.vgg19(weights='IMAGENET1K_V1') puts them, or from where they can be copied"
        )
    return torch.load(path, map_location="cpu", weights_only=True)
