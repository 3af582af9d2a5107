"""The encoder of H = D(E(LR)): strided convolutions down to a compact code."""

from torch import Tensor, nn
from torch.nn.functional import pad

from sr_experiments.model.block.divisive_normalization import activation


class AutoencoderEncoder(nn.Module):
    """`(B, channels, H, W)` to a code `(B, code, H / 2^depth, W / 2^depth)` and the size `(H, W)` that it stands for.

    Each of `depth` stages halves the side and doubles the features, starting from `features`; a last 1×1 convolution
    makes the code. Sides that 2^depth does not divide are padded by repeating the border.

    `channels`: channels of the image. `divisive`: divisive normalization in the place of ReLU.
    """

    def __init__(self, *, channels: int, features: int, depth: int, code: int, divisive: bool) -> None:
        super().__init__()
        self.multiple = 2**depth
        layers: list[nn.Module] = [nn.Conv2d(channels, features, 3, padding=1), activation(features, divisive=divisive)]
        for _ in range(depth):
            layers += [nn.Conv2d(features, 2 * features, 4, stride=2, padding=1)]
            features *= 2
            layers += [activation(features, divisive=divisive)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(features, code, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, tuple[int, int]]:
        height, width = image.shape[-2:]
        padded = pad(image, (0, -width % self.multiple, 0, -height % self.multiple), mode="replicate")
        return self.layers(padded), (height, width)
