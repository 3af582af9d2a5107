"""What a step takes in each way."""

import time
from itertools import product

import torch
from torch import nn

from sr_experiments.model import pace
from sr_experiments.model.pace import Way, eager_ways, limited, paces


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


def test_one_thread_is_tried_where_torch_has_several():
    seen = []

    class Watched(nn.PReLU):
        def forward(self, low):  # pyright: ignore[reportIncompatibleMethodOverride]
            seen.append(torch.get_num_threads())
            return self.weight * low

    with limited(1):
        assert [way.threads for way in eager_ways(bfloat16=False)] == [None, None]
    with limited(2):
        found = paces(Watched(), torch.rand(1, 3, 8, 8), eager_ways(bfloat16=False))
        assert torch.get_num_threads() == 2
    assert [way.threads for way in found] == [None, 1, None, 1] and seen[:4] == [2, 1, 2, 1]
