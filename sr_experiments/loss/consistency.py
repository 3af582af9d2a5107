"""What a result must not change: the image that it came from."""

from torch import Tensor, nn

from sr_experiments.loss.prediction import Prediction
from sr_experiments.resize import resize


class Consistency(nn.Module):
    """L1 of result and target, both made as small as the low-resolution image by bicubic interpolation.

    That is what LR-PSNR measures (Lugmayr et al., "NTIRE 2021 Learning the Super-Resolution Space Challenge"): it
    holds colors and whatever else the low-resolution image knows, under any degradation, and leaves the rest free.
    """

    def forward(self, prediction: Prediction) -> Tensor:
        size = (prediction.low.shape[-2], prediction.low.shape[-1])
        return resize(prediction.output.to(prediction.target) - prediction.target, size).abs().mean()
