"""Trainings that are over after some steps, and the bare PyTorch loop beside them."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from pytorch_lightning import Callback
from torch.nn.functional import mse_loss

from sr_experiments.config import build, config_dir, resolve
from sr_experiments.experiment import Experiment

BATCHES = 8


class EnoughError(Exception):
    """All steps were measured."""


def composed(*overrides: str) -> dict[str, Any]:
    """The config of a training that is over before its first validation."""
    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        return resolve(compose("train", [*overrides, "benchmark=[]", "trainer.val_check_interval=1000000"]))


def train(experiment: Experiment, until: Callback) -> None:
    """Train until a callback has had enough."""
    experiment.callbacks["until"] = until
    with suppress(EnoughError):
        experiment.trainer.fit(experiment.module, datamodule=experiment.data)


def bare(experiment: Experiment, device: str = "cpu") -> Iterator[None]:
    """Steps that nobody looks at, of a network like the experiment's, on batches that were made before."""
    made = [experiment.data.batches()[step] for step in range(BATCHES)]
    batches = [[part.to(torch.device(device)).float() / 255 for part in batch] for batch in made]
    network = build(experiment.config, "model").to(device).train()
    optimizer = build(experiment.config, "optimizer")(network.parameters())
    for low, high in cycle(batches):
        loss = mse_loss(network(low), high)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield
