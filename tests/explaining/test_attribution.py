"""Attribution, against networks where it is known in closed form; and the command that shows it."""

import json

import numpy as np
import pytest
import torch
from conftest import picture
from made_up_runs import write_run
from PIL import Image
from torch import nn
from torch.nn.functional import interpolate

from sr_experiments.explaining.attribution import blurred, diffusion_index, gradient_detector, local_attribution

IMAGE = torch.rand(3, 24, 20, dtype=torch.double, generator=torch.Generator().manual_seed(0))


def brightness(high):
    return high[..., 20:28, 20:28].sum((1, 2, 3))


@pytest.mark.parametrize("steps", [1, 7, 50])
def test_of_a_linear_network_it_is_what_the_blur_took_times_the_gradient(steps):
    torch.manual_seed(0)
    convolution = nn.Conv2d(3, 3, 5, padding=2, bias=False).double()

    def network(low):
        return interpolate(convolution(low), scale_factor=2)

    found = local_attribution(network, IMAGE, brightness, steps=steps)
    given = IMAGE.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(brightness(network(given[None])).sum(), given)
    torch.testing.assert_close(found.contributions, (IMAGE - blurred(IMAGE, 1.2)) * gradient)
    assert float(found.contributions.sum()) == pytest.approx(found.difference)


def test_of_a_square_it_is_the_difference_of_squares():
    found = local_attribution(torch.square, IMAGE, lambda high: high[..., 8:12, 8:12].sum((1, 2, 3)))
    expected = torch.zeros_like(IMAGE)
    expected[:, 8:12, 8:12] = (IMAGE**2 - blurred(IMAGE, 1.2) ** 2)[:, 8:12, 8:12]
    torch.testing.assert_close(found.contributions, expected)


def test_one_pixel_explains_its_block_of_a_nearest_neighbour_enlargement():
    found = local_attribution(
        lambda low: interpolate(low, scale_factor=3), IMAGE, lambda high: high[..., 30:33, 30:33].sum((1, 2, 3))
    )
    assert found.contributions.abs().sum(0).nonzero().tolist() == [[10, 10]]
    assert found.diffusion_index == pytest.approx(100 / (24 * 20))
    assert diffusion_index(torch.ones(1, 6, 5)) == pytest.approx(100) and diffusion_index(torch.zeros(1, 6, 5)) == 0


def test_detail_is_that_of_the_window():
    high = torch.zeros(1, 3, 9, 9)
    high[..., 4, 4] = 1
    assert float(gradient_detector(3, 3, 3)(high)) == 4 and float(gradient_detector(4, 4, 3)(high)) == 2
    assert float(gradient_detector(5, 5, 3)(high)) == 0


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(picture(40, 50)).save(tmp_path / "photo.png")
    return "photo.png"


@pytest.mark.slow
def test_two_networks_are_explained_side_by_side(command, photo, tmp_path):
    """Contributions of shipped networks add up to what they explain within 1 %, and lie within their reach."""
    options = ["--at", "25,20", "--window", "32", "--compare", "fsrcnn_x3", "--output", "out/why.png"]
    done = command("explain", "espcn_x3", photo, *options)
    assert done.code == 0, done.err
    found = json.loads((tmp_path / "out" / "why.json").read_text())
    assert list(found) == ["espcn_x3", "fsrcnn_x3"] and "diffusion index" in done.out
    for facts in found.values():
        assert facts["unexplained"] < 0.01 and 0 < facts["diffusion_index"] < 20
        assert max(facts["reach"]) <= facts["receptive_field"] + 16 / 3 + 2
    sheet = np.asarray(Image.open(tmp_path / "out" / "why.png"))
    assert sheet.shape[1] == 4 * 256 + 5 * 8 and (sheet == [255, 0, 0]).all(-1).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["espcn_x3", "photo.png", "--at", "50,3"], "--at: expected X from 0 to 49, the picture's, got 50"),
        (["espcn_x3", "photo.png", "--at", "3"], "expected X,Y in pixels, as 120,80, got 3"),
        (["espcn_x3", "photo.png", "--at", "3,3", "--window", "40", "--size", "999"], "--size 999: expected 2 to 120"),
        (
            ["espcn_x3", "photo.png", "--at", "3,3"],
            "--window 64: expected at most the picture's side, 50 pixels",
        ),
        (["net.onnx", "photo.png", "--at", "3,3"], "net.onnx: an ONNX file can't be differentiated: give the run"),
        (["outputs", "photo.png", "--at", "3,3"], "outputs: a folder of images can't be differentiated: give the run"),
        (
            ["espcn_x3", "photo.png", "--at", "3,3", "--window", "6"],
            "expected more than 8 low-resolution pixels a side",
        ),
        (["nothing", "photo.png", "--at", "3,3"], "nothing: expected a run directory, or the name of a network"),
        (["espcn_x3", "none.png", "--at", "3,3"], "none.png: no image that can be read"),
    ],
)
def test_what_cannot_be_explained_is_said(command, photo, tmp_path, options, message):
    write_run(tmp_path / "outputs", model="images")
    done = command("explain", *options)
    assert done.code != 0 and message in done.err and "Traceback" not in done.err, done.err
    assert not (tmp_path / "explain.png").exists()
