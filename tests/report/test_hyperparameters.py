"""Which settings differ, and which of them decide."""

import numpy as np
import pytest

from sr_experiments.report.hyperparameters import importance, varied_settings
from sr_experiments.report.runs import Experiment, Run


def experiment(choices, **config):
    facts = {"status": "finished", "choices": choices, "config": {"seed": 0, "name": "x", **config}}
    return Experiment("x", [Run(None, facts, [])])  # pyright: ignore[reportArgumentType]


def test_only_what_differs():
    found = [experiment({"model": "espcn"}, lr=lr, width=32, seed=seed) for seed, lr in enumerate([1e-3, 1e-4])]
    assert varied_settings(found) == {"lr": [1e-3, 1e-4]}


def test_what_follows_from_a_choice_is_left_out():
    """A network's own encoder, and its own sizes, say nothing that its name doesn't."""
    found = [
        experiment({"model": name, "model/encoder": name}, model={"width": width}, optimizer={"lr": lr})
        for name, width in (("espcn", 32), ("fsrcnn", 56))
        for lr in (1e-3, 1e-4)
    ]
    assert varied_settings(found) == {"model": ["espcn", "espcn", "fsrcnn", "fsrcnn"], "optimizer.lr": [1e-3, 1e-4] * 2}


def test_of_equal_values_the_shortest_key():
    found = [experiment({}, model={"head": {"width": width}, "width": width}) for width in (16, 32)]
    assert list(varied_settings(found)) == ["model.width"]


def test_what_is_no_number_is_text():
    settings = ((True, 0.99, 1.0), (None, 0.9, float("inf")))
    found = [experiment({}, ema=ema, betas=[0.9, beta], clip=clip) for ema, beta, clip in settings]
    assert varied_settings(found[:1] + found) == {
        "ema": ["True", "True", "None"],
        "betas": ["[0.9, 0.99]", "[0.9, 0.99]", "[0.9, 0.9]"],
        "clip": [1.0, 1.0, "inf"],
    }


@pytest.mark.slow
def test_importance_finds_what_decides():
    """Only `lr` matters, on a logarithmic scale; a setting that half of the experiments lack does no harm."""
    random = np.random.default_rng(0)
    lr = (10 ** random.uniform(-5, -1, 80)).tolist()
    table = {
        "lr": lr,
        "width": random.choice([16, 32, 64], 80).tolist(),
        "loss": random.choice(["l1", "mse"], 80).tolist(),
        "decay": [float(value) if value > 0.5 else None for value in random.uniform(0, 1, 80)],
    }
    found = importance(table, [30 - abs(np.log10(value) + 3) for value in lr])
    assert sum(found.values()) == pytest.approx(1)
    assert max(found, key=found.__getitem__) == "lr" and found["lr"] > 0.6


def test_four_experiments_are_too_few():
    assert importance({"lr": [1.0, 2.0, 3.0, 4.0]}, [1.0, 2.0, 3.0, 4.0]) == {}
