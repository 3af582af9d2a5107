"""H = D(E(LR)), then a head, and what stands around them all: a skip and a shift of the mean."""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout2d, pixel_shuffle

from sr_experiments.channels import CHANNELS
from sr_experiments.color import network_input
from sr_experiments.resize import KERNELS, enlarge, resize

MEAN = (0.4488, 0.4371, 0.4040)
UNSURE = -7.0  # log variance to begin with: a deviation of 8 grey levels
NORMALIZATIONS = ("none", "mean_shift")


class SuperResolution(nn.Module):
    """A network put together from an encoder, a decoder and a head.

    `encoder` takes the image `(B, C, H, W)` in [0, 1]; `decoder` takes whatever the encoder made and returns features
    `(B, width, H, W)`; `head` turns these into the image `(B, C, s·H, s·W)`. `skip` (none, nearest, bilinear, bicubic)
    adds the interpolated input to it, as VDSR does (Kim et al., CVPR 2016): the network then learns the difference.
    `normalization`: none, or mean_shift, which takes DIV2K's mean color from the input and gives it back to the
    output (Lim et al., CVPR Workshops 2017). `dropout`: the share of whole feature channels that training leaves out
    before the head (Kong et al., "Reflash dropout in image super-resolution", CVPR 2022: 0.5 to 0.7). `spread`: another
    head, of the log variance of the first one's image: the network then returns both, `(image, log variance)`, and
    draws from that normal distribution where it is given noise `(B, noise_channels, H, W)`.

    `as_convolution` makes the interpolated input of a convolution and a shuffle, to rounding, where the scale is whole.

    `width`: channels of the features.
    """

    as_convolution = False

    def __init__(
        self,
        *,
        encoder: nn.Module,
        decoder: nn.Module,
        head: nn.Module,
        width: int,
        skip: str,
        normalization: str = "none",
        dropout: float = 0.0,
        spread: nn.Module | None = None,
    ) -> None:
        super().__init__()
        if skip not in ("none", *KERNELS):
            raise ValueError(f"skip is one of none, {', '.join(KERNELS)}, not {skip!r}")
        if normalization not in NORMALIZATIONS:
            raise ValueError(f"normalization is one of {', '.join(NORMALIZATIONS)}, not {normalization!r}")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout is a share of 0 to below 1, not {dropout}")
        self.encoder, self.decoder, self.head = encoder, decoder, head
        self.dropout, self.spread = dropout, spread
        self.width, self.skip, self.normalization = width, skip, normalization
        if spread is not None:
            self.noise_channels = spread(torch.zeros(1, width, 1, 1)).numel()

    @property
    def any_scale(self) -> bool:
        """Whether the head makes any size that it is told, from the same weights."""
        return getattr(self.head, "any_scale", False)

    def forward(
        self, low: Tensor, size: Sequence[int] | None = None, noise: Tensor | None = None
    ) -> Tensor | tuple[Tensor, Tensor]:
        """`size`: the (height, width) of the output, which an any-scale head is told in training."""
        features = self.features(low)
        high = self.head(features) if size is None else self.head(features, size)
        if self.skip != "none":
            high = high + self._interpolated(low, (high.shape[-2], high.shape[-1]))
        elif self.normalization == "mean_shift":
            high = high + mean_color(low)
        if self.spread is None:
            return high
        log_variance = self.spread(features) + UNSURE
        if noise is None:
            return high, log_variance
        return high + (log_variance / 2).exp() * pixel_shuffle(noise, high.shape[-1] // low.shape[-1])

    def _interpolated(self, low: Tensor, size: tuple[int, int]) -> Tensor:
        factor = size[0] // low.shape[-2]
        if (
            self.as_convolution
            and not torch.compiler.is_compiling()
            and size == (factor * low.shape[-2], factor * low.shape[-1])
        ):
            return enlarge(low, factor, self.skip)
        return resize(low, size, self.skip)

    def features(self, low: Tensor) -> Tensor:
        """What the head is given, `(B, width, H, W)`; where there is a skip, the head makes what is added to it."""
        shifted = low - mean_color(low) if self.normalization == "mean_shift" else low
        features = self.decoder(self.encoder(shifted))
        if features.shape[1] != self.width or features.shape[-2:] != low.shape[-2:]:
            raise ValueError(
                f"the decoder made features {tuple(features.shape)} of an input {tuple(low.shape)}: expected "
                f"{self.width} channels (model.width) and the input's own size"
            )
        return dropout2d(features, self.dropout, self.training)


def mean_color(image: Tensor) -> Tensor:
    """DIV2K's mean color, or its Y, as `image` shows it: `(C, 1, 1)`."""
    known = _mean if torch.compiler.is_compiling() else _known_mean
    return known(image.shape[1], image.dtype, image.device)


def _mean(seen: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    color = next((name for name, channels in CHANNELS.items() if channels == seen), None)
    if color is None:
        raise ValueError(
            f"mean_shift knows the mean of RGB and of Y, not of {seen} channels: add model.normalization=none"
        )
    return network_input(torch.tensor(MEAN)[None, :, None, None], color)[0].to(device, dtype)


_known_mean = lru_cache(maxsize=16)(torch.inference_mode(False)(_mean))
