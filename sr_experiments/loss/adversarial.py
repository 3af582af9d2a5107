"""A discriminator that learns beside the network, as one more loss."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, relu

FORMS = ("relativistic", "vanilla", "hinge", "least_squares", "wasserstein")
PENALTIES = ("none", "r1", "gradient")
MEMORY = 0.99  # of the mean over steps of how often the discriminator is right
WINS, CHANCE = 0.98, 0.52


class Adversarial(nn.Module):
    """What a network gains by deceiving a `discriminator`, which learns beside it from `own`.

    `forward` reaches the network alone and `own` the discriminator alone: the gradient of their sum is that of ESRGAN's
    two steps, which start from the same output and the same discriminator (Wang et al., ECCV Workshops 2018, section
    3.2), and one optimizer with two groups of parameters does what two optimizers do.

    `form`: relativistic (average; Jolicoeur-Martineau, ICLR 2019), vanilla (Goodfellow et al., 2014, not saturating),
    hinge (Lim and Ye, 2017), least_squares (Mao et al., ICCV 2017), wasserstein (Arjovsky et al., ICML 2017).
    `penalty`: r1 (Mescheder et al., ICML 2018) or gradient (Gulrajani et al., NeurIPS 2017), `strength` times, at every
    `every`-th step and so many times stronger. `optimizer`: settings of the discriminator's own group (lr, betas, …);
    `schedule`: what factor on its learning rate a share of the training gives, None for the network's.
    """

    def __init__(
        self,
        *,
        discriminator: nn.Module,
        form: str,
        penalty: str,
        strength: float,
        every: int,
        optimizer: Mapping[str, Any],
        schedule: Callable[[float], float] | None = None,
    ) -> None:
        super().__init__()
        if form not in FORMS:
            raise ValueError(f"form is one of {', '.join(FORMS)}, not {form!r}")
        if penalty not in PENALTIES:
            raise ValueError(f"penalty is one of {', '.join(PENALTIES)}, not {penalty!r}")
        self.discriminator, self.form, self.penalty = discriminator, form, penalty
        self.strength, self.every, self.optimizer, self.schedule = strength, every, dict(optimizer), schedule
        self.facts: dict[str, Tensor] = {}
        self.counted: int | None = None
        self.register_buffer("steps", torch.tensor(0))
        self.register_buffer("right", torch.tensor(0.75))

    steps: Tensor
    right: Tensor

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """The network's loss; no gradient of it reaches the discriminator."""
        self.discriminator.requires_grad_(False)
        real, fake = self.discriminator(target), self.discriminator(output)
        self.discriminator.requires_grad_(True)
        if self.form == "relativistic":
            return (cross_entropy(fake - real.mean(), 1.0) + cross_entropy(real - fake.mean(), 0.0)) / 2
        if self.form in ("hinge", "wasserstein"):
            return -fake.mean()
        return (fake - 1).square().mean() if self.form == "least_squares" else cross_entropy(fake, 1.0)

    def own(self, output: Tensor, target: Tensor) -> Tensor:
        """The discriminator's loss, on an output without gradient."""
        output = output.detach()
        real, fake = self.discriminator(target), self.discriminator(output)
        penalty = self._penalty(output, target)
        middle = (real.mean() + fake.mean()).detach() / 2
        shares = (real > middle).float().mean(), (fake < middle).float().mean()
        self.facts = {"real": shares[0], "fake": shares[1], "penalty": penalty.detach()}
        self.steps += 1
        self.right.lerp_(((shares[0] + shares[1]) / 2).to(self.right), 1 - MEMORY)
        return self._verdict(real, fake) + penalty

    def _verdict(self, real: Tensor, fake: Tensor) -> Tensor:
        match self.form:
            case "relativistic":
                return (cross_entropy(real - fake.mean(), 1.0) + cross_entropy(fake - real.mean(), 0.0)) / 2
            case "hinge":
                return (relu(1 - real).mean() + relu(1 + fake).mean()) / 2
            case "least_squares":
                return ((real - 1).square().mean() + fake.square().mean()) / 2
            case "wasserstein":
                return fake.mean() - real.mean()
        return (cross_entropy(real, 1.0) + cross_entropy(fake, 0.0)) / 2

    def _penalty(self, output: Tensor, target: Tensor) -> Tensor:
        if self.penalty == "none" or self._steps() % self.every:
            return target.new_zeros(())
        share = torch.rand(len(target), 1, 1, 1, device=target.device, dtype=target.dtype)
        image = target if self.penalty == "r1" else target + share * (output - target)
        with torch.autocast(target.device.type, enabled=False):  # a second derivative overflows in half precision
            image = image.detach().requires_grad_().clone()  # no leaf: FlopCounterMode counts no gradient of one
            slope = torch.autograd.grad(self.discriminator(image).sum(), image, create_graph=True)[0].flatten(1)
        if self.penalty == "r1":
            return self.strength / 2 * self.every * slope.square().sum(1).mean()
        return self.strength * self.every * (slope.norm(dim=1) - 1).square().mean()

    def _steps(self) -> int:
        """The buffer that checkpoints keep, which a device is waited for once."""
        self.counted = int(self.steps) if self.counted is None else self.counted + 1
        return self.counted

    def warning(self) -> str | None:
        """What is wrong with the two, once the mean over many steps says so."""
        right = float(self.right)
        if right > WINS:
            return f"the discriminator is right in {right:.0%} of its steps: it has won, and the network learns nothing"
        if right < CHANCE:
            return f"the discriminator is right in {right:.0%} of its steps: it guesses, and misleads the network"
        return None


def cross_entropy(logits: Tensor, truth: float) -> Tensor:
    """Cross-entropy of logits where all are real (1) or made (0)."""
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))
