"""A network that draws high-resolution images from noise, in a few steps."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from sr_experiments.model.block.drawing import check_temperature, join
from sr_experiments.resize import resize


class Flow(nn.Module):
    """Draws the residual over the bicubic image, from the low-resolution one and a state that gets less noisy.

    At time t, from 0 to 1, the state is t · residual + (1 - t) · `spread` · noise, rectified flow's straight way (Liu
    et al., ICLR 2023). `encoder`, `decoder` and `head` estimate the residual itself, which a body of fewer than s²·C
    features can, rather than the velocity, which it can't. Each of `steps` begins at the state of the last estimate
    and noise of its own; the last estimate is the result. The state enters beside the encoder's features, by a
    convolution that begins at zero: a network that starts from a trained one begins as that one.

    `(B, C, H, W)` in [0, 1] to `(B, C, s·H, s·W)`. Without noise: the estimate at time 0, about the mean of what can be
    drawn. `channels`: of the image; `width`: of the features; `scale`: s, a whole number. `spread`: the deviation of
    residuals. `temperature`: that of the noise; below 1 samples differ less.
    """

    learnt_by = "flow"

    def __init__(
        self,
        *,
        encoder: nn.Module,
        decoder: nn.Module,
        head: nn.Module,
        channels: int,
        width: int,
        scale: int,
        steps: int,
        spread: float,
        temperature: float,
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.head = encoder, decoder, head
        self.channels, self.width, self.scale, self.spread = channels, width, scale, spread
        self.set_sampler(steps=steps, temperature=temperature)
        self.state = nn.Conv2d(channels * scale**2 + 1, width, 3, padding=1)
        nn.init.zeros_(self.state.weight)
        nn.init.zeros_(self.state.bias)  # pyright: ignore[reportArgumentType]

    def set_sampler(self, *, steps: int, temperature: float) -> None:
        """Draw samples in so many steps, at least 1, and with noise of this deviation, at least 0."""
        if type(steps) is not int or steps < 1:
            raise ValueError(f"steps: expected a whole number of at least 1, got {steps!r}")
        self.steps, self.temperature = steps, check_temperature(temperature)

    @property
    def noise_channels(self) -> int:
        """Random numbers of a sample for a low-resolution pixel: one for each value and step."""
        return self.steps * self.channels * self.scale**2

    def forward(self, low: Tensor, noise: Tensor | None = None) -> Tensor:
        base = self.bicubic(low)
        residual = base.new_zeros(base.shape)
        if noise is None:
            return base + self.estimate(low, residual, base.new_zeros(len(low), 1, 1, 1))
        for step, drawn in enumerate((self.temperature * noise).chunk(self.steps, 1)):
            time = base.new_full((len(low), 1, 1, 1), step / self.steps)
            residual = self.estimate(low, self.interpolate(residual, pixel_shuffle(drawn, self.scale), time), time)
        return base + residual

    def bicubic(self, low: Tensor) -> Tensor:
        """The bicubic image."""
        return resize(low, (self.scale * low.shape[-2], self.scale * low.shape[-1]))

    def interpolate(self, residual: Tensor, noise: Tensor, time: Tensor) -> Tensor:
        """The state at `time` `(B, 1, 1, 1)` on the way from noise to a residual, both `(B, C, s·H, s·W)`."""
        return time * residual + (1 - time) * self.spread * noise

    def estimate(self, low: Tensor, state: Tensor, time: Tensor) -> Tensor:
        """The residual that a state is on its way to."""
        plane = time.expand(len(low), 1, *low.shape[-2:])
        blocks = pixel_unshuffle(state / self.spread, self.scale)
        beside = self.state(torch.cat([blocks, plane], 1))
        return self.head(self.decoder(join(self.encoder(low), beside)))
