"""What counts as a step."""

import pytest

from sr_experiments import record, tables
from sr_experiments.callbacks.progress import Progress

pytestmark = pytest.mark.slow


def test_a_run_that_goes_on_with_another_accumulation_has_done_as_many_steps(command, little, tmp_path, monkeypatch):
    """Its batches are those of the steps that follow, whatever was gathered before."""
    batches = []
    monkeypatch.setattr(
        Progress, "on_train_batch_end", lambda _, trainer, *__: batches.append(trainer.fit_loop.total_batch_idx)
    )
    options = [*little, "callbacks=[default,ema]", "trainer.val_check_interval=2", "trainer.max_steps=4"]
    assert command("train", *options, "output_dir=run").code == 0
    longer = ["trainer.max_steps=6", "trainer.accumulate_grad_batches=3", "output_dir=longer"]
    done = command("train", "resume=run", *longer)
    assert done.code == 0, done.err
    assert batches == [0, 1, 2, 3, *range(12, 18)]
    curves = tables.read_rows(tmp_path / "longer" / "metrics.csv")
    assert [(row["step"], row["name"]) for row in curves if row["name"] in ("lr", "val/psnr")] == [
        ("5", "lr"),
        ("6", "lr"),
        ("6", "val/psnr"),
    ]
    assert record.read(tmp_path / "longer")["steps"] == 6
