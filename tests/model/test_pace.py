"""What a step takes in each way."""

import time
from itertools import product

import torch
from torch import nn

from sr_experiments.model import pace
from sr_experiments.model.pace import Way, paces


def test_ways_are_timed_on_copies_and_those_that_do_not_work_are_passed_over(monkeypatch):
    monkeypatch.setattr(pace, "ENOUGH", 0.0)

    class Slow(nn.Conv2d):
        def forward(self, low):  # pyright: ignore[reportIncompatibleMethodOverride]
            if torch.is_autocast_enabled("cpu"):
                raise RuntimeError("no such kernel")
            if self.weight.is_contiguous():
                time.sleep(0.05)
            return super().forward(low)

    network, low = Slow(3, 4, 3), torch.rand(1, 3, 8, 8)
    before, state = torch.get_rng_state(), network.state_dict()
    ways = [Way(*way) for way in product([False, True], repeat=2)]
    found = paces(network, low, ways)
    assert found.keys() == {ways[0], ways[2]}
    assert found[ways[2]].best < 0.05 < found[ways[0]].best <= found[ways[0]].first
    assert torch.equal(torch.get_rng_state(), before) and network.weight.grad is None
    assert network.weight.is_contiguous() and state.keys() == network.state_dict().keys()
