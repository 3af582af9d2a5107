"""One job of a sweep: started in two ways, watched, accounted for."""

import os
import threading
import time
from pathlib import Path
from unittest.mock import patch

import pytest
from hydra import compose, initialize_config_dir
from safetensors.torch import load_file

from sr_experiments import config, readiness, record, tables
from sr_experiments.environment import RANKS
from sr_experiments.experiment import Experiment
from sr_experiments.lock import is_locked
from sr_experiments.sweep import job as job_module
from sr_experiments.sweep.job import Command, Task, run
from sr_experiments.sweep.launch import output_dir
from sr_experiments.sweep.plan import plan_job

pytestmark = pytest.mark.slow

OWN = """
import os, signal, time
from torch import nn

class Own(nn.L1Loss):
    def __init__(self, *, way: str) -> None:
        super().__init__()
        self.way, self.calls = way, 0

    def forward(self, output, target):
        self.calls += 1
        if self.calls == 3 and self.way == "killed once" and not os.path.exists("killed"):
            open("killed", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.calls == 3 and self.way == "lost rank" and os.environ.get("LOCAL_RANK") == "1":
            os._exit(3)
        if self.way == "slow":
            time.sleep(0.05)
        if self.way == "hang":
            time.sleep(1000)
        return super().forward(output, target)
"""


@pytest.fixture
def task(little, tmp_path, monkeypatch):
    """Make a task of a few options: steps of milliseconds, with a loss that does what `way` says."""
    (tmp_path / "own.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(Path(config.__file__).parent / "sweep"))
    own = ["loss=l1", "loss.l1.criterion._target_=own.Own"]
    options = [*little, *own, "model.encoder.features=8", "trainer.val_check_interval=10"]

    def made(*given: str, start: str = "fork", way: str = "none", **changed) -> Task:
        arguments = [*options, f"+loss.l1.criterion.way={way}", f"name={start}", *given]
        with initialize_config_dir(str(config.config_dir()), version_base="1.3"):
            job = plan_job(compose("train", arguments), {}, tmp_path / "runs" / start)
        command = Command(
            module="sr_experiments.train",
            flags=[],
            environment={"OMP_NUM_THREADS": "1"},
            way=start,  # pyright: ignore[reportArgumentType]
            timeout=None,
            retry="failed",
        )
        return Task(
            job=job,
            command=command._replace(**changed),
            overrides=[*arguments, output_dir(job.folder)],
            environment={},
            stop=tmp_path / "stop",
            since=record.now(),
        )

    return made


def test_forked_and_fresh_give_the_same_bits(task):
    tasks = [task("trainer.max_steps=20", start=start) for start in ("fork", "fresh")]
    results = [run(task) for task in tasks]
    assert [result["status"] for result in results] == ["finished", "finished"]
    assert results[0]["threads"] == results[1]["threads"] == 1
    one, two = (load_file(task.job.folder / "weights.safetensors") for task in tasks)
    assert all(one[name].equal(two[name]) for name in one)


def test_a_killed_job_is_recorded_as_failed_and_goes_on_when_tried_again(task):
    first = task("trainer.max_steps=20", way="'killed once'")
    killed = run(first)
    assert (killed["status"], killed["error"][:7]) == ("failed", "killed ")
    assert run(first)["status"] == "failed", "what failed since the sweep began is not tried again"
    later = first._replace(since="2999-01-01T00:00:00+0000")
    assert run(later._replace(command=later.command._replace(retry="none")))["status"] == "failed"
    assert run(later)["status"] == "finished"


def test_a_job_that_hangs_costs_its_timeout(task):
    result = run(task(way="hang", timeout=3.0))
    assert result["status"] == "failed" and "job_timeout=3" in result["error"]


def test_a_stopped_job_is_interrupted_and_has_its_checkpoint(task):
    stopping = task("trainer.max_steps=100000", "trainer.val_check_interval=100000", way="slow")
    folder = stopping.job.folder
    thread = threading.Thread(target=run, args=(stopping,))
    thread.start()
    while not tables.latest(folder):
        time.sleep(0.05)
    stopping.stop.touch()
    thread.join(60)
    assert record.read_json(folder)["status"] == "interrupted"
    assert (folder / "checkpoints" / "last.ckpt").exists()
    assert not is_locked(folder)


def test_two_at_once_do_it_once(task):
    """The second one waits for the first; what it then finds is the first one's record."""
    results: list[record.Record] = []
    same = task("trainer.max_steps=40", way="slow")
    folder = same.job.folder
    threads = [threading.Thread(target=lambda: results.append(run(same))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert [result["status"] for result in results] == ["finished", "finished"]
    steps = [row["step"] for row in tables.read_rows(folder / "metrics.csv") if row["name"] == "train/loss"]
    assert steps == [str(step) for step in range(1, 41)]
    assert (folder / "console.log").read_text().count("step 40/40") == 1


def test_a_job_that_finished_while_another_process_got_ready_is_not_run_again(task, command):
    """The bug: what lay there was read before the lock was taken, and not again under it."""
    late = task("trainer.max_steps=4", "trainer.val_check_interval=2")
    folder, check = late.job.folder, readiness.check_ready

    def overtaken(experiment: Experiment) -> None:
        check(experiment)
        if not folder.exists():
            assert run(late)["status"] == "finished"

    with patch.object(readiness, "check_ready", overtaken):
        done = command("train", *late.overrides)
    assert done.code == 0 and "is finished" in done.out
    steps = [row["step"] for row in tables.read_rows(folder / "metrics.csv") if row["name"] == "train/loss"]
    assert steps == ["1", "2", "3", "4"] and "step 4/4" not in done.out


@pytest.mark.parametrize("status", ["finished", "running"])
def test_a_job_that_another_process_holds_has_not_failed(task, monkeypatch, status):
    """The bug: its own process is refused, the other one ends well at that moment, and it is called failed."""
    waiting = task("trainer.max_steps=4", "trainer.val_check_interval=2")
    job, started = waiting.job, []

    def refused(task):
        started.append(task)
        if len(started) == 1:
            record.begin(job.folder, job.config, job.signature, job.choices)
            record.update(job.folder, status=status, validation={"psnr": 30.0, "step": 1})
        return (os.EX_TEMPFAIL, "") if len(started) == 1 else watched(task)

    watched = job_module._run_process
    monkeypatch.setattr(job_module, "_run_process", refused)
    assert run(waiting)["status"] == "finished" and len(started) == {"finished": 1, "running": 2}[status]


def test_no_rank_of_the_process_that_starts_it_reaches_a_job(task, tmp_path, monkeypatch):
    """The bug: torchrun's, Open MPI's and LSF's words stayed, and a job took itself for one of several."""
    names = {*RANKS, "WORLD_SIZE", "TORCHELASTIC_RUN_ID", "OMPI_COMM_WORLD_SIZE", "JSM_NAMESPACE_SIZE"}
    for name in names:
        monkeypatch.setenv(name, "1")
    (tmp_path / "names.py").write_text("import os\nprint(*os.environ)")
    given = task(start="fresh", module="names")._replace(overrides=[])
    run(given)
    seen = (given.job.folder / "console.log").read_text().split()
    assert "OMP_NUM_THREADS" in seen and names.isdisjoint(seen)


def test_a_lost_rank_costs_its_job_alone_and_leaves_no_process(task, tmp_path):
    result = run(task("trainer=ddp", "trainer.max_steps=20", way="'lost rank'"))
    assert result["status"] == "failed"
    assert not [name for name in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path).encode() in _read(name)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_forked_job_may_have_two_ranks(task):
    ddp = task("trainer=ddp", "trainer.max_steps=4", "trainer.val_check_interval=4")
    result = run(ddp)
    assert result["status"] == "finished", result
    curves = tables.read_rows(ddp.job.folder / "metrics.csv")
    assert [row["step"] for row in curves if row["name"] == "train/loss"] == ["1", "2", "3", "4"]
