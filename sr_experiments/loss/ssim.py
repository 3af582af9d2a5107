"""Structural similarity as a loss."""

from torch import Tensor, nn
from torchmetrics.functional.image import structural_similarity_index_measure

WINDOW = 11


class Ssim(nn.Module):
    """1 − SSIM of images in [0, 1], by torchmetrics' map of it: where the Gaussian window, σ 1.5, fits whole.

    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP 2004. A ValueError
    where it fits nowhere.
    """

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        if min(target.shape[-2:]) < WINDOW:
            raise ValueError(f"loss ssim: its window is {WINDOW} pixels a side, the patch {tuple(target.shape[-2:])}")
        _, similarity = structural_similarity_index_measure(
            output.to(target), target, data_range=1.0, return_full_image=True
        )
        inside = slice(WINDOW // 2, -(WINDOW // 2))
        return 1 - similarity[..., inside, inside].mean()
