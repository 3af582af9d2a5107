"""A run that is stopped at any step and started again ends as if it had never been stopped."""

import json
import multiprocessing
import os
import runpy
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.utils._pytree import tree_leaves

from sr_experiments.callbacks.atomic import AtomicCheckpoints
from sr_experiments.record import update
from sr_experiments.tables import read_rows

pytestmark = pytest.mark.slow

STEPS = 60
EARLY = [
    "callbacks=[default,early_stopping]",
    "callbacks.early_stopping.patience=1",
    "+callbacks.early_stopping.min_delta=9",
]


@pytest.fixture
def recipe(little) -> list[str]:
    """A run with everything that has a state: EMA, warm-up, bf16-mixed, accumulation, and validations between."""
    return [
        *little,
        "model.encoder.features=8",
        "callbacks=[default,ema]",
        "scheduler.warmup=0.5",
        "trainer.precision=bf16-mixed",
        "trainer.accumulate_grad_batches=2",
        f"trainer.max_steps={STEPS}",
        "trainer.val_check_interval=7",
    ]


@pytest.fixture
def process(monkeypatch):
    """Start sr-train in a process of its own, forked from one that has imported everything already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sr_experiments.running"])

    def start(*arguments: str):
        monkeypatch.setattr(sys, "argv", ["sr-train", *arguments])
        started = context.Process(
            target=runpy.run_module, args=("sr_experiments.train",), kwargs={"run_name": "__main__"}
        )
        started.start()
        return started

    return start


def reached(run: Path) -> int:
    rows = read_rows(run / "metrics.csv")
    return int(rows[-1]["step"]) if rows else -1


def inode(run: Path) -> int:
    """Another one once a process has begun its part of the curves."""
    return (run / "metrics.csv").stat().st_ino if (run / "metrics.csv").exists() else 0


def stopped(started, run: Path, step: int, number: int) -> int | None:
    """Send a signal once the process has brought its run to a step; how the process ended."""
    before = inode(run)
    while (inode(run) == before or reached(run) < step) and started.is_alive():
        time.sleep(0.002)
    if started.is_alive():
        os.kill(started.pid, number)
    started.join(60)
    return started.exitcode


def finished(started) -> None:
    started.join(120)
    assert started.exitcode == 0


def curve(row: dict[str, str]) -> tuple[str, ...]:
    """A row of the curves, but what it says of time."""
    return row["step"], row["name"], row["value"] if row["name"] != "waiting" else ""


def everything(run: Path) -> dict[str, Any]:
    """All that must be the same bit for bit."""
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    parts = {name: state[name] for name in ("state_dict", "current_model_state", "optimizer_states", "lr_schedulers")}
    leaves = tree_leaves([parts, state["averaging_state"], state["last"]])
    record = json.loads((run / "run.json").read_text())
    return {
        "checkpoint": [leaf.tolist() if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves],
        "weights": {name: value.tolist() for name, value in load_file(run / "weights.safetensors").items()},
        "curves": [curve(row) for row in read_rows(run / "metrics.csv")],
        "record": (record["status"], record["validation"], record["steps"]),
    }


def test_killed_at_ten_random_steps_it_ends_with_the_same_bits(recipe, process, tmp_path):
    whole = process(*recipe, "output_dir=whole")
    steps = sorted(np.random.default_rng(10).choice(STEPS - 2, 10, replace=False) + 1)
    for step in steps:
        code = stopped(process(*recipe, "output_dir=killed"), tmp_path / "killed", step, signal.SIGKILL)
        assert code == -signal.SIGKILL
    finished(process(*recipe, "output_dir=killed"))
    finished(whole)
    expected = everything(tmp_path / "whole")
    assert everything(tmp_path / "killed") == expected
    assert [step for step, name, _ in expected["curves"] if name == "lr"] == [str(n) for n in range(1, STEPS + 1)]


@pytest.mark.parametrize(("number", "optimizer"), [(signal.SIGTERM, "adam"), (signal.SIGINT, "soap")])
def test_a_signal_leaves_a_checkpoint_between_two_steps(recipe, process, tmp_path, number, optimizer):
    run = tmp_path / "run"
    recipe = [*recipe, f"optimizer={optimizer}"]
    assert stopped(process(*recipe, "output_dir=run"), run, 4, number) == 1
    assert json.loads((run / "run.json").read_text())["status"] == "interrupted"
    step = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["global_step"]
    assert 4 <= step == reached(run)
    finished(process(*recipe, "output_dir=run"))
    finished(process(*recipe, "output_dir=whole"))
    assert everything(run) == everything(tmp_path / "whole")


def test_a_run_that_was_moved_still_knows_its_best_weights(recipe, process, tmp_path):
    run = tmp_path / "run"
    falling = [*recipe, "callbacks=[default]", "optimizer.lr=1", "scheduler.warmup=0.99"]
    assert stopped(process(*falling, "output_dir=run"), run, 44, signal.SIGTERM) == 1
    run.rename(tmp_path / "moved")
    finished(process(*falling, "output_dir=moved"))
    finished(process(*falling, "output_dir=whole"))
    records = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("moved", "whole")]
    assert records[0]["validation"] == records[1]["validation"] and records[0]["validation"]["step"] < 44
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("moved", "whole")]
    assert weights[0] == weights[1]


def test_a_checkpoint_is_written_after_so_many_minutes(recipe, process, tmp_path):
    run = tmp_path / "run"
    stopped(process(*recipe, "output_dir=run", "callbacks.last.minutes=0"), run, 4, signal.SIGKILL)
    assert torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] >= reached(run) - 1 >= 3


@pytest.mark.parametrize("stop", [[], EARLY, ["budget.seconds=0.05"]], ids=["", "early", "seconds"])
def test_killed_after_training_it_trains_no_further(command, tiny, tmp_path, stop):
    """Also where training ended early, or by the clock."""
    arguments = [*tiny, *stop, "trainer.max_steps=8"]
    assert command("train", *arguments).code == 0
    before = json.loads((tmp_path / "run/run.json").read_text())
    curves = (tmp_path / "run/metrics.csv").read_bytes()
    assert before["steps"] < 8 or stop != EARLY
    (tmp_path / "run/weights.safetensors").unlink()
    update(tmp_path / "run", status="running", validation=None)
    assert command("train", *arguments).code == 0
    after = json.loads((tmp_path / "run/run.json").read_text())
    assert (after["status"], after["validation"]) == ("finished", before["validation"])
    assert (tmp_path / "run/metrics.csv").read_bytes() == curves
    assert (tmp_path / "run/weights.safetensors").exists()


def test_a_finished_run_says_so(command, tiny):
    assert command("train", *tiny).code == 0
    again = command("train", *tiny)
    assert again.code == 0 and "is finished" in again.out
    resumed = command("train", "resume=run")
    assert resumed.code == 0 and "is finished" in resumed.out


def test_a_checkpoint_torn_while_it_is_written_leaves_the_one_before(tmp_path):
    class Torn:
        def __reduce__(self):
            raise KeyboardInterrupt

    place = tmp_path / "checkpoints" / "last.ckpt"
    AtomicCheckpoints().save_checkpoint({"step": 1}, place)
    with pytest.raises(KeyboardInterrupt):
        AtomicCheckpoints().save_checkpoint({"step": torch.zeros(9), "torn": Torn()}, place)
    assert torch.load(place, weights_only=True) == {"step": 1}
