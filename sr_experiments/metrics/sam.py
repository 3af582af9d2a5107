"""By how much a spectrum is turned."""

from torch import Tensor
from torchmetrics.image import SpectralAngleMapper


class SpectralAngle(SpectralAngleMapper):
    """The mean angle in degrees between the spectra of pixels, images `(B, C, H, W)` of two channels or more.

    Yuhas, Goetz and Boardman, "Discrimination among semi-arid landscape endmembers using the spectral angle mapper
    (SAM) algorithm", 1992, by torchmetrics. Pixels that are black in either image have no angle, and don't count. A
    ValueError for one channel, or where all are black.
    """

    def update(self, preds: Tensor, target: Tensor) -> None:
        seen = (preds.norm(dim=1) > 0) & (target.norm(dim=1) > 0)
        if not seen.any():
            raise ValueError("SAM is of spectra, all pixels are black")
        super().update(*(image.movedim(1, -1)[seen].mT[None, ..., None] for image in (preds, target)))

    def compute(self) -> Tensor:
        return super().compute().rad2deg()
