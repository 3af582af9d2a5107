"""LIIF against its equations, written out for one output pixel after another."""

import itertools

import pytest
import torch
from torch.nn.functional import grid_sample, pad

from sr_experiments.config import build, network_config
from sr_experiments.model.cost import parameters
from sr_experiments.model.head import liif
from sr_experiments.model.head.liif import LiifHead


def head(scale=2.5, seed=0, **settings):
    torch.manual_seed(seed)
    return LiifHead(**{"width": 3, "channels": 2, "scale": scale, "hidden": 6, "layers": 3, **settings}).double()


def perceptron(net, inputs):
    """The network of the paper: its first layer sees 9·C features, place and cell in one vector."""
    first = torch.cat([net.unfolded.weight.flatten(1), net.place.weight.flatten(1)], 1)
    values = torch.relu(first @ inputs + net.unfolded.bias)
    for layer in net.layers[1:]:
        values = layer(values[:, None, None])[:, 0, 0] if isinstance(layer, torch.nn.Conv2d) else layer(values)
    return values


def nearest(image, place):
    """What lies at a place of [-1, 1]², (y, x), of `(C, h, w)`."""
    return grid_sample(image[None], place.flip(0)[None, None, None], mode="nearest", align_corners=False)[0, :, 0, 0]


def by_its_equations(net, features, height, width):
    """Chen et al., CVPR 2021, equations 2 to 5, with coordinates from -1 to 1 as the authors' code has them."""
    low = torch.tensor(features.shape[-2:])
    padded = pad(features, (1, 1, 1, 1))
    shifted = [padded[:, i : i + low[0], j : j + low[1]] for i in range(3) for j in range(3)]
    unfolded = torch.stack(shifted, 1).flatten(0, 1)
    centers = torch.stack(
        torch.meshgrid(*((2 * torch.arange(side) + 1).double() / side - 1 for side in low.tolist()), indexing="ij")
    )
    output = torch.zeros(net.layers[-1].out_channels, height, width, dtype=torch.float64)
    cell = torch.tensor([2 / height, 2 / width], dtype=torch.float64) * low
    for i, j in itertools.product(range(height), range(width)):
        query = torch.tensor([(2 * i + 1) / height - 1, (2 * j + 1) / width - 1], dtype=torch.float64)
        values, areas = [], []
        for down, right in itertools.product((-1, 1), repeat=2):
            moved = query + torch.tensor([down, right]) / low + 1e-6
            moved = moved.clamp(-1 + 1e-6, 1 - 1e-6)
            offset = (query - nearest(centers, moved)) * low
            values.append(perceptron(net, torch.cat([nearest(unfolded, moved), offset, cell])))
            areas.append((offset.abs() + 1e-9).prod())
        total = sum(areas)
        output[:, i, j] = sum(value * area / total for value, area in zip(values, reversed(areas), strict=True))
    return output


@pytest.mark.parametrize(("low", "high"), [((3, 4), (7, 10)), ((4, 3), (15, 11)), ((2, 5), (6, 15)), ((1, 2), (4, 7))])
def test_it_is_what_the_equations_say(low, high):
    net, features = head(), torch.rand(1, 3, *low, dtype=torch.float64)
    expected = by_its_equations(net, features[0], *high)
    torch.testing.assert_close(net(features, high)[0], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("scale", [1, 1.3, 2.5, 3.7, 8])
@pytest.mark.parametrize("size", [(1, 1), (1, 6), (5, 3)])
def test_it_makes_any_size_at_any_scale(scale, size):
    high = head(scale)(torch.rand(2, 3, *size, dtype=torch.float64))
    assert high.shape == (2, 2, round(scale * size[0]), round(scale * size[1]))
    assert torch.isfinite(high).all()


def test_its_weights_do_not_know_the_scale():
    net, other = head(3), head(2.5, seed=1)
    other.load_state_dict(net.state_dict())
    features = torch.rand(1, 3, 4, 6, dtype=torch.float64)
    assert torch.equal(other(features), net(features, (10, 15)))


def test_rows_made_in_bands_are_those_of_the_whole(monkeypatch):
    net, features = head(), torch.rand(1, 3, 5, 4, dtype=torch.float64)
    whole = net(features)
    monkeypatch.setattr(liif, "PIXELS", 25)
    with torch.no_grad():
        torch.testing.assert_close(net(features), whole)


@pytest.mark.parametrize("wrong", [{"scale": 0}, {"layers": 0}])
def test_what_it_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="a positive scale and at least a layer"):
        head(**wrong)


def test_it_has_the_parameters_of_the_papers_perceptron():
    sizes = [64 * 9 + 2 + 2, 256, 256, 256, 256, 3]
    expected = sum((before + 1) * after for before, after in itertools.pairwise(sizes))
    assert parameters(head(width=64, channels=3, hidden=256, layers=4)) == expected


@pytest.fixture
def low():
    return torch.rand(1, 3, 12, 10, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return build(network_config("model=espcn", "model/head=liif", "scale=2.5", "model.head.hidden=16"), "model").eval()


@pytest.mark.slow
def test_exported_it_computes_the_same(network, low):
    with torch.no_grad():
        torch.testing.assert_close(torch.export.export(network, (low,)).module()(low), network(low))


def test_in_bf16_and_channels_last_it_computes_nearly_the_same(network, low):
    with torch.no_grad():
        expected = network(low)
        with torch.autocast("cpu", torch.bfloat16):
            rough = network(low)
        last = network.to(memory_format=torch.channels_last)(low.to(memory_format=torch.channels_last))
    torch.testing.assert_close(last, expected, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(rough.float(), expected, rtol=0, atol=0.02)


@pytest.mark.slow
def test_compiled_it_is_one_graph(network, low):
    with torch.no_grad():
        expected = network(low)
        network.compile(fullgraph=True, dynamic=False, backend="aot_eager")
        torch.testing.assert_close(network(low), expected, rtol=1e-3, atol=1e-4)
