"""Learning from what another network makes of the same image."""

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from sr_experiments.loss.prediction import Prediction


class Distillation(nn.Module):
    """Mean absolute difference between a network's output and its `teacher`'s, of the same low-resolution image.

    Hinton et al., "Distilling the Knowledge in a Neural Network", 2015, with images in the place of logits. The teacher
    does not learn and is kept nowhere: neither in checkpoints nor in averaged copies.
    """

    def __init__(self, *, teacher: nn.Module) -> None:
        super().__init__()
        self.frozen = [teacher.eval().requires_grad_(False)]  # in a list, where torch does not find it

    def forward(self, prediction: Prediction) -> Tensor:
        with torch.no_grad():
            told = self.frozen[0].to(prediction.low.device)(prediction.low)
        return l1_loss(prediction.output, told)
