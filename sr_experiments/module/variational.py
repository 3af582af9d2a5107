"""Learning a code for what a low-resolution image leaves open."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_unshuffle

from sr_experiments.loss.prediction import Prediction
from sr_experiments.model.block.gaussian import Gaussian
from sr_experiments.model.variational import Variational as VariationalNetwork
from sr_experiments.module.supervised import Supervised

CONTRAST = 10.0  # residuals over bicubic have a tenth of an image's deviation or less
SURE = -2.0  # the posterior's log variance as it begins: an image's code is told from others before it is made cheap


class Variational(Supervised):
    """Trains a variational network on codes that a posterior draws, which sees the original beside the input.

    The posterior has `width` features and is kept in checkpoints alone. `extra` of a prediction: its mean and log
    variance of the code, and the prior's. Without loss=divergence between them nothing makes the code one that the
    prior can draw.
    """

    def __init__(self, *, width: int, **given: Any) -> None:
        super().__init__(**given)
        network: Any = self.network
        if not isinstance(network, VariationalNetwork):
            made = type(network).__name__
            raise ValueError(f"module=variational trains a network with a code: add model=variational, got {made}")
        seen = network.channels * (1 + network.scale**2)
        self.posterior = Gaussian(channels=seen, width=width, code=network.noise_channels, log_variance=SURE)

    def predict(self, batch: tuple[Tensor, Tensor]) -> Prediction:
        low, target = self.prepare(batch)
        network: Any = self.network
        blocks = pixel_unshuffle(CONTRAST * (target - network.bicubic(low)), network.scale)
        mean, log_variance = self.posterior(torch.cat([low, blocks], 1))
        code = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        return Prediction(low, target, network.decode(low, code), ((mean, log_variance), network.prior(low)))

    def learnt(self) -> list[nn.Parameter]:
        return [*super().learnt(), *self.posterior.parameters()]
