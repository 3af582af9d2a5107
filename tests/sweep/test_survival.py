"""A sweep that loses jobs, its launcher, a worker: the same command again finishes it, and nothing is done twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from sr_experiments import record, tables
from sr_experiments.data.sources.content import content_key
from sr_experiments.data.sources.files import image_files
from sr_experiments.signature import signature_of

OWN = """
import os, signal, time
from torch import nn

class Own(nn.L1Loss):
    '''Fails the first time in the way that is asked for; every process that trains is written down.'''

    def __init__(self, *, way: str) -> None:
        super().__init__()
        self.way, self.calls = way, 0

    def forward(self, output, target):
        self.calls += 1
        if self.calls == 2:
            with open("begun", "a") as file:
                file.write(self.way + "\\n")
        time.sleep(0.02)
        if self.calls == 4 and not os.path.exists(self.way):
            if self.way == "raises":
                open(self.way, "w").close()
                raise RuntimeError("a fault of my own")
            if self.way == "exits":
                open(self.way, "w").close()
                os._exit(7)
            if self.way == "killed":
                open(self.way, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
        return super().forward(output, target)
"""
WAYS = ["raises", "exits", "killed", "fine0", "fine1", "fine2", "fine3"]


@pytest.fixture
def sweep(tiny, tmp_path):
    """The arguments of a sweep of seven jobs, three of which fail the first time."""
    (tmp_path / "own.py").write_text(OWN)
    return [
        *("-m", "name=seven", "loss=l1", "loss.l1.criterion._target_=own.Own", "hydra.launcher.jobs=2"),
        f"+loss.l1.criterion.way={','.join(WAYS)}",
        *[option for option in tiny if not option.startswith("output_dir")],
        "trainer.max_steps=20",
        "trainer.val_check_interval=5",
    ]


def started(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "sr_experiments.train", *arguments])


def records(folder: Path) -> dict[str, dict]:
    """The record of each job that has one, by its way."""
    found = [record.read(run) for run in record.find_runs([folder])]
    return {facts["config"]["loss"]["l1"]["criterion"]["way"]: facts for facts in found}


def until(folder: Path, finished: int) -> dict[str, dict]:
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        found = {way: facts for way, facts in records(folder).items() if facts["status"] == "finished"}
        if len(found) >= finished:
            return found
        time.sleep(0.05)
    raise AssertionError(f"only {records(folder)} after 200 seconds")


def check_all(folder: Path, done_before: dict[str, dict]) -> None:
    """Seven jobs finished, each under its own parameters, none of those that were finished before done again."""
    facts = records(folder)
    data_key = "-".join(content_key(image_files(Path(name).absolute())) for name in ("train", "val"))
    assert {way: one["status"] for way, one in facts.items()} == dict.fromkeys(WAYS, "finished")
    for run in record.find_runs([folder]):
        one = record.read(run)
        assert run.name == f"{one['signature']}-{one['seed']}"
        assert signature_of(one["config"], data_key) == one["signature"] and one["scores"]
        assert [row["step"] for row in tables.read_rows(run / "metrics.csv") if row["name"] == "train/loss"] == [
            str(step) for step in range(1, 21)
        ]
    assert len({one["signature"] for one in facts.values()}) == len(WAYS)
    assert {way: facts[way] for way in done_before} == done_before
    begun = Counter(Path("begun").read_text().split())
    assert all(begun[way] == 1 for way in done_before)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["local", "dask"])
def test_seven_jobs_three_of_which_fail_and_a_launcher_that_is_killed(sweep, tmp_path, launcher):
    folder = tmp_path / "runs" / "seven"
    first = started([*sweep, f"hydra/launcher={launcher}"])
    if launcher == "dask":
        until(folder, 1)
        kill_a_worker(first.pid)
    before = until(folder, 2)
    first.kill()
    first.wait()
    assert first.returncode == -signal.SIGKILL
    failed_anew = [way for way in WAYS[:3] if not Path(way).exists()]
    codes = [started([*sweep, f"hydra/launcher={launcher}"]).wait(400) for _ in range(2 if failed_anew else 1)]
    assert codes == ([1, 0] if failed_anew else [0])
    check_all(folder, before)
    logs = "".join((run / "console.log").read_text() for run in record.find_runs([folder]))
    assert "RuntimeError: a fault of my own" in logs


def kill_a_worker(launcher: int) -> None:
    """SIGKILL one of the Dask workers that a launcher started."""
    for path in Path("/proc").glob("[0-9]*/status"):
        words = path.read_text()
        if f"\nPPid:\t{launcher}\n" in words and b"spawn_main" in (path.parent / "cmdline").read_bytes():
            return os.kill(int(path.parent.name), signal.SIGKILL)
    raise AssertionError("no Dask worker found")
