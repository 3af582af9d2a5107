"""Learning to draw images from noise."""

from typing import Any

import torch
from torch import Tensor

from sr_experiments.loss.prediction import Prediction
from sr_experiments.model.flow import Flow as FlowNetwork
from sr_experiments.module.supervised import Supervised


class Flow(Supervised):
    """Trains a flow network to tell the image that a noisy state of it comes from, at times of the way drawn uniformly.

    Lipman et al., "Flow Matching for Generative Modeling", ICLR 2023, with the data in the place of the velocity: so
    every loss sees images, as ever. `extra` of a prediction is the time of each patch, `(B, 1, 1, 1)`.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if not isinstance(self.network, FlowNetwork):
            made = type(self.network).__name__
            raise ValueError(f"module=flow trains a network that draws in steps: add model=flow, got {made}")

    def predict(self, batch: tuple[Tensor, Tensor]) -> Prediction:
        low, target = self.prepare(batch)
        network: Any = self.network
        base, time = network.bicubic(low), torch.rand(len(low), 1, 1, 1, device=low.device)
        state = network.interpolate(target - base, torch.randn_like(target), time)
        return Prediction(low, target, base + network.estimate(low, state, time), time)
