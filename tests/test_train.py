"""sr-train from end to end, in this process where one will do."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from safetensors.torch import load_file

from sr_experiments import record, tables
from sr_experiments.measuring import evaluation

pytestmark = pytest.mark.slow

DOCS = (Path(__file__).parents[1] / "docs" / "run_directory.md").read_text(encoding="utf-8")


def test_a_run_leaves_what_is_promised(command, tiny, tmp_path):
    done = command("train", *tiny)
    assert done.code == 0, done.err
    run = tmp_path / "run"
    assert {path.name for path in run.iterdir()} == {
        ".lock",
        ".record.lock",
        "checkpoints",
        "config.yaml",
        "console.log",
        "images",
        "metrics.csv",
        "run.json",
        "scores.csv",
        "weights.safetensors",
    }
    facts = json.loads((run / "run.json").read_text())
    assert facts["status"] == "finished"
    assert facts["choices"]["model"] == "espcn"
    assert not [key for key in facts if f"`{key}`" not in DOCS]
    assert facts["config"] == yaml.safe_load((run / "config.yaml").read_text())
    assert facts["parameters"] == sum(value.numel() for value in load_file(run / "weights.safetensors").values())
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert {path.name for path in (run / "images" / "small" / "test0").iterdir()} == {
        "input.png",
        "output.png",
        "target.png",
    }
    scores = tables.read_rows(run / "scores.csv")
    assert {(row["image"], row["metric"]) for row in scores} == {
        (image, metric) for image in ("test0", "test1") for metric in ("psnr", "ssim")
    }
    curves = tables.read_rows(run / "metrics.csv")
    assert [row["step"] for row in curves if row["name"] == "val/psnr"] == ["2", "4"]
    assert [row["step"] for row in curves if row["name"] == "train/loss"] == ["1", "2", "3", "4"]


def test_the_best_weights_are_the_chosen_ones(command, tiny, tmp_path):
    import torch

    from sr_experiments.module.weights import network_weights

    assert command("train", *tiny).code == 0
    chosen = load_file(tmp_path / "run" / "weights.safetensors")
    best = network_weights(tmp_path / "run" / "checkpoints" / "best.ckpt")
    assert all(torch.equal(chosen[name], best[name]) for name in best)


def test_a_finished_run_shows_its_result_and_is_left_alone(command, tiny, tmp_path):
    command("train", *tiny)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*") if path.name != ".lock"}
    done = command("train", *tiny)
    assert done.code == 0
    assert "is finished" in done.out
    assert "small/mean" in done.out
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_finished_run_that_lacks_a_benchmark_is_measured_not_trained(command, tiny, tmp_path):
    command("train", *tiny, "~benchmark.small")
    weights = (tmp_path / "run" / "weights.safetensors").read_bytes()
    assert tables.read_rows(tmp_path / "run" / "scores.csv") == []
    done = command("train", *tiny)
    assert done.code == 0, done.err
    assert "step" not in done.out
    assert {name for name, _, _ in record.measured_keys(tmp_path / "run")} == {"small"}
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == weights


def test_a_finished_run_asked_for_another_way_of_measuring_is_measured(command, tiny, tmp_path):
    """Another protocol, metric, degradation or folder with the same names; each is shown alone when asked again."""
    assert command("train", *tiny).code == 0
    weights = (tmp_path / "run" / "weights.safetensors").read_bytes()
    shutil.copytree(tmp_path / "train", tmp_path / "others")
    for place, path in enumerate(sorted((tmp_path / "others").iterdir())):
        path.rename(path.with_name(f"test{place}.png"))
    shown, known = set(), 1
    for more in ("protocol=rgb", "protocol.shave=0", "benchmark.small.images=others", "metrics=[psnr,ssim,vif]"):
        asked, done = command("train", *tiny, more), command("train", *tiny, more)
        assert (asked.code, done.code) == (0, 0), asked.err + done.err
        for printed in (asked.out, done.out):
            shown.add(next(line for line in printed.splitlines() if line.startswith("small/mean"))[:24])
        known += not more.startswith("metrics")
        assert len({key for _, key, _ in record.measured_keys(tmp_path / "run")}) == known, more
        assert "is finished" in done.out and "step" not in done.out
    assert len(shown) == 4
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == weights


def test_a_benchmark_that_chose_the_weights_is_said_in_record_and_leaderboard(command, tiny, tmp_path):
    """Also where another copy of it did, and where the benchmark is measured later."""
    shutil.copytree(tmp_path / "test", tmp_path / "copy")
    options = [*tiny, "data.val=copy"]
    assert command("train", *options, "~benchmark.small").code == 0
    assert "selection_saw" not in record.read(tmp_path / "run")
    done = command("train", *options)
    assert done.code == 0, done.err
    assert "test0.png is in the validation set, as" in done.err
    assert record.read(tmp_path / "run")["selection_saw"] == ["small"]
    elsewhere = ["benchmark=folder", "benchmark.folder.root=test"]
    assert command("evaluate", "run=run", *elsewhere).code == 0
    assert record.read(tmp_path / "run")["selection_saw"] == ["small"]
    later = command("evaluate", "run=run", *elsewhere, "trust=true")
    assert "test0.png chose the weights" in later.err
    assert record.read(tmp_path / "run")["selection_saw"] == ["folder", "small"]
    assert "its selection saw small" in command("compare", "run").out


def test_validation_images_of_a_record_are_known_by_their_place_alone(command, tiny, tmp_path, monkeypatch):
    """Without trust nothing that a record names is opened: neither folders nor addresses nor chains of these."""
    options = [*tiny, "data.val=val", "~benchmark.small"]
    assert command("train", *options).code == 0
    assert command("evaluate", "run=run", "benchmark=folder", "benchmark.folder.root=val").code == 0
    assert record.read(tmp_path / "run")["selection_saw"] == ["folder"]
    opened = []
    monkeypatch.setattr(evaluation, "image_files", lambda source: opened.append(source) or [])
    for val in ("http://127.0.0.1:1/set/", "zip://x::http://127.0.0.1:1/a.zip", "/etc", ["/etc", 3], "~nobody/x", "\0"):
        facts = record.read_json(tmp_path / "run")
        facts["config"]["data"]["val"] = val
        record.update(tmp_path / "run", config=facts["config"])
        done = command("evaluate", "run=run", "benchmark=folder", "benchmark.folder.root=test")
        assert done.code == 0 and "Traceback" not in done.err, done.err
    assert opened == []


def test_a_strangers_run_is_not_gone_on_with_unless_trusted(command, tiny, tmp_path):
    """Its config names code, addresses, settings of Hydra, interpolations: none is called, opened or composed."""
    assert command("train", *tiny).code == 0
    path = tmp_path / "run" / "config.yaml"
    config = yaml.safe_load(path.read_text())
    evil = {"_target_": "pathlib.Path.touch", "self": "was_run"}
    ours = {"_target_": "sr_experiments.tables.write_text", "path": "was_run", "text": ""}
    for change in ({"benchmark": {"a": evil}}, {"benchmark": {"a": ours}}, {"data": {"train": "http://127.0.0.1:1/"}}):
        path.write_text(yaml.safe_dump({**config, **change}))
        done = command("train", "resume=run", "output_dir=new")
        assert done.code == 1 and "trust=true" in done.err, done.err
    for change in ({"hydra": {"callbacks": {"a": evil}}}, {"defaults": ["x"]}, {"name": "${oc.env:HOME}"}):
        path.write_text(yaml.safe_dump({**config, **change}))
        for trust in ("false", "true"):
            done = command("train", "resume=run", f"trust={trust}")
            assert done.code == 1 and "config.yaml" in done.err, done.err
    assert not (tmp_path / "was_run").exists() and not (tmp_path / "new").exists()


def test_a_single_run_lies_where_a_job_would(command, tiny, tmp_path):
    done = command("train", *[option for option in tiny if not option.startswith("output_dir")], "seed=3", "name=mine")
    assert done.code == 0, done.err
    (run,) = (tmp_path / "runs" / "mine").iterdir()
    facts = record.read(run)
    assert run.name == f"{facts['signature']}-3"


def test_smoke_leaves_everything_in_twenty_steps(command, tiny, tmp_path):
    steps = ("trainer.max_steps", "trainer.val_check_interval")
    done = command("train", *[option for option in tiny if not option.startswith(steps)], "trainer=smoke")
    assert done.code == 0, done.err
    facts = record.read(tmp_path / "run")
    assert facts["steps"] == 20
    assert facts["scores"]


def test_the_last_step_is_validated(command, tiny, tmp_path):
    """The bug: what was trained after the last multiple of val_check_interval could never be chosen."""
    assert command("train", *tiny, "trainer.max_steps=5", "trainer.accumulate_grad_batches=2").code == 0
    curves = tables.read_rows(tmp_path / "run" / "metrics.csv")
    assert [row["step"] for row in curves if row["name"] == "val/psnr"] == ["2", "4", "5"]


def test_a_baseline_is_measured_without_training(command, tiny, tmp_path):
    options = [option for option in tiny if not option.startswith("model.")]
    done = command("train", *options, "model=bicubic")
    assert done.code == 0, done.err
    facts = record.read(tmp_path / "run")
    assert facts["parameters"] == 0
    assert facts["steps"] == 0
    assert (tmp_path / "run" / "weights.safetensors").exists()
    assert "+0.00" in done.out


@pytest.mark.parametrize(
    "options",
    [
        [
            "callbacks=[default,ema,early_stopping]",
            "trainer.gradient_clip_val=0.1",
            "trainer.accumulate_grad_batches=2",
        ],
        ["loss=[l1,charbonnier]", "loss.l1.weight=0.1", "optimizer=adamw", "scheduler=multi_step"],
        ["color=y", "optimizer=sgd", "scheduler=step", "trainer.precision=bf16-mixed", "augmentation=none"],
    ],
)
def test_ways_of_learning(command, tiny, tmp_path, options):
    done = command("train", *tiny, *options)
    assert done.code == 0, done.err
    curves = tables.read_rows(tmp_path / "run" / "metrics.csv")
    assert [row["step"] for row in curves if row["name"] == "val/psnr"] == ["2", "4"]


TIED = """
import torch

class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 3, 3, padding=1)
        self.again = self.first
        self.up = torch.nn.Upsample(scale_factor=3)

    def forward(self, low):
        return self.up(self.again(self.first(low)))

class Talkative(Tied):
    def get_extra_state(self):
        return "words"

    def set_extra_state(self, state):
        pass
"""


def test_a_network_that_uses_a_module_twice_is_kept_and_one_of_more_than_tensors_refused(command, tiny, tmp_path):
    import torch

    (tmp_path / "tied.py").write_text(TIED)
    (tmp_path / "conf/model").mkdir(parents=True)
    for name in ("Tied", "Talkative"):
        (tmp_path / f"conf/model/{name.lower()}.yaml").write_text(f"_target_: tied.{name}\n")
    options = ["--config-dir=conf", *(option for option in tiny if not option.startswith("model.")), "callbacks=ema"]
    done = command("train", *options, "model=tied", "~benchmark.small")
    assert done.code == 0, done.err
    kept = load_file(tmp_path / "run" / "weights.safetensors")
    assert torch.equal(kept["first.weight"], kept["again.weight"])
    measured = command("train", *options, "model=tied")
    assert measured.code == 0 and "small/mean" in measured.out
    done = command("train", *options, "model=talkative", "output_dir=other")
    assert done.code == 1 and "weights.safetensors keeps tensors alone, and the network's state has _ext" in done.err


def test_the_audit_stops_before_anything_is_written(command, tiny, tmp_path):
    done = command("train", *tiny, "audit=true", "logger=[wandb,tensorboard]")
    assert done.code == 0, done.err
    assert "audit passed" in done.out
    assert not (tmp_path / "run").exists()


def test_a_diverging_run_says_at_which_step(command, tiny, tmp_path):
    done = command("train", *tiny, "optimizer=sgd", "optimizer.lr=1e15", "scheduler=constant", "trainer.max_steps=50")
    assert done.code == 1
    facts = record.read(tmp_path / "run")
    assert facts["status"] == "diverged"
    assert "at step" in facts["error"]
    assert "checkpoint" in done.err


def test_resume_goes_on_from_a_runs_own_config(command, tiny, tmp_path):
    assert command("train", *tiny, "callbacks=early_stopping").code == 0
    assert "is finished" in command("train", "resume=run").out
    done = command("train", "resume=run", "output_dir=longer")
    assert done.code == 1 and "its 4 steps have spent all of 4 step: nothing is left to train" in done.err
    refused = command("train", "resume=run", "trainer.max_steps=6")
    assert refused.code == 1
    assert "choose another output_dir" in refused.err
    done = command("train", "resume=run", "trainer.max_steps=6", "output_dir=longer")
    assert done.code == 0, done.err
    facts = record.read(tmp_path / "longer")
    assert facts["began_from"].endswith("run/checkpoints/last.ckpt")
    assert next(row["step"] for row in tables.read_rows(tmp_path / "longer" / "metrics.csv")) == "5"
    assert record.read(tmp_path / "run")["steps"] == 4


def test_an_early_end_is_recorded_and_the_same_command_goes_on(command, tiny, tmp_path, monkeypatch):
    from sr_experiments.callbacks.curves import Curves

    def fail(self, trainer, pl_module):
        raise KeyError("a fault in validation")

    with monkeypatch.context() as patch:
        patch.setattr(Curves, "on_validation_end", fail)
        done = command("train", *tiny)
    assert done.code == 1
    failed = record.read(tmp_path / "run")
    assert failed["status"] == "failed" and failed["peak_memory_mib"] > 0
    assert "a fault in validation" in (tmp_path / "run" / "console.log").read_text()
    assert command("train", *tiny).code == 0
    assert record.read(tmp_path / "run")["status"] == "finished"


def test_a_run_killed_as_it_begins_is_known_as_a_run(command, tiny, tmp_path, monkeypatch):
    def killed(*_):
        raise SystemExit(9)

    with monkeypatch.context() as patched:
        patched.setattr("sr_experiments.train.write_config", killed)
        assert command("train", *tiny).code == 9
    assert record.read(tmp_path / "run")["status"] == "interrupted"
    done = command("train", *tiny, "~benchmark.small")
    assert done.code == 0, done.err


def test_tensorboard_is_another_choice(command, tiny, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert command("train", *tiny, "logger=tensorboard").code == 0
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    assert "val/psnr" in events.Tags()["scalars"]


def test_two_processes_measure_every_image_once(command, forked, tiny, tmp_path):
    """DDP on CPU: weights are those of one process, but for rounding in float64, scores too, each image once.

    The benchmark comes to a finished run: the first process measures, and the bug was that the others trained.
    """
    shutil.copy(Path(__file__).parents[1] / "scripts/benchmarks/_double.py", tmp_path / "double.py")
    options = [option for option in tiny if not option.startswith("output_dir")]
    options += ["module._target_=double.Double", "trainer.max_steps=20", "trainer.val_check_interval=20"]
    assert command("train", *options, "output_dir=cpu").code == 0
    assert forked(*options, "trainer=ddp", "output_dir=ddp", "~benchmark.small", ranks=2) == [0, 0]
    weights = (tmp_path / "ddp" / "weights.safetensors").read_bytes()
    assert forked(*options, "trainer=ddp", "output_dir=ddp", ranks=2) == [0, 0]
    assert (tmp_path / "ddp" / "weights.safetensors").read_bytes() == weights
    one, two = (tables.read_rows(tmp_path / name / "scores.csv") for name in ("cpu", "ddp"))
    assert [row["image"] for row in one] == [row["image"] for row in two]
    for first, second in zip(one, two, strict=True):
        assert float(first["value"]) == pytest.approx(float(second["value"]), abs=2e-3)
    alone, shared = (load_file(tmp_path / name / "weights.safetensors") for name in ("cpu", "ddp"))
    assert all(str(value.dtype) == "torch.float64" for value in alone.values())
    assert max(float((alone[name] - shared[name]).abs().max()) for name in alone) < 1e-12
    assert record.read(tmp_path / "ddp")["status"] == "finished"


NORMALISED = """
import torch

class Normalised(torch.nn.Sequential):
    def __init__(self):
        conv = torch.nn.Conv2d(3, 27, 3, padding=1)
        super().__init__(torch.nn.BatchNorm2d(3, momentum=0.9), conv, torch.nn.PixelShuffle(3))
"""


def test_two_nodes_are_led_by_the_first_and_validate_what_they_save(command, tiny, pictures, tmp_path):
    """torchrun, two nodes of one process on this machine: each is the first of its own.

    What is validated is what is kept, each device's batch normalisation too: every image is another device's.
    """
    (tmp_path / "normalised.py").write_text(NORMALISED)
    (tmp_path / "conf/model").mkdir(parents=True)
    (tmp_path / "conf/model/normalised.yaml").write_text("_target_: normalised.Normalised\n")
    pictures("val", 2, first=9)
    options = [option for option in tiny if not option.startswith("model.")]
    options += ["trainer=ddp", "trainer.devices=1", "+trainer.num_nodes=2", "model=normalised", "callbacks=ema"]
    options += ["optimizer.lr=0.1", "+callbacks.ema.use_buffers=true"]
    first = nodes(options)
    assert [code for code, _, _ in first] == [0, 0], first
    facts = record.read(tmp_path / "run")
    assert facts["status"] == "finished" and facts["steps"] == 4
    benchmark = ["benchmark=folder", "benchmark.folder.root=val", "trust=true"]
    done = command("evaluate", "run=run", *benchmark)
    assert done.code == 0, done.err
    scores = [
        float(row["value"])
        for row in tables.read_rows(tmp_path / "run/scores.csv")
        if row["image"][:3] == "val" and row["metric"] == "psnr"
    ]
    assert len(scores) == 2 and sum(scores) / 2 == pytest.approx(facts["validation"]["psnr"], abs=1e-3)
    again = nodes(options)
    assert [code for code, _, _ in again] == [0, 0], again
    assert "is finished" in again[0][1] and "is finished" not in again[1][1]


def nodes(options):
    """How each of two nodes ends: its exit code, and what it printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1"]
    torchrun += ["--master-addr=127.0.0.1", f"--master-port={port}"]
    started = [
        subprocess.Popen(
            [*torchrun, f"--node-rank={node}", "-m", "sr_experiments.train", "--config-dir=conf", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for node in (0, 1)
    ]
    printed = [process.communicate(timeout=200) for process in started]
    return [(process.returncode, *words) for process, words in zip(started, printed, strict=True)]


def test_a_killed_run_reads_as_interrupted_and_goes_on(tiny, tmp_path, command):
    steps = ["trainer.max_steps=100000", "trainer.val_check_interval=20"]
    process = subprocess.Popen([sys.executable, "-m", "sr_experiments.train", *tiny, *steps])
    deadline = time.monotonic() + 60
    while not (tmp_path / "run" / "checkpoints" / "last.ckpt").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert record.read(tmp_path / "run")["status"] == "running"
    busy = command("train", *tiny, *steps)
    assert busy.code == os.EX_TEMPFAIL
    assert "another process" in busy.err
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert record.read(tmp_path / "run")["status"] == "interrupted"
