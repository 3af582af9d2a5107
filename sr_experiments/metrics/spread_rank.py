"""Whether samples differ where they are wrong."""

from torch import Tensor
from torchmetrics.functional import spearman_corrcoef

from sr_experiments.metrics.spread import Spread


class SpreadRank(Spread):
    """Spearman's rank correlation, over an image's pixels, of the samples' standard deviation and their mean's error.

    Both are root mean squares over channels. 1: the mean is the more wrong the more the samples differ; 0: their
    differences say nothing of where it is.
    """

    higher_is_better = True

    def update(self, output: Tensor, target: Tensor) -> None:
        super().update(output, target)
        self.target = target

    def compute(self) -> Tensor:
        error = (self.mean - self.target).square().mean(1)
        return spearman_corrcoef(self.variance.mean(1).flatten().float(), error.flatten().float())
