"""The baselines: interpolation, nothing to train."""

from torch import Tensor, nn

from sr_experiments.resize import high_size, resize


class Interpolation(nn.Module):
    """`(B, C, H, W)` to `(B, C, s·H, s·W)` by MATLAB's imresize with a kernel of sr_experiments.resize.

    `scale`: how many times larger the result is; `kernel`: nearest, bilinear, bicubic or lanczos.
    """

    def __init__(self, *, scale: float, kernel: str) -> None:
        super().__init__()
        self.scale, self.kernel = scale, kernel

    def forward(self, low: Tensor) -> Tensor:
        return resize(low, high_size(low.shape[-2:], self.scale), self.kernel)
