"""Whether samples differ as much as they are wrong."""

from torch import Tensor

from sr_experiments.metrics.spread import Spread


class Calibration(Spread):
    """How far the samples of an image differ, over how far their mean is from the target: 1 is right, less too sure.

    The root of (1 + 1/M)·s² over the squared error of the mean of M samples, both means over pixels. Were the target
    one more draw from where the samples come, both would be the same (Fortin et al., "Why Should Ensemble Spread Match
    the RMSE of the Ensemble Mean?", Journal of Hydrometeorology 2014). A sample then loses 10·log10(2) = 3.01 dB of
    PSNR against the mean of all, the mean of M samples 10·log10(1 + 1/M), 0.51 dB of eight.
    """

    def update(self, output: Tensor, target: Tensor) -> None:
        super().update(output, target)
        self.target = target

    def compute(self) -> Tensor:
        error = (self.mean - self.target).square().mean()
        return ((1 + 1 / self.count) * self.variance.mean() / error).sqrt()
