"""An image through a code of whole numbers."""

import pytest
import torch
from torch.distributions import Laplace

from sr_experiments.config import build, network_config
from sr_experiments.inference.codec import HEADER, compress, decompress
from sr_experiments.loss.prediction import Prediction
from sr_experiments.loss.rate import Rate


@pytest.fixture
def network():
    torch.manual_seed(0)
    small = ("model.encoder.features=4", "model.code=6", "model.encoder.code=6", "model.width=8", "scale=1")
    made = build(network_config("model=compressive", *small), "model").eval()
    with torch.no_grad():
        made.encoder.layers[-1].weight.mul_(20)
        made.mean.normal_()
        made.log_scale.normal_()
    return made


def test_bits_are_those_of_a_laplace_distribution(network):
    code = torch.arange(-4, 5).float().expand(1, 6, 1, 9)
    expected = Laplace(network.mean[:, None, None].double(), network.log_scale.exp()[:, None, None].double())
    probability = expected.cdf(code.double() + 0.5) - expected.cdf(code.double() - 0.5)
    torch.testing.assert_close(network.bits(code).double(), -probability.log2(), rtol=1e-3, atol=1e-3)


def test_an_image_comes_back_from_about_as_many_bytes_as_its_code_should_cost(network):
    image = torch.rand(3, 37, 50)
    content = compress(network, image)
    with torch.no_grad():
        assert torch.equal(decompress(network, content), network(image[None])[0])
        code = network.encode(image[None])
        expected = float(network.bits(code).sum()) / 8
    assert code.unique().numel() > 5
    assert len(content) - HEADER.size == pytest.approx(expected, rel=0.02, abs=8)


def test_training_sees_what_the_code_costs(network):
    image = torch.rand(2, 3, 16, 24)
    output, bits = network.train()(image)
    assert output.shape == image.shape and bits.shape == (2,)
    assert Rate()(Prediction(image, image, output, bits)) == bits.mean()
    with pytest.raises(ValueError, match="add model=compressive"):
        Rate()(Prediction(image, image, output))
