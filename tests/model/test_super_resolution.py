"""What stands around encoder, decoder and head."""

import pytest
import torch
from torch import nn

from sr_experiments.color import rgb_to_y
from sr_experiments.model.super_resolution import MEAN, SuperResolution, mean_color


class Recorded(nn.Identity):
    """Keeps what went through."""

    def forward(self, input):  # noqa: A002 (torch's name)
        self.seen = input
        return input


def around(**settings):
    recorded = Recorded()
    net = SuperResolution(encoder=recorded, decoder=nn.Identity(), head=nn.Identity(), width=3, **settings)
    return net, recorded


def test_the_mean_is_taken_from_the_input_and_given_back():
    net, recorded = around(skip="none", normalization="mean_shift")
    low = torch.rand(2, 3, 4, 5)
    torch.testing.assert_close(net(low), low)
    torch.testing.assert_close(recorded.seen[:, 1], low[:, 1] - 0.4371)


def test_a_skip_brings_the_mean_by_itself():
    net, _ = around(skip="bicubic", normalization="mean_shift")
    low = torch.rand(2, 3, 4, 5)
    torch.testing.assert_close(net(low), low + (low - mean_color(low)))


def test_the_mean_of_y_is_that_of_the_color():
    expected = float(rgb_to_y(torch.tensor(MEAN)[:, None, None])) / 255
    assert float(mean_color(torch.rand(1, 1, 2, 2))) == pytest.approx(expected)


@pytest.mark.parametrize("wrong", [{"skip": "cubic"}, {"skip": "none", "normalization": "imagenet"}])
def test_an_unknown_setting_is_refused_with_the_known_ones(wrong):
    with pytest.raises(ValueError, match="is one of none"):
        around(**wrong)
