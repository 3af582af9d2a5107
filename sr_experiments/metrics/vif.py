"""Visual information fidelity."""

from torch import Tensor
from torchmetrics.image import VisualInformationFidelity

SMALLEST = 41


class PixelFidelity(VisualInformationFidelity):
    """torchmetrics' pixel-domain VIF (Sheikh and Bovik, "Image Information and Visual Quality", IEEE TIP 2006).

    Of images `(B, C, H, W)`, 0 to 255; a ValueError where its four scales do not fit into them.
    """

    def update(self, preds: Tensor, target: Tensor) -> None:
        if min(preds.shape[-2:]) < SMALLEST:
            raise ValueError(f"VIF needs {SMALLEST} pixels a side, the image is {preds.shape[-1]}×{preds.shape[-2]}")
        super().update(preds, target)
