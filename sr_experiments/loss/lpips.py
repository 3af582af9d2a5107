"""LPIPS as a loss."""

from torch import Tensor, nn
from torchmetrics.wrappers import LambdaInputTransformer


class Lpips(nn.Module):
    """The mean over images of LPIPS of output and target, RGB `(B, 3, H, W)` in [0, 1], by torchmetrics' network.

    Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018. `metric`: the one
    of `metrics=lpips`, whose network does not learn and is kept nowhere. Patches of at least 32 pixels a side.
    """

    def __init__(self, *, metric: LambdaInputTransformer) -> None:
        super().__init__()
        self.frozen = [
            metric.wrapped_metric.get_submodule("net").requires_grad_(False)
        ]  # in a list, where torch does not find it

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        network = self.frozen[0].to(output.device)
        return network(output, target, normalize=True).mean()
