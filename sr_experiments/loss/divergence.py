"""What a code costs beyond what its prior expects."""

import torch
from torch import Tensor, nn

from sr_experiments.loss.prediction import Prediction


class Divergence(nn.Module):
    """The Kullback-Leibler divergence of a code's posterior from its prior, in nats per value of the image.

    Of a prediction whose `extra` are mean and log variance of either, `(B, code, H, W)` (Kingma and Welling, "Auto-
    Encoding Variational Bayes", ICLR 2014, appendix B). `free`: nats per channel and low-resolution pixel that cost
    nothing (Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", NeurIPS 2016, section
    C.8), against codes that are not used.
    """

    def __init__(self, *, free: float) -> None:
        super().__init__()
        self.free = free

    def forward(self, prediction: Prediction) -> Tensor:
        if not (isinstance(prediction.extra, tuple) and len(prediction.extra) == 2):
            raise ValueError("loss=divergence is between two distributions of a code: add module=variational")
        nats = divergence(*prediction.extra).mean((0, 2, 3))
        values = prediction.target[0].numel() / prediction.low[0, 0].numel()
        return nats.clamp(min=self.free).sum() / values


def divergence(posterior: tuple[Tensor, Tensor], prior: tuple[Tensor, Tensor]) -> Tensor:
    """Of one normal distribution from another, `(mean, log variance)` each, in nats for each value."""
    (mean, log_variance), (prior_mean, prior_log) = posterior, prior
    ratio = (log_variance - prior_log).exp() + (mean - prior_mean).square() * torch.exp(-prior_log)
    return 0.5 * (ratio - 1 + prior_log - log_variance)
