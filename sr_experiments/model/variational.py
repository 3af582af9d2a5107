"""A conditional variational autoencoder: what the low-resolution image leaves open is a code of the same size."""

from torch import Tensor, nn

from sr_experiments.model.block.drawing import check_temperature, join
from sr_experiments.model.block.gaussian import Gaussian
from sr_experiments.resize import resize


class Variational(nn.Module):
    """p(high | low) through a code of `code` channels at low resolution.

    Sohn et al., "Learning Structured Output Representation using Deep Conditional Generative Models", NeurIPS 2015. A
    prior network tells the code's distribution from the low-resolution image; `encoder`, `decoder` and `head` make the
    residual over the bicubic image from both. The posterior, which sees the original, belongs to the training alone.

    `(B, C, H, W)` in [0, 1] to `(B, C, s·H, s·W)`: without noise through the prior's mean. `channels`: of the image;
    `width`: of the features; `scale`: s, a whole number. `temperature`: of the deviations from it; below 1 samples
    differ less.
    """

    learnt_by = "variational"

    def __init__(
        self,
        *,
        encoder: nn.Module,
        decoder: nn.Module,
        head: nn.Module,
        channels: int,
        width: int,
        scale: int,
        code: int,
        temperature: float,
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.head = encoder, decoder, head
        self.channels, self.width, self.scale = channels, width, scale
        self.noise_channels = code
        self.set_sampler(temperature=temperature)
        self.prior = Gaussian(channels=channels, width=width, code=code)
        self.enter = nn.Conv2d(code, width, 3, padding=1)  # a graph of torch.fx has a `code` of its own

    def set_sampler(self, *, temperature: float) -> None:
        """Draw codes of so much of the prior's deviation, at least 0."""
        self.temperature = check_temperature(temperature)

    def forward(self, low: Tensor, noise: Tensor | None = None) -> Tensor:
        mean, log_variance = self.prior(low)
        return self.decode(low, mean if noise is None else mean + self.temperature * (log_variance / 2).exp() * noise)

    def decode(self, low: Tensor, code: Tensor) -> Tensor:
        """The image of a code `(B, code, H, W)`."""
        return self.bicubic(low) + self.head(self.decoder(join(self.encoder(low), self.enter(code))))

    def bicubic(self, low: Tensor) -> Tensor:
        """The bicubic image."""
        return resize(low, (self.scale * low.shape[-2], self.scale * low.shape[-1]))
