"""How a training's overfitting is measured while it opens."""

from statistics import fmean

import pytest
from PIL import Image
from test_evaluate import on

from sr_experiments import record
from sr_experiments.tables import read_rows


def curves(folder):
    found = {}
    for row in read_rows(folder / "metrics.csv"):
        found.setdefault(row["name"], {})[int(row["step"])] = float(row["value"])
    return found


@pytest.mark.slow
def test_the_gap_is_what_measuring_both_sets_by_hand_gives_and_moves_nothing(command, tiny, tmp_path):
    with_gap = [*tiny, "callbacks=[default,gap]", "output_dir=with"]
    for overrides in (tiny, with_gap):
        assert command("train", *overrides).code == 0, overrides
    plain, found = curves(tmp_path / "run"), curves(tmp_path / "with")
    assert plain["train/loss"] == found["train/loss"] and plain["val/psnr"] == found["val/psnr"]
    assert set(found["gap"]) == {2, 4}
    chosen = record.read(tmp_path / "with")["validation"]
    scores = {model: measured(command, tmp_path, model) for model in ("run=with", "model=bicubic")}
    gains = {part: scores["run=with"][part] - scores["model=bicubic"][part] for part in ("train", "val")}
    assert found["train/psnr"][chosen["step"]] == pytest.approx(scores["run=with"]["train"], abs=1e-4)
    assert found["train/gain"][chosen["step"]] == pytest.approx(gains["train"], abs=1e-4)
    assert chosen["gap"] == pytest.approx(gains["train"] - gains["val"], abs=1e-4)


def measured(command, tmp_path, model):
    """The mean PSNR of both sets, as sr-evaluate gives it."""
    output = tmp_path / model.partition("=")[2] / "measured"
    places = [option for part in ("train", "val") for option in on(tmp_path / part, part)]
    done = command("evaluate", model, *dict.fromkeys(places), f"output_dir={output}")
    assert done.code == 0, done.err
    rows = [row for row in record.scores(output) if row["metric"] == "psnr"]
    return {part: fmean(float(row["value"]) for row in rows if row["benchmark"] == part) for part in ("train", "val")}


@pytest.mark.slow
def test_validation_that_falls_while_training_rises_is_said_once(command, little, tmp_path):
    (tmp_path / "low").mkdir()
    for path in (tmp_path / "train").iterdir():
        small = Image.open(path).resize((20, 16), Image.Resampling.BICUBIC)
        small.point(lambda value: value + 60).save(tmp_path / "low" / path.name)  # validation's are not brightened
    settings = ["data=paired", "data.train_low=low", "data.val_low=null", "callbacks=[default,gap]", "output_dir=run"]
    steps = ["trainer.max_steps=40", "trainer.val_check_interval=10", "optimizer.lr=5e-3"]
    done = command("train", *little[1:], *settings, *steps)
    found = curves(tmp_path / "run")
    assert done.code == 0 and done.err.count("warning: overfitting: at step") == 1, (done.err, found)
    assert found["gap"][40] > found["gap"][10]
