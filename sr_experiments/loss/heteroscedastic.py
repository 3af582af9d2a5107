"""What a network must lose to say how unsure it is."""

from torch import Tensor, nn

from sr_experiments.loss.prediction import Prediction


class Heteroscedastic(nn.Module):
    """The negative log likelihood of the target under normal distributions, but for a constant, in nats per value.

    The mean of (d²·exp(−s) + s) / 2 over the differences d, of a prediction whose `extra` is the log variance s of each
    value, of the output's shape: to be unsure costs s, to be wrong and sure more. A ValueError where there is none.
    Kendall and Gal, "What Uncertainties Do We Need in Bayesian Deep Learning for Computer Vision?", NeurIPS 2017,
    equation 8.
    """

    def forward(self, prediction: Prediction) -> Tensor:
        log_variance = prediction.extra
        if not isinstance(log_variance, Tensor) or log_variance.shape != prediction.output.shape:
            raise ValueError(
                "loss=heteroscedastic is for a network that gives the log variance of its image beside it: add "
                "+model/head@model.spread=sub_pixel"
            )
        squared = (prediction.output - prediction.target).square()
        return (squared * (-log_variance).exp() + log_variance).mean() / 2
