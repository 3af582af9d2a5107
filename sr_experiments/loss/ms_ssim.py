"""Structural similarity at several scales as a loss."""

from collections.abc import Sequence

from torch import Tensor, nn
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

WINDOW = 11


class MultiScaleSsim(nn.Module):
    """1 − MS-SSIM of images in [0, 1], as torchmetrics computes it; `betas`: exponents of its scales, fine first.

    Wang et al., "Multiscale Structural Similarity for Image Quality Assessment", Asilomar 2003. A ValueError where the
    coarsest scale is smaller than the window of 11 pixels.
    """

    def __init__(self, *, betas: Sequence[float]) -> None:
        super().__init__()
        self.betas = tuple(betas)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        least = (WINDOW - 1) * 2 ** (len(self.betas) - 1)
        if min(target.shape[-2:]) <= least:
            raise ValueError(
                f"loss ms_ssim: {len(self.betas)} scales want high-resolution patches of more than {least} pixels, got "
                f"{target.shape[-1]}×{target.shape[-2]}: a larger data.patch_size, or fewer betas"
            )
        found = multiscale_structural_similarity_index_measure(
            output.to(target), target, data_range=1.0, betas=self.betas, normalize="relu"
        )
        return 1 - found
