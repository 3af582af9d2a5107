"""What config says is what trains, also after a resume."""

import pytest

from sr_experiments import record, tables

pytestmark = pytest.mark.slow

CHANGED = {
    "adam": ["optimizer.lr=1e-6", "+optimizer.weight_decay=100", "optimizer.betas=[0.5,0.9]", "scheduler.floor=0.5"],
    "soap": ["optimizer.lr=1e-6", "optimizer.weight_decay=100", "optimizer.betas=[0.5,0.9]", "scheduler.floor=0.5"],
}


@pytest.mark.parametrize("optimizer", CHANGED)
def test_a_resumed_run_trains_with_what_its_config_says(command, little, tmp_path, monkeypatch, optimizer):
    """Its learning rates, from the first step on, are the new schedule's; its groups have the new values."""
    from sr_experiments.callbacks.curves import Curves

    groups, begun = [], []

    def begin(self, trainer, *arguments, original=Curves.on_train_start):
        begun.append(trainer.optimizers[0].param_groups[0]["lr"])
        original(self, trainer, *arguments)

    def note(self, trainer, *_):
        groups.append({key: value for key, value in trainer.optimizers[0].param_groups[0].items() if key != "params"})

    monkeypatch.setattr(Curves, "on_train_start", begin)
    monkeypatch.setattr(Curves, "on_train_end", note)
    short = [*little, f"optimizer={optimizer}", "model.encoder.features=8", "trainer.max_steps=4", "output_dir=run"]
    assert command("train", *short, "callbacks=[default,early_stopping]").code == 0
    longer = ["resume=run", "trainer.max_steps=8"]
    assert command("train", *longer, "output_dir=same").code == 0
    done = command("train", *longer, *CHANGED[optimizer], "output_dir=other")
    assert done.code == 0, done.err
    _, same, other = groups
    assert same["weight_decay"] == 0 and (other["weight_decay"], list(other["betas"])) == (100, [0.5, 0.9])
    assert same["initial_lr"] > other["initial_lr"] == 1e-6
    assert same.get("step") == other.get("step") == (8 if optimizer == "soap" else None)
    assert begun[2] == pytest.approx(1e-6 * factor(4 / 8, floor=0.5))
    rates = [rates_of(tmp_path / run) for run in ("same", "other")]
    assert rates[1] == pytest.approx([1e-6 * factor(step / 8, floor=0.5) for step in range(5, 9)])
    assert rates[0] == pytest.approx([same["initial_lr"] * factor(step / 8, floor=0.01) for step in range(5, 9)])


def factor(share, floor):
    from sr_experiments.scheduler.cosine import cosine

    return cosine(share, warmup=0.02, floor=floor)


def rates_of(run):
    return [float(row["value"]) for row in tables.read_rows(run / "metrics.csv") if row["name"] == "lr"]


def test_a_resumed_run_stops_early_by_its_own_patience(command, little, tmp_path):
    """And does not end where the run that it began from ended, at once."""
    stopping = ["callbacks=[default,early_stopping]", "+callbacks.early_stopping.min_delta=9"]
    steps = ["trainer.max_steps=20", "trainer.val_check_interval=1", "output_dir=run"]
    assert command("train", *little, *stopping, *steps, "callbacks.early_stopping.patience=1").code == 0
    assert record.read(tmp_path / "run")["steps"] == 2
    done = command("train", "resume=run", "callbacks.early_stopping.patience=4", "output_dir=longer")
    assert done.code == 0, done.err
    assert record.read(tmp_path / "longer")["steps"] == 5
