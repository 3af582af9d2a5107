"""What a user may type wrongly: one message, exit code 1, nothing left behind."""

import numpy as np
import pytest
from conftest import picture
from PIL import Image

from sr_experiments.record import read_json

pytestmark = pytest.mark.slow

CASES = {
    "a misspelt option": (["optimizer.lrr=3"], "Key 'lrr' is not in struct"),
    "an unknown choice": (["model=nosuch"], "edsr_baseline"),
    "a value that is missing": (["data=folder"], "data.train has no value: pass data.train="),
    "a folder that is missing": (["data=folder", "data.train=nowhere", "data.val=good"], "nothing at nowhere"),
    "an empty folder": (["data=folder", "data.train=empty", "data.val=good"], "expected images in empty, found none"),
    "no image": (["data=folder", "data.train=broken", "data.val=good"], "broken/a.png: no image that can be read"),
    "a small image": (["data=folder", "data.train=small", "data.val=good"], "expected at least 51 pixels a side"),
    "a mispaired decoder": (["model=espcn", "model/decoder=fsrcnn"], "do not belong together"),
    "another mispaired decoder": (["model=fsrcnn", "model/decoder=edsr"], "belong together?"),
    "a wrong channel count": (["model.encoder.channels=4"], "expected input[2, 3, 17, 17] to have 4 channels"),
    "a scale that a head can't make": (["model=edsr_baseline", "scale=5"], "makes scales 2, 3, 4, 8, not 5"),
    "a fractional scale": (["scale=2.5", "model/head=liif"], "training takes whole scales, not scale=2.5"),
    "an unknown color": (["color=cmyk"], "color is one of rgb, y, or a number of channels, not 'cmyk'"),
    "an unknown skip": (["model.skip=cubic"], "skip is one of none"),
    "an argument that a part doesn't take": (
        ["+model.head.foo=1"],
        "model.head: SubPixelHead.__init__() got an unexpected",
    ),
    "an argument that the optimizer doesn't take": (
        ["+optimizer.foo=1"],
        "optimizer: Adam.__init__() got an unexpected",
    ),
    "no number": (["optimizer.lr=fast"], "optimizer.lr: expected a number or Tensor, got 'fast'"),
    "an unknown precision": (
        ["trainer.precision=17"],
        "trainer.precision: expected one of 32-true, 16-mixed, bf16-mixed, got",
    ),
    "a batch of nothing": (["data.batch_size=0"], "data: expected batch_size"),
    "workers below none": (["data.workers=-1"], "data: expected workers to be a whole number of at least 0, got -1"),
    "Lightning's short run": (["+trainer.fast_dev_run=true"], "trainer.fast_dev_run: leave it out, got True"),
    "no interval": (["trainer.val_check_interval=0"], "trainer.val_check_interval: expected a whole number"),
    "a negative clip": (["trainer.gradient_clip_val=-1"], "trainer.gradient_clip_val: expected null or a number of at"),
    "part of a step": (["trainer.max_steps=2.5"], "trainer.max_steps: expected at least 1 optimizer step, got 2.5"),
    "a warm-up without end": (["scheduler.warmup=1"], "scheduler: expected warmup to be a share of the training in [0"),
    "a rate below none": (["scheduler.floor=-1"], "scheduler: expected a factor of at least 0 on the learning rate"),
    "drops without steps": (["scheduler=step", "scheduler.every=0"], "scheduler: expected every to be a share"),
    "a negative rate": (["optimizer.lr=-1"], "optimizer: Invalid learning rate: -1"),
    "a negative seed": (["seed=-1"], "error: -1 is not in bounds"),
    "no last checkpoint": (["~callbacks.last"], "callbacks.last: every run needs its Last"),
    "an uneven batch": (["trainer=ddp", "data.batch_size=3"], "data.batch_size: expected a multiple of the 2 devices"),
    "less than a patch a device": (["trainer=ddp", "data.batch_size=1"], "expected a multiple of the 2 devices"),
    "a tile that is no multiple": (["tile=20"], "tile: expected a multiple of 16 low-resolution pixels, got 20"),
    "no steps": (["trainer.max_steps=0"], "trainer.max_steps: expected at least 1"),
    "no seconds": (["budget.seconds=0"], "budget.seconds: expected a number of seconds above 0, got 0"),
    "seconds in words": (["budget.seconds=long"], "budget.seconds: expected a number of seconds above 0, got 'long'"),
    "endless multiply-adds": (["budget.macs=inf"], "budget.macs: expected a number of multiply-adds above 0, got inf"),
    "less than a step": (["budget.macs=1e6"], "budget.macs: one optimizer step takes 1.434e+08 multiply-adds"),
    "two budgets": (["budget.seconds=9", "budget.macs=9e9"], "expected one budget, got budget.seconds and budget.macs"),
    "an unknown budget": (["budget.hours=1"], "Key 'hours' is not in struct"),
    "a loss that counts for nothing": (["loss.mse.weight=0"], "is loss.mse.weight 0?"),
    "resuming nothing": (["resume=nowhere"], "found no config.yaml"),
    "a folder that holds something else": (["output_dir=good"], "holds something that is no run"),
    "a number that is a folder": (["output_dir=2025"], "2025 holds something that is no run"),
    "weights called like a number": (["weights=2025"], "found no 2025/weights.safetensors"),
    "parts of no weights": (["weights_parts=[encoder]"], "weights_parts=['encoder']: parts of which weights?"),
    "data called like a number": (["data=folder", "data.train=20_24", "data.val=good"], "found nothing at 20_24"),
    "a network called like a number": (["model=3"], "Could not find 'model/3'"),
    "names that are numbers": (["data.val.names=[1082342]"], "no photo called 1082342"),
    "a name where a list is meant": (["data.val.names=coffee"], "data.val.names: expected a list, got 'coffee'"),
    "settings where a source is meant": (["data.val={a: 1}"], "data.val"),
    "no name": (["name=null"], "name: expected text, got None"),
    "no seed": (["seed=null"], "seed: expected a whole number, got None"),
    "part of a seed": (["seed=1.5"], "seed: expected a whole number, got 1.5"),
    "part of a pixel": (["data.patch_size=8.5"], "data.patch_size: expected a whole number, got 8.5"),
    "a batch in powers of ten": (["data.batch_size=1e1"], "data.batch_size: expected a whole number, got 10.0"),
    "workers in words": (["data.workers=some"], "data.workers: expected a whole number, got 'some'"),
    "a width in parts": (["model.encoder.features=8.5"], "model.encoder.features: expected a whole number, got 8.5"),
    "a scale that is none": (["scale=true"], "scale: expected a number, got True"),
    "an answer that is neither": (["audit=maybe"], "audit: expected true or false, got 'maybe'"),
    "a degradation's scale in words": (["degradation.scale=x"], "degradation.scale: expected a number, got 'x'"),
    "one beta": (["optimizer.betas=3"], "optimizer.betas: expected a list, got 3"),
    "a budget without a unit": (["budget=3"], "budget: expected settings by name, got 3"),
    "a password": (["data.train=https://me:s3cret@127.0.0.1/x.zip"], "data.train: a password or token in an address"),
    "a token": (
        ["data=folder", "data.train=['s3://bucket/x?token=s3cret']", "data.val=good"],
        "data.train.0: a password or token in an address",
    ),
    "a list of folders": (["output_dir=[x]"], "output_dir: expected text or null, got ['x']"),
    "a folder of other words": (["resume=good (1)"], "resume=good (1): expected a run directory"),
}
OTHER_COMMANDS = {
    "evaluate": {
        "an unknown choice": (["model=nosuch"], "Could not find 'model/nosuch'"),
        "a run called like a number": (["run=2025"], "run=2025: expected a run directory, or a folder of runs"),
        "a run with a sign in its name": (["run=it's lr=0.1 (größe)"], "run=it's lr=0.1 (größe): expected a run"),
        "the home of nobody": (["run=~nobody_of_it/run"], "run=~nobody_of_it/run: expected a run directory"),
        "settings where a run is meant": (["run={a: 1}"], "run: expected text or a list or null"),
        "part of a tile": (["tile=16.5"], "tile: expected a whole number or null, got 16.5"),
        "an answer that is neither": (["self_ensemble=x"], "self_ensemble: expected true or false, got 'x'"),
        "no scale": (["scale=null"], "scale: expected a number, got None"),
        "weights called like a number": (["weights=2025"], "found no 2025/weights.safetensors"),
        "a file called like a number": (["model=checkpoint", "model.path=2024"], "found nothing at 2024"),
        "images called like a number": (["benchmark=folder", "benchmark.folder.root=2024"], "no folder 2024"),
    },
    "profile": {
        "an unknown choice": (["model=nosuch"], "Could not find 'model/nosuch'"),
        "a run called like a number": (["run=2025"], "2025"),
        "a width in powers of ten": (["width=1e3"], "width: expected a whole number, got 1000.0"),
        "part of a pass": (["repeats=1.5"], "repeats: expected a whole number, got 1.5"),
        "an answer that is neither": (["layers=x"], "layers: expected true or false, got 'x'"),
        "a device that is none": (["device=1"], "device is cpu or cuda, not '1'"),
        "a file that is a folder": (["json=2025", "repeats=1", "warmup=0", "width=32", "height=32"], "Is a directory"),
    },
}
EVERY_CASE = [("train", case) for case in CASES] + [
    (name, case) for name in OTHER_COMMANDS for case in OTHER_COMMANDS[name]
]


@pytest.mark.parametrize(("program", "case"), EVERY_CASE)
def test_one_clear_message(program, case, command, pictures, tmp_path):
    pictures("good", 2, (60, 60))
    pictures("2025", 1)
    for name in ("empty", "broken", "small"):
        (tmp_path / name).mkdir()
    (tmp_path / "broken" / "a.png").write_text("hello")
    Image.fromarray(picture(20, 90)).save(tmp_path / "small" / "a.png")
    before = sorted(tmp_path.rglob("*"))
    arguments, message = (CASES if program == "train" else OTHER_COMMANDS[program])[case]
    done = command(program, *arguments)
    assert done.code == 1
    assert "error: " in done.err and message in done.err
    assert "Traceback" not in done.err and "HYDRA_FULL_ERROR" not in done.err and "s3cret" not in done.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "a link that leads out of it"),
        (b"[" * 5000, "resume=run: config.yaml: maximum recursion depth"),
        (b"a: b: c", "resume=run: config.yaml: mapping values are not allowed here"),
        (b"a: \xff", "resume=run: config.yaml: 'utf-8' codec can't decode byte 0xff"),
        (b"- 1", "resume=run: config.yaml: it holds no settings"),
    ],
)
def test_a_config_of_a_run_that_is_no_config_is_refused(command, tmp_path, content, message):
    (tmp_path / "run").mkdir()
    (tmp_path / "elsewhere.yaml").write_text("a: 1")
    config = tmp_path / "run" / "config.yaml"
    if content:
        config.write_bytes(content)
    else:
        config.symlink_to(tmp_path / "elsewhere.yaml")
    done = command("train", "resume=run")
    assert done.code == 1 and "error: " in done.err and message in done.err and "Traceback" not in done.err


def test_numbers_are_names_as_they_were_typed(command, little, tmp_path):
    """The bug: to Hydra `name=2026_10` is the number 202610, and `output_dir=2025` no path."""
    sized = [*little, "trainer.max_steps=1", "trainer.val_check_interval=1"]
    assert command("train", *sized, "name=2026_10").code == 0
    (run,) = (tmp_path / "runs" / "2026_10").iterdir()
    assert read_json(run)["name"] == "2026_10"
    assert command("train", *sized, "output_dir=1.10").code == 0
    assert read_json(tmp_path / "1.10")["config"]["output_dir"] == "1.10"


def test_a_run_is_resumed_by_whatever_name_its_folder_has(command, tiny, tmp_path):
    """The bug: `resume=` was split by a shell's rules after Hydra's."""
    name = r"it's lr=0.1 (1) \ größe"
    assert command("train", *tiny, f"output_dir={name}").code == 0
    done = command("train", f"resume={name}")
    assert done.code == 0
    assert f"{tmp_path / name} is finished" in done.out


def test_another_experiments_folder_is_left_alone(command, tiny, tmp_path):
    assert command("train", *tiny).code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    done = command("train", *tiny, "model.width=16")
    assert done.code == 1
    assert "holds another experiment's run" in done.err
    assert before == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}


def test_a_checkpoint_of_another_network_is_refused(command, tiny):
    assert command("train", *tiny).code == 0
    options = ["model.encoder.features=4", "model.decoder.features=4", "output_dir=other"]
    done = command("train", "resume=run", *options)
    assert done.code == 1
    assert "holds another network" in done.err
    assert "expected (32, 4, 3, 3), got (32, 8, 3, 3)" in done.err


def test_another_choice_for_a_resumed_run_is_refused_by_name(command, tiny):
    assert command("train", *tiny).code == 0
    done = command("train", "resume=run", "trainer=gpu")
    assert done.code == 1
    assert "Could not override 'trainer'" in done.err


def test_misaligned_data_is_caught_before_the_first_step():
    """The bug: a loader that crops the two images at different places trains to a blur without a word."""
    import torch

    from sr_experiments.degradation.bicubic import bicubic
    from sr_experiments.module.audit import check_alignment

    high = torch.from_numpy(np.stack([picture(48, 48, seed).transpose(2, 0, 1) for seed in range(4)]))
    low = bicubic(high, scale=3)
    check_alignment(low, high)
    with pytest.raises(ValueError, match="not aligned"):
        check_alignment(low.roll(1, -1), high)
