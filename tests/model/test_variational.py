"""A variational autoencoder of what a low-resolution image leaves open."""

import torch
from torch.distributions import Normal, kl_divergence

from sr_experiments.config import build, network_config
from sr_experiments.loss.divergence import Divergence, divergence
from sr_experiments.loss.prediction import Prediction


def distribution(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(2, 4, 5, 6, generator=random), torch.randn(2, 4, 5, 6, generator=random)


def normal(mean: torch.Tensor, log_variance: torch.Tensor) -> Normal:
    return Normal(mean, (log_variance / 2).exp())


def test_the_divergence_is_that_of_torchs_distributions():
    ours = divergence(distribution(0), distribution(1))
    torch.testing.assert_close(ours, kl_divergence(normal(*distribution(0)), normal(*distribution(1))))


def test_the_loss_is_in_nats_per_value_of_the_image_and_what_is_free_costs_nothing():
    images = {"low": torch.zeros(2, 3, 5, 6), "target": torch.zeros(2, 3, 20, 24), "output": torch.zeros(2, 3, 20, 24)}
    prediction = Prediction(**images, extra=(distribution(0), distribution(1)))
    by_channel = divergence(distribution(0), distribution(1)).mean((0, 2, 3))
    torch.testing.assert_close(Divergence(free=0.0)(prediction), by_channel.sum() / 48)
    free = float(by_channel.sort().values[1])
    kept = by_channel.clamp(min=free).sum() / 48
    torch.testing.assert_close(Divergence(free=free)(prediction), kept)
    same = prediction._replace(extra=(distribution(0), distribution(0)))
    assert float(Divergence(free=0.02)(same)) == 4 * torch.tensor(0.02) / 48


def test_a_sample_is_the_image_of_a_code_that_the_prior_draws():
    torch.manual_seed(0)
    small = ("model.width=8", "model.decoder.blocks=1", "model.code=3", "model.temperature=0.5", "scale=2")
    network = build(network_config("model=variational", *small), "model").eval()
    low, noise = torch.rand(1, 3, 6, 5), torch.randn(1, 3, 6, 5)
    mean, log_variance = network.prior(low)
    with torch.no_grad():
        assert torch.equal(network(low), network.decode(low, mean))
        drawn = mean + 0.5 * normal(mean, log_variance).stddev * noise
        torch.testing.assert_close(network(low, noise), network.decode(low, drawn))
        assert not torch.allclose(network(low, noise), network(low))
