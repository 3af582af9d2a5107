"""The decoder of H = D(E(LR)): transposed convolutions from the code back to the image's size."""

from functools import partial

from torch import Tensor, nn

from sr_experiments.model.block.divisive_normalization import activation


class AutoencoderDecoder(nn.Module):
    """A code of `depth` halvings and its size `(H, W)`, as the autoencoder's encoder makes them, to `(B, width, H, W)`.

    Mirrors the encoder: a 1×1 convolution, then `depth` transposed convolutions that double the side each.

    `width`: channels of the features. `divisive`: inverse divisive normalization in the place of ReLU.
    """

    def __init__(self, *, code: int, features: int, depth: int, width: int, divisive: bool) -> None:
        super().__init__()
        wide, follows = features * 2**depth, partial(activation, divisive=divisive, inverse=True)
        layers: list[nn.Module] = [nn.Conv2d(code, wide, 1), follows(wide)]
        for _ in range(depth):
            layers += [nn.ConvTranspose2d(wide, wide // 2, 4, stride=2, padding=1), follows(wide // 2)]
            wide //= 2
        self.layers = nn.Sequential(*layers, nn.Conv2d(wide, width, 3, padding=1), follows(width))

    def forward(self, encoded: tuple[Tensor, tuple[int, int]]) -> Tensor:
        code, (height, width) = encoded
        return self.layers(code)[..., :height, :width]
