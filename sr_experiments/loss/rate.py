"""What a code costs."""

from torch import Tensor, nn

from sr_experiments.loss.prediction import Prediction


class Rate(nn.Module):
    """Mean bits per pixel of a prediction whose `extra` they are, `(B,)`: the R of L = D + weight · R.

    Ballé et al., "End-to-end Optimized Image Compression", ICLR 2017, equation 9.
    """

    def forward(self, prediction: Prediction) -> Tensor:
        if not isinstance(prediction.extra, Tensor):
            raise ValueError("loss=rate needs a network that tells what its code costs: add model=compressive")
        return prediction.extra.mean()
