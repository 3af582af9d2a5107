"""What is logged is read."""

from types import SimpleNamespace
from typing import Any

import pytest
from pytorch_lightning import Callback
from pytorch_lightning.callbacks import WeightAveraging

from sr_experiments import tables
from sr_experiments.callbacks.idle import AT_EVERY_STEP, without_idle_hooks
from sr_experiments.callbacks.steps import Steps
from sr_experiments.module.watched import is_watched


def trainer(batch: int, **settings: Any) -> Any:
    """One whose running batch is the `batch`-th."""
    given = {"accumulate_grad_batches": 1, "log_every_n_steps": 5, "max_steps": 12, "val_check_batch": 8, **settings}
    return SimpleNamespace(fit_loop=SimpleNamespace(total_batch_idx=batch - 1), **given)


def test_steps_that_curves_keep_validations_and_the_end_are_watched():
    assert [batch for batch in range(1, 14) if is_watched(trainer(batch))] == [5, 8, 10, 12]
    gathered = {"accumulate_grad_batches": 2, "val_check_batch": 16}
    assert [batch for batch in range(1, 26) if is_watched(trainer(batch, **gathered))] == [10, 16, 20, 24]
    assert not is_watched(trainer(7, val_check_batch=float("inf")))


def test_hooks_that_do_nothing_are_none_and_others_stay():
    steps, averaging = map(without_idle_hooks, [Steps(1), WeightAveraging()])
    assert [name for name in AT_EVERY_STEP if getattr(steps, name)] == ["on_train_batch_end"]
    assert averaging.on_train_batch_end.__func__ is WeightAveraging.on_train_batch_end
    assert steps.on_validation_start.__func__ is Callback.on_validation_start


@pytest.mark.slow
def test_a_curve_holds_the_same_values_however_often_it_is_kept(command, tiny, tmp_path):
    curves = []
    for every in (1, 2):
        assert command("train", *tiny, f"trainer.log_every_n_steps={every}", f"output_dir=run{every}").code == 0
        rows = tables.read_rows(tmp_path / f"run{every}" / "metrics.csv")
        curves.append({(row["step"], row["name"]): row["value"] for row in rows if row["name"] != "waiting"})
    often, seldom = curves
    assert {step for step, name in seldom if name == "train/loss"} == {"2", "4"}
    assert seldom.items() <= often.items()
