"""A normal distribution of a code, told from what is seen."""

from torch import Tensor, nn

SMALLEST, LARGEST = -8.0, 4.0  # log variances, beyond which their exponentials end a training


class Gaussian(nn.Module):
    """`(B, channels, H, W)` to the mean and the log variance of a code, both `(B, code, H, W)`: three convolutions.

    The latter begins at about `log_variance`. `width`: channels between the convolutions.
    """

    def __init__(self, *, channels: int, width: int, code: int, log_variance: float = 0.0) -> None:
        super().__init__()
        self.shift = log_variance
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * code, 3, padding=1),
        )

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.layers(seen).chunk(2, 1)
        return mean, (log_variance + self.shift).clamp(SMALLEST, LARGEST)
