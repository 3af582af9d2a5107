"""Dropout before the head."""

import pytest
import torch

from sr_experiments.config import build


def network(compose, dropout):
    torch.manual_seed(0)
    return build(compose("model=espcn", "model.skip=none", f"+model.dropout={dropout}"), "model")


def test_training_leaves_out_channels_before_the_head_and_nothing_else_does(compose):
    plain, dropped, low = network(compose, 0.0), network(compose, 0.5), torch.rand(64, 3, 4, 4)
    assert torch.equal(plain.eval()(low), dropped.eval()(low))
    seen = []
    dropped.head.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    dropped.train()(low)
    kept = seen[0].flatten(2).abs().sum(-1) > 0
    assert torch.equal(plain.train()(low), plain.eval()(low)) and 0.4 < kept.float().mean() < 0.6


def test_leaving_out_all_is_refused(compose):
    with pytest.raises(ValueError, match="dropout is a share of 0 to below 1"):
        network(compose, 1.0)
