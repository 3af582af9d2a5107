"""Whether intervals hold as many pixels as they promise."""

from scipy.special import stdtrit
from torch import Tensor

from sr_experiments.metrics.spread import Spread


class Interval(Spread):
    """The share of an image's values that lie within the interval in which samples promise `share` of them.

    The mean of M samples ± t · s · √(1 + 1/M), with Student's quantile of M − 1 degrees of freedom: where the target is
    one more draw from the normal distribution that the samples come from, it is in there that often (Hahn, "Factors for
    calculating two-sided prediction intervals for samples from a normal distribution", JASA 1969). Less is too sure.

    `share`: 0 to 1, both excluded.
    """

    def __init__(self, *, share: float) -> None:
        super().__init__()
        if not 0 < share < 1:
            raise ValueError(f"share of an interval: expected a number between 0 and 1, got {share}")
        self.share = share

    def update(self, output: Tensor, target: Tensor) -> None:
        super().update(output, target)
        self.target = target

    def compute(self) -> Tensor:
        deviation, count = self.variance.sqrt(), float(self.count)
        reach = stdtrit(count - 1, (1 + self.share) / 2) * (1 + 1 / count) ** 0.5
        return ((self.mean - self.target).abs() <= reach * deviation).double().mean()
