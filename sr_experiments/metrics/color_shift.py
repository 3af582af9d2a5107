"""Whether a result has another tint than its target."""

import torch
from skimage.color import rgb2lab
from torch import Tensor
from torchmetrics import Metric


class ColorShift(Metric):
    """ΔE of the mean colors of result and target, the distance in CIELAB (CIE 1976), mean over images.

    RGB images `(B, 3, H, W)` of 0 to 255, sRGB. A difference of 1 is about what a trained eye sees; what adversarial
    and diffusion networks change of an image as a whole shows here, and hardly in PSNR.
    """

    needs_rgb = True
    higher_is_better = False
    total: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, output: Tensor, target: Tensor) -> None:
        ours, theirs = (_mean_color(image) for image in (output, target))
        self.total += (ours - theirs).norm(dim=1).sum()
        self.count += len(output)

    def compute(self) -> Tensor:
        return self.total / self.count


def _mean_color(image: Tensor) -> Tensor:
    """`(B, 3)`, in CIELAB."""
    rgb = image.double().mean((-2, -1)).cpu().numpy() / 255
    return torch.from_numpy(rgb2lab(rgb))
