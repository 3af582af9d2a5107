"""VDSR: twenty convolutions learn what the bicubic enlargement lacks."""

from torch import Tensor, nn

from sr_experiments.model.interpolation import Interpolation


class Vdsr(nn.Module):
    """`(B, C, H, W)` to `(B, C, s·H, s·W)` at any scale, by `layers` convolutions of `width` channels without bias.

    Kim et al., "Accurate Image Super-Resolution Using Very Deep Convolutional Networks", CVPR 2016; He's
    initialisation.

    `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(self, *, channels: int, scale: float, width: int, layers: int) -> None:
        super().__init__()
        self.enlarge = Interpolation(scale=scale, kernel="bicubic")
        inner: list[nn.Module] = []
        for _ in range(layers - 2):
            inner += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.ReLU()]
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1, bias=False),
            nn.ReLU(),
            *inner,
            nn.Conv2d(width, channels, 3, padding=1, bias=False),
        )
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")

    def forward(self, low: Tensor) -> Tensor:
        enlarged = self.enlarge(low)
        return enlarged + self.layers(enlarged)
