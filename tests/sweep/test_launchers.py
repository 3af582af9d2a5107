"""Where jobs are placed: on this machine, in SLURM's queue, on a Dask cluster; and what would be placed."""

import logging
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import pytest

from sr_experiments import record, tables
from sr_experiments.sweep.executors import DaskCluster

pytestmark = pytest.mark.slow

SBATCH = """#!/bin/sh
for given; do :; done
script="$(dirname "$0")/script"
cp "$given" "$script"
SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=1 SLURM_NTASKS=1 SLURM_JOB_NODELIST=here sh "$script" >"$(dirname "$0")/log" 2>&1 &
echo $! >"$(dirname "$0")/pid"
echo "Submitted batch job 7"
"""
SRUN = """#!/bin/sh
while [ "${1#-}" != "$1" ]; do
  case $1 in --output|--error) shift 2;; *) shift;; esac
done
SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NODEID=0 exec "$@"
"""
SACCT = """#!/bin/sh
kill -0 "$(cat "$(dirname "$0")/pid")" 2>/dev/null && state=RUNNING || state=COMPLETED
printf "JobID|State|NodeList\\n7|$state|here\\n"
"""
GREEDY = """
import torch
from torch import nn

class Greedy(nn.L1Loss):
    calls = 0

    def forward(self, output, target):
        self.calls += 1
        if len(output) > 2 and self.calls > 2:
            raise torch.OutOfMemoryError("CUDA out of memory, as a small GPU would say")
        return super().forward(output, target)
"""


@pytest.fixture
def grid(tiny):
    """The options of a sweep, without a folder of one run."""
    return ["-m", "name=grid", *[option for option in tiny if not option.startswith("output_dir")]]


def statuses(folder: Path) -> list[str]:
    return [record.read(run)["status"] for run in record.find_runs([folder])]


def test_a_plan_says_what_would_run_and_runs_nothing(command, grid, tmp_path):
    plan = command("train", *grid, "hydra/launcher=plan", "seed=0,1,2", "optimizer.lr=1e-3,0.001")
    assert plan.code == 0, plan.err
    assert "3 to run" in plan.out and not (tmp_path / "runs").exists()
    assert command("train", *grid, "seed=0").code == 0
    (run,) = (tmp_path / "runs" / "grid").glob("*-0")
    record.update(run, started="2026-01-01T00:00:00+0000", ended="2026-01-01T00:02:00+0000")
    plan = command("train", *grid, "hydra/launcher=plan", "seed=range(3)")
    assert "1 done, 2 to run; about 4 min with 1 at once" in plan.out
    record.update(run, status="diverged")
    assert "1 diverged, 2 to run" in command("train", *grid, "hydra/launcher=plan", "seed=range(3)").out
    again = command("train", *grid, "hydra/launcher=plan", "seed=range(3)", "hydra.sweeper.retry=all")
    assert "1 to run again: diverged, 2 to run" in again.out


def test_the_command_line_replaces_a_sweep_files_values(command, grid):
    options = [option for option in grid if not option.startswith(("name", "model", "trainer.max_steps"))]
    plan = command("train", *options, "sweep=heads", "scale=4", "seed=5", "model=espcn,imdn", "hydra/launcher=plan")
    assert plan.code == 0, plan.err
    assert "6 to run" in plan.out and plan.out.count("model=imdn") == 3 and plan.out.count("│ to run") == 6


def test_a_sweep_file_without_multirun_is_one_run_and_says_so(command, grid):
    options = [option for option in grid[1:] if not option.startswith("name")]
    assert "sweep=heads is one run here; with -m" in command("train", *options, "sweep=heads", "audit=true").err
    assert "with -m" not in command("train", *options, "audit=true").err


def test_every_job_may_be_audited_alone(command, grid, tmp_path):
    done = command("train", *grid, "seed=0,1", "audit=true")
    assert done.code == 0, done.err
    assert done.out.count("audited in") == 2 and not statuses(tmp_path / "runs")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("hydra.launcher.jobs=0", "hydra.launcher.jobs: expected a whole number of jobs at once, got 0"),
        ("hydra.launcher.jobs=two", "expected a whole number of jobs at once, got two"),
        ("hydra.launcher.job_timeout=soon", "expected a number of seconds, got soon"),
        ("hydra.launcher.threads=0", "expected a whole number of threads, got 0"),
        ("hydra.sweeper.retry=sometimes", "expected none, failed, all, got sometimes"),
        ("hydra.launcher.start=later", "expected fork or fresh, got later"),
        ("hydra/launcher=moon", "moon"),
    ],
)
def test_wrong_settings_are_refused_in_words(command, grid, tmp_path, wrong, words):
    done = command("train", *grid, "seed=0,1", wrong)
    assert done.code == 1 and words in done.err and "Traceback" not in done.err
    assert not (tmp_path / "runs").exists()


def test_out_of_memory_it_is_tried_with_half_the_batch(command, grid, tmp_path):
    (tmp_path / "greedy.py").write_text(GREEDY)
    options = [*grid, "loss=l1", "loss.l1.criterion._target_=greedy.Greedy", "hydra.launcher.smaller_batch=true"]
    for _ in range(2):
        done = command("train", *options, "seed=0")
        assert done.code == 0, done.err
    runs = {record.read(run)["config"]["data"]["batch_size"]: run for run in record.find_runs([tmp_path / "runs"])}
    large, small = record.read(runs[4]), record.read(runs[2])
    assert (large["status"], small["status"]) == ("failed", "finished")
    assert small["config"]["trainer"]["accumulate_grad_batches"] == 2
    assert (large["retried_as"], small["smaller_batch_of"]) == (str(runs[2]), str(runs[4]))


@pytest.mark.parametrize("launcher", ["local", "dask"])
def test_ctrl_c_interrupts_the_jobs_and_leaves_no_process(grid, tmp_path, launcher):
    folder = tmp_path / "runs" / "grid"
    options = [
        *grid,
        "trainer.max_steps=1000000",
        "seed=range(4)",
        "hydra.launcher.jobs=2",
        f"hydra/launcher={launcher}",
    ]
    launched = subprocess.Popen(
        [sys.executable, "-m", "sr_experiments.train", *options], start_new_session=True, stderr=subprocess.PIPE
    )
    while sum(bool(tables.latest(run)) for run in record.find_runs([folder])) < 2:
        assert launched.poll() is None
        time.sleep(0.1)
    os.killpg(launched.pid, signal.SIGINT)
    _, err = launched.communicate(timeout=100)
    assert launched.returncode == 1 and b"the same command goes on" in err and b"Traceback" not in err, err.decode()
    assert statuses(folder) == ["interrupted", "interrupted"]
    assert all((run / "checkpoints" / "last.ckpt").exists() for run in record.find_runs([folder]))
    until = time.monotonic() + 20
    while [path for path in Path("/proc").glob("[0-9]*/cwd") if _leads_to(path, tmp_path)]:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_workers_of_an_own_dask_cluster_say_nothing_at_its_end():
    with patch.dict(os.environ):  # Dask leaves there what its workers begin with
        cluster = DaskCluster(address=None, workers=1)
        try:
            assert cluster.submit(_dask_level).result() == logging.CRITICAL
        finally:
            cluster.shutdown()


def _dask_level() -> int:
    return logging.getLogger("distributed.worker").getEffectiveLevel()


def _leads_to(path: Path, folder: Path) -> bool:
    try:
        return path.readlink() == folder and path.parent.name != str(os.getpid()) and not _ours(path)
    except OSError:
        return False


def _ours(path: Path) -> bool:
    """Whether a process is a server that this test's own process started."""
    return f"\nPPid:\t{os.getpid()}\n" in (path.parent / "status").read_text()


def test_slurm_gets_a_script_for_each_job_which_has_two_devices(command, grid, tmp_path, monkeypatch):
    pytest.importorskip("submitit")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {"sbatch": SBATCH, "srun": SRUN, "sacct": SACCT}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)
    slurm = ["hydra/launcher=slurm", "hydra.launcher.executor.parameters.cpus_per_task=2"]
    options = [*grid, *slurm, "trainer=ddp", "+hydra.launcher.executor.parameters.slurm_partition=short", "seed=5"]
    done = command("train", *options)
    assert done.code == 0, done.err + (tools / "log").read_text()
    script = (tools / "script").read_text()
    for line in ("--cpus-per-task=2", "--partition=short", "--time=1440", "--gpus-per-node=0", "--job-name=grid"):
        assert f"#SBATCH {line}\n" in script
    (run,) = record.find_runs([tmp_path / "runs" / "grid"])
    assert (record.read(run)["status"], record.read(run)["threads"]) == ("finished", 2)


@pytest.mark.parametrize(
    ("launcher", "devices"),
    [(["local"], [1, 2]), (["dask"], [2]), (["slurm", "hydra.launcher.executor.cluster=local"], [1])],
    ids=["local", "dask", "submitit"],
)
def test_every_launcher_runs_jobs_of_one_or_two_devices(command, grid, tmp_path, launcher, devices):
    options = [f"hydra/launcher={launcher[0]}", *launcher[1:], f"hydra.launcher.jobs={len(devices)}", "trainer=ddp"]
    with patch.dict(os.environ):
        done = command("train", *grid, *options, f"trainer.devices={','.join(map(str, devices))}")
    assert done.code == 0, done.err
    records = [record.read(run) for run in record.find_runs([tmp_path / "runs" / "grid"])]
    ended = {facts["config"]["trainer"]["devices"]: facts["status"] for facts in records}
    assert ended == dict.fromkeys(devices, "finished")


def test_a_list_of_grids_is_one_sweep(command, grid):
    grids = "hydra.sweeper.params=[{model: 'espcn,imdn', seed: '1,2'}, {model: espcn, optimizer.lr: '1e-4,2e-4'}]"
    options = [option for option in grid if not option.startswith("model")]
    plan = command("train", *options, grids, "seed=5", "hydra/launcher=plan")
    assert plan.code == 0, plan.err
    assert "4 to run" in plan.out and plan.out.count("model=espcn optimizer.lr=") == 2, plan.out
