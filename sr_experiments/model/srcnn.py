"""SRCNN, the first: three convolutions on the bicubic enlargement."""

from torch import Tensor, nn

from sr_experiments.model.interpolation import Interpolation


class Srcnn(nn.Module):
    """`(B, C, H, W)` to `(B, C, s·H, s·W)` at any scale, by layers of `features` and `narrow` channels.

    Dong et al., "Image Super-Resolution Using Deep Convolutional Networks", TPAMI 2016: kernels 9, 5, 5, all weights
    from N(0, 0.001).

    `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(self, *, channels: int, scale: float, features: int, narrow: int) -> None:
        super().__init__()
        self.enlarge = Interpolation(scale=scale, kernel="bicubic")
        self.layers = nn.Sequential(
            nn.Conv2d(channels, features, 9, padding=4),
            nn.ReLU(),
            nn.Conv2d(features, narrow, 5, padding=2),
            nn.ReLU(),
            nn.Conv2d(narrow, channels, 5, padding=2),
        )
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, std=0.001)
                nn.init.zeros_(layer.bias)  # pyright: ignore[reportArgumentType]

    def forward(self, low: Tensor) -> Tensor:
        return self.layers(self.enlarge(low))
