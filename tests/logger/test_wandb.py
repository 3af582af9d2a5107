"""W&B offline: the files that `wandb sync` would send, read back."""

import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from sr_experiments import record

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path))


def read_back(path):
    """The records of an offline W&B run: protobuf in LevelDB's log format, after seven bytes."""
    from wandb.proto.wandb_internal_pb2 import Record  # pyright: ignore[reportAttributeAccessIssue]

    data, place, text, records = path.read_bytes(), 7, b"", []
    while place < len(data):
        if 32768 - place % 32768 < 7:
            place += 32768 - place % 32768
            continue
        length, kind = struct.unpack("<HB", data[place + 4 : place + 7])
        text += data[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):
            records.append(Record.FromString(text))
            text = b""
    return records


def parts(run):
    """The records of each part of a run directory's W&B run, in the order of time."""
    return [read_back(path) for path in sorted((run / "wandb").glob("offline-run-*/*.wandb"))]


def written(run):
    """How many bytes of a run's W&B records are on the disk."""
    return sum(path.stat().st_size for path in (run / "wandb").glob("offline-run-*/*.wandb"))


def configs(records):
    return {item.key: json.loads(item.value_json) for entry in records for item in entry.config.update}


def started(records):
    (run,) = (entry.run for entry in records if entry.run.run_id)
    return run


def steps(records, name):
    """The `trainer/global_step` of each value of a metric."""
    return [int(row["trainer/global_step"]) for row in history(records) if name in row]


def history(records):
    """What was logged together, by name."""
    return [{(*item.nested_key, item.key)[0]: item.value_json for item in entry.history.item} for entry in records]


def test_offline_files_hold_the_curves_the_config_and_pictures(command, tiny, tmp_path):
    done = command("train", *tiny, "logger=wandb", "name=2026", "logger.wandb.tags=[mine]")
    assert done.code == 0, done.err
    (records,) = parts(tmp_path / "run")
    run, facts = started(records), record.read(tmp_path / "run")
    assert (run.run_group, run.job_type, list(run.tags)) == ("2026", "train", ["mine"])
    assert run.run_id == facts["wandb"] and run.run_id.startswith(f"{facts['signature']}-0-")
    expected = {"scale": 3, "model": "espcn", "model/head": "sub_pixel", "optimizer/lr": 1e-3, "trainer/max_steps": 4}
    config = configs(records)
    assert {key: config[key] for key in expected} == expected and config["signature"] == facts["signature"]
    assert not any(isinstance(value, dict) for key, value in config.items() if key != "_wandb")
    logged = set().union(*history(records))
    assert {"val/psnr", "val/best_psnr", "train/loss", "small/psnr", "images/small/test0"} <= logged
    assert any(entry.WhichOneof("record_type") == "exit" for entry in records)


def test_a_sweep_of_n_jobs_is_n_runs_with_their_own_configs(command, tiny, tmp_path):
    options = [option for option in tiny if not option.startswith("output_dir")]
    done = command("train", "-m", *options, "logger=wandb", "name=grid", "seed=0,1", "optimizer.lr=1e-3,2e-3")
    assert done.code == 0, done.err
    found = {}
    for folder in (tmp_path / "runs" / "grid").iterdir():
        (records,) = parts(folder)
        config, facts = configs(records), record.read(folder)
        assert (config["seed"], config["optimizer/lr"]) == (facts["seed"], facts["config"]["optimizer"]["lr"])
        assert started(records).run_group == "grid"
        found[started(records).run_id] = (config["seed"], config["optimizer/lr"])
    assert len(found) == 4 and set(found.values()) == {(0, 1e-3), (0, 2e-3), (1, 1e-3), (1, 2e-3)}


def test_a_killed_run_goes_on_in_the_same_wandb_run(command, tiny, tmp_path):
    """At the step where it was killed, though training goes on from the checkpoint before; W&B writes in blocks."""
    options = [*tiny, "logger=wandb", "trainer.max_steps=1000", "trainer.val_check_interval=20"]
    process = subprocess.Popen([sys.executable, "-m", "sr_experiments.train", *options])
    run = tmp_path / "run"
    while written(run) < 8192 and process.poll() is None:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert command("train", *options).code == 0
    before, after = parts(run)
    assert started(before).run_id == started(after).run_id == record.read(run)["wandb"]
    losses = [steps(part, "train/loss") for part in (before, after)]
    assert losses[0] == list(range(len(losses[0]))) and losses[0][-1] < losses[1][0]
    assert losses[1] == list(range(losses[1][0], 1000)) and process.returncode == -signal.SIGKILL
    assert steps(after, "val/psnr") == [step for step in range(19, 1000, 20) if step >= losses[1][0]]


def test_the_command_of_a_sweep_agent_runs(command, little, tmp_path, monkeypatch):
    """The command line is made by wandb's own code from the YAML in docs/, as its agent does."""
    from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

    sweep = yaml.safe_load((DOCS / "wandb_sweep.yaml").read_text())
    drawn = {name: {"value": space.get("values", [space.get("min")])[0]} for name, space in sweep["parameters"].items()}
    arguments = create_sweep_command_args({"args": drawn})
    line = [part for given in create_sweep_command(sweep["command"]) for part in arguments.get(given[2:-1], [given])]
    assert line[0] == "sr-train"
    monkeypatch.setenv("WANDB_RUN_ID", "drawn7")
    short = ["budget.seconds=0.1", "data.batch_size=2", "output_dir=run"]
    done = command("train", *line[1:], *little, *short)
    assert done.code == 0, done.err
    (records,) = parts(tmp_path / "run")
    config = configs(records)
    assert started(records).run_id == "drawn7"
    assert all(config[name.replace(".", "/")] == drawn[name]["value"] for name in drawn)
    assert any(sweep["metric"]["name"] in logged for logged in history(records))
