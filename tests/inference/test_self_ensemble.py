"""The eight-fold self-ensemble."""

import torch
from torch import nn

from sr_experiments.inference.self_ensemble import self_ensemble


def test_is_the_mean_over_the_dihedral_group():
    network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.PixelShuffle(2))
    low = torch.rand(1, 1, 5, 7)
    with torch.no_grad():
        turned = [
            torch.rot90(network(torch.rot90(image, turns, (-2, -1))), -turns, (-2, -1))
            for image in (low, low.flip(-1))
            for turns in range(4)
        ]
        expected = torch.stack([*turned[:4], *(image.flip(-1) for image in turned[4:])]).mean(0)
        torch.testing.assert_close(self_ensemble(network, low), expected)


def test_commutes_with_every_flip():
    network = nn.Conv2d(1, 1, 3, padding=1)
    low = torch.rand(1, 1, 6, 4)
    for change in (lambda image: image.flip(-1), lambda image: image.flip(-2), lambda image: image.mT):
        torch.testing.assert_close(self_ensemble(network, change(low)), change(self_ensemble(network, low)))
