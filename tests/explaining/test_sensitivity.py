"""What small changes change, against enlargements of which it is known."""

from math import log10

import pytest
import torch
from torch.nn.functional import interpolate

from sr_experiments.config import build, network_config
from sr_experiments.explaining.features import last_features
from sr_experiments.explaining.sensitivity import sensitivity
from sr_experiments.explaining.uncertainty import calibration, deviation
from sr_experiments.inference.network import Network

LOW = torch.randint(40, 216, (3, 32, 40), generator=torch.Generator().manual_seed(0)).float()


def nearest(low):
    return interpolate(low / 255, scale_factor=2)


def test_nearest_neighbour_keeps_shifts_and_flips_and_passes_noise_on():
    found = sensitivity(nearest, LOW, 2)
    assert found["flip"]["output"] == found["shift"]["output"] == 60
    for level in (1, 2, 4):
        said = found[f"noise {level}"]
        assert said["output"] == pytest.approx(said["input"], abs=1e-6)
        assert said["input"] == pytest.approx(20 * log10(255 / (level**2 + 1 / 12) ** 0.5), abs=0.3)


def test_what_is_made_of_places_alone_keeps_neither():
    ramp = torch.linspace(0, 1, 80).expand(1, 3, 64, 80)
    found = sensitivity(lambda low: ramp[..., : 2 * low.shape[-1]], LOW, 2)
    assert found["flip"]["output"] < 10 and found["shift"]["output"] == pytest.approx(31.9, abs=0.1)
    assert found["noise 4"]["output"] == found["JPEG 75"]["output"] == 60


def test_the_last_convolution_is_found_with_what_it_is_given():
    first = torch.nn.Conv2d(3, 5, 3, padding=1)
    net = torch.nn.Sequential(first, torch.nn.ReLU(), torch.nn.Conv2d(5, 3, 5, padding=2))
    torch.nn.init.zeros_(first.weight[2])
    found = last_features(net, LOW / 255)
    assert found and found.layer == "2" and found.maps.shape == (5, 32, 40) and found.kernels.shape == (5, 5, 5)
    assert found.silent >= 1 and found.maps.flatten(1).std(1).diff().max() <= 0
    assert last_features(torch.nn.Identity(), LOW) is None


@pytest.mark.parametrize(("given", "held"), [(1.0, 0.9), (0.5, 0.589), (2.0, 0.999)])
def test_deviations_that_are_true_hold_what_they_promise(given, held):
    error = 0.05 * torch.randn(3, 100, 100, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    found = calibration(0.5 + error, torch.full_like(error, 0.05 * given), torch.full_like(error, 0.5))
    assert found.coverage["90"] == pytest.approx(held, abs=0.01)
    assert found.sharpness == pytest.approx(255 * 0.05 * given) and (found.error < 0.01) == (given == 1)


def test_a_network_that_draws_is_as_unsure_as_its_samples_differ():
    small = ["scale=2", "model.width=4", "model.code=2", "model.decoder.blocks=1"]
    torch.manual_seed(0)
    drawing = Network(build(network_config("model=variational", *small), "model"), scale=2, color="rgb")
    found, low = deviation(drawing, LOW / 255), LOW / 255
    assert found is not None and found.shape == (3, 64, 80) and found.min() > 0
    drawing.set_sampler({"temperature": 0.0})
    cold = deviation(drawing, low)
    assert cold is not None and float(cold.max()) == pytest.approx(0, abs=1e-6)
    assert deviation(Network(torch.nn.Upsample(scale_factor=2), scale=2, color="rgb"), low) is None
