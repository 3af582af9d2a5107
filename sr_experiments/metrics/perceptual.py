"""Metrics that look through a trained network: LPIPS and DISTS, by torchmetrics' own classes."""

from collections.abc import Callable

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.wrappers import LambdaInputTransformer

SMALLEST = 32


class Perceptual(LambdaInputTransformer):
    """`metric()` on RGB images `(B, 3, H, W)` of 0 to 255, which it gets in float32, 0 to 1.

    `name`: what messages call it.

    A ValueError says what is missing where its network (torchvision) or that network's weights can't be had, and
    refuses images under 32 pixels a side.
    """

    needs_rgb = True
    higher_is_better = False

    def __init__(self, *, name: str, metric: Callable[[], Metric]) -> None:
        super().__init__(_tried(name, metric), _unit, _unit)
        self.judge = name


def _tried(name: str, make: Callable[[], Metric]) -> Metric:
    """The metric, after one small image: some fetch their networks only then."""
    try:
        with torch.random.fork_rng(devices=[]):
            metric = make()
        metric(*torch.zeros(2, 1, 3, 2 * SMALLEST, 2 * SMALLEST))
    except ModuleNotFoundError as error:
        raise ValueError(f"{name} needs torchvision: pip install 'sr_experiments[perceptual]'") from error
    except OSError as error:
        raise ValueError(
            f"the weights of {name}'s network can't be downloaded ({error}); with a connection torchvision puts them "
            "into $TORCH_HOME/hub/checkpoints, from where they can be copied"
        ) from error
    metric.reset()
    return metric


def _unit(image: Tensor) -> Tensor:
    if min(image.shape[-2:]) < SMALLEST:
        raise ValueError(f"expected {SMALLEST} pixels a side, got {image.shape[-1]}×{image.shape[-2]}")
    return (image / 255).float()
