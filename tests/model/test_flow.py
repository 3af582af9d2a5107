"""A network that draws in steps."""

import pytest
import torch

from sr_experiments.config import build, network_config
from sr_experiments.inference.network import Network
from sr_experiments.inference.tiles import Tiles
from sr_experiments.model.cost import multiply_adds
from sr_experiments.model.flow import Flow


def flow(*overrides: str) -> Flow:
    torch.manual_seed(0)
    small = ("model.width=8", "model.decoder.blocks=1", "scale=2")
    return build(network_config("model=flow", *small, *overrides), "model").eval()


def stirred(network: Flow) -> Flow:
    """With a state that counts."""
    torch.nn.init.normal_(network.state.weight, std=0.01)
    return network


def test_a_flow_begins_as_the_network_whose_weights_it_takes():
    small = ("model.width=8", "model.decoder.blocks=1", "model.skip=bicubic", "model.normalization=none")
    made = build(network_config("model=edsr_baseline", "model/head=sub_pixel", *small, "scale=2"), "model")
    ours, low = flow(), torch.rand(1, 3, 9, 7)
    ours.load_state_dict(made.state_dict(), strict=False)
    with torch.no_grad():
        torch.testing.assert_close(ours(low), made(low))
        torch.testing.assert_close(ours(low, torch.randn(1, ours.noise_channels, 9, 7)), made(low))


@pytest.mark.parametrize("steps", [1, 4])
def test_every_step_goes_from_the_last_estimate_and_noise_of_its_own(steps):
    """Against the steps written out, of a network that knows the residual to come: 0.3 of the state it is shown."""
    network = flow(f"model.steps={steps}", "model.temperature=0.5", "model.spread=0.1")
    network.estimate = lambda _, state, time: 0.3 * state + 0.01 * time  # type: ignore[method-assign]
    low, noise = torch.rand(1, 3, 4, 4), torch.randn(1, 12 * steps, 4, 4)
    expected = torch.zeros(1, 3, 8, 8)
    for step in range(steps):
        drawn = torch.pixel_shuffle(noise[:, 12 * step : 12 * step + 12], 2)
        share = step / steps
        expected = 0.3 * (share * expected + (1 - share) * 0.1 * 0.5 * drawn) + 0.01 * share
    torch.testing.assert_close(network(low, noise) - network.bicubic(low), expected)


def test_tiles_of_a_sample_are_the_sample():
    network = Network(stirred(flow()), scale=2, color="rgb")
    field = network.receptive_field
    assert field is not None and field > 2 * 4 * 3
    tiles = Tiles(lambda both: network(both[:, :3], both[:, 3:]), tile=16, scale=2, receptive_field=field)
    both = torch.cat([torch.rand(1, 3, 37, 70), torch.randn(1, network.noise_channels, 37, 70)], 1)
    with torch.no_grad():
        assert not tiles.blended and (tiles(both) - network(both[:, :3], both[:, 3:])).abs().max() < 1e-6


def test_a_sample_costs_a_pass_for_each_step():
    network = flow("model.steps=4")
    assert multiply_adds(network, 3, 2, sample=True) == 4 * multiply_adds(network, 3, 2) > 0


def test_samplers_can_be_set():
    used = Network(stirred(flow()), scale=2, color="rgb")
    used.set_sampler({"steps": 15, "temperature": 0})
    assert used.noise_channels == 15 * 12 and used.module.temperature == 0  # type: ignore[union-attr]
    low = torch.rand(1, 3, 6, 6)
    with torch.no_grad():
        assert torch.equal(used(low, torch.randn(1, 180, 6, 6)), used(low, torch.zeros(1, 180, 6, 6)))
    for wrong, message in {
        "steps": "steps: expected a whole number of at least 1, got 0.5",
        "temperature": "temperature: expected a number of at least 0, got -1",
        "order": r"sampler.order: this network draws with steps, temperature",
    }.items():
        with pytest.raises(ValueError, match=message):
            used.set_sampler({wrong: 0.5 if wrong == "steps" else -1})


def test_an_encoder_of_other_features_is_refused():
    with pytest.raises(ValueError, match=r"needs an encoder that makes features \(1, 8, 6, 6\) .*, got tuple"):
        flow("model/encoder=autoencoder", "model/decoder=edsr")(torch.rand(1, 3, 6, 6))
