"""A network and its colors in one graph, against the network with its colors around it."""

import pytest
import torch
from torch import nn

from sr_experiments.color import enlarge_image
from sr_experiments.inference.graph import Graph, Slopes, SubPixels
from sr_experiments.inference.network import Network
from sr_experiments.inference.run import load_run
from sr_experiments.model.head.transposed import TransposedHead
from sr_experiments.model.srcnn import Srcnn
from sr_experiments.trained import run_folder, trained_names


def compare(network, low):
    with torch.no_grad():
        expected = enlarge_image(network, 255 * low, network.color).clamp(0, 1)
        torch.testing.assert_close(Graph(network)(low), expected, rtol=0, atol=3e-6)


@pytest.mark.parametrize("name", trained_names())
def test_networks_that_ship_make_the_same_rgb(name):
    network = load_run(run_folder(name)).network
    for size in ((1, 1), (2, 5), (19, 23)):
        compare(network, torch.rand(1, 3, *size))
        compare(network, torch.rand(1, network.channels, *size))


def test_a_network_of_luma_without_a_skip_makes_the_same_rgb():
    torch.manual_seed(0)
    compare(Network(Srcnn(channels=1, scale=3, features=4, narrow=3), scale=3, color="y"), torch.rand(2, 3, 11, 6))


@pytest.mark.parametrize("color", ["rgb", 4])
def test_other_channels_go_through_as_they_are(color):
    channels = 3 if color == "rgb" else color
    net = nn.Sequential(nn.Conv2d(channels, 4 * channels, 3, padding=1), nn.PixelShuffle(2))
    network, low = Network(net, scale=2, color=color), torch.rand(1, channels, 7, 9)
    with torch.no_grad():
        torch.testing.assert_close(Graph(network)(low), net(low).clamp(0, 1))


@pytest.mark.parametrize("kernel_size", [5, 7, 9])
@pytest.mark.parametrize("scale", [1, 2, 3, 4, 5])
def test_a_transposed_convolution_is_a_convolution_and_a_shuffle(scale, kernel_size):
    head = TransposedHead(width=3, channels=2, scale=scale, kernel_size=kernel_size).double()
    nn.init.normal_(head.weight)
    nn.init.normal_(head.bias)  # pyright: ignore[reportArgumentType]
    for size in ((6, 5), (1, 2), (3, 1)):
        low = torch.rand(2, 3, *size, dtype=torch.double)
        expected = head(low)
        torch.testing.assert_close(SubPixels(head)(low), expected)
        head.as_convolution = True
        torch.testing.assert_close(head(low), expected)
        gradients = [torch.autograd.grad(made.square().sum(), [*head.parameters()]) for made in (head(low), expected)]
        torch.testing.assert_close(*gradients)
        head.as_convolution = False


@pytest.mark.parametrize("steepest", [0.9, 1.7])
def test_a_prelu_is_the_same_when_exported(steepest, monkeypatch):
    given, features = nn.PReLU(5), torch.randn(2, 5, 4, 3)
    nn.init.uniform_(given.weight, -1, 1)
    given.weight.data[0] = steepest
    for exporting in (False, True):
        monkeypatch.setattr(torch.compiler, "is_exporting", lambda told=exporting: told)
        torch.testing.assert_close(Slopes(given)(features), given(features))


def test_a_scale_that_is_no_whole_number_has_no_graph():
    with pytest.raises(ValueError, match=r"whole scale, not of scale=2\.5"):
        Graph(Network(nn.Identity(), scale=2.5, color="rgb"))
