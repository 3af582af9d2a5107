"""Workers that share a study, die, and come back; real jobs in processes of their own."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import optuna
import pytest

from sr_experiments import record, tables
from sr_experiments.sweep.study import open_storage, storage_address

SEARCH = "hydra.sweeper.search={{n_trials: {0}, sampler: {{_target_: optuna.samplers.RandomSampler, seed: 0}}{1}}}"
RATE = "optimizer.lr=tag(log,interval(1e-4,1e-2))"


@pytest.fixture
def start(tmp_path):
    """Start a worker in a process group of its own, so that it can be killed with its jobs; none outlives the test."""
    workers = []

    def begin(options, trials, extra="", **keywords):
        command = [sys.executable, "-m", "sr_experiments.train", "-m", *options, SEARCH.format(trials, extra), RATE]
        workers.append(subprocess.Popen(command, start_new_session=True, text=True, stdout=subprocess.PIPE, **keywords))
        return workers[-1]

    yield begin
    for worker in workers:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    kill_jobs(tmp_path)


def kill_jobs(folder):
    """SIGKILL the jobs that a killed launcher left: who holds a run's lock, with all its ranks."""
    locks = {str(path) for path in folder.rglob(".lock")}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if os.readlink(link) in locks:  # noqa: PTH115
                os.killpg(int(link.parts[2]), signal.SIGKILL)


def search(command, options, trials, extra=""):
    """Search in this process; what is printed."""
    done = command("train", "-m", *options, SEARCH.format(trials, extra), RATE)
    assert done.code == 0, done.err
    return done.out


def ended(worker):
    printed, _ = worker.communicate(timeout=300)
    assert worker.returncode == 0, printed
    return printed


def study(address, name="found"):
    return optuna.load_study(study_name=name, storage=open_storage(address))


def wait_for(condition, seconds=150):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def brief(tiny):
    return [*(option for option in tiny if not option.startswith(("output_dir", "+benchmark"))), "name=found"]


@pytest.mark.slow
def test_a_killed_workers_trial_is_failed_and_its_job_goes_on(start, command, brief, tmp_path):
    """SIGKILL takes the worker and the job; the next one enqueues the same values again and resumes the checkpoint."""
    long = [*brief, "trainer.max_steps=100", "trainer.val_check_interval=20"]
    worker = start(long, 2)
    wait_for(lambda: list(tmp_path.glob("runs/found/*/checkpoints/last.ckpt")))
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    kill_jobs(tmp_path)
    (killed,) = tmp_path.glob("runs/found/*-0")
    wait_for(lambda: record.read(killed)["status"] == "interrupted")
    address = str(tmp_path / "runs" / "found" / "study.journal")
    assert [trial.state.name for trial in study(address).trials] == ["RUNNING"]
    search(command, long, 2)
    first, second, third = study(address).trials
    assert (first.state.name, second.state.name, third.state.name) == ("FAIL", "COMPLETE", "COMPLETE")
    assert second.params == first.params and second.user_attrs["again"] == 0
    assert third.params != first.params
    assert second.user_attrs["runs"] == [str(killed)] and record.read(killed)["status"] == "finished"
    steps = [int(row["step"]) for row in tables.read_rows(killed / "metrics.csv") if row["name"] == "train/loss"]
    assert steps == list(range(1, 101))
    assert (killed / "console.log").read_text().count("step 20/100") == 1
    assert not list(tmp_path.glob("runs/found/.worker-*"))


@pytest.mark.slow
def test_two_workers_without_a_shared_disk_share_a_study_in_postgresql(start, brief, tmp_path, postgresql):
    """Both begin at once, in folders of their own; the total is the study's; one that is killed is replaced."""
    long = [*brief, "trainer.max_steps=100", "trainer.val_check_interval=20"]
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    extra = f", storage: '{postgresql}'"
    workers = [start(long, 3, extra, cwd=folder) for folder in folders]
    address = storage_address(postgresql, tmp_path)
    wait_for(lambda: all(list(folder.glob("runs/found/*/checkpoints/last.ckpt")) for folder in folders))
    os.killpg(workers[0].pid, signal.SIGKILL)
    workers[0].wait()
    age_heartbeats(postgresql, study(address))
    printed = ended(workers[1])
    trials = study(address).trials
    lost = [trial for trial in trials if trial.state.name == "FAIL"]
    assert len(lost) == 1 and len(trials) == 4
    (repeat,) = (trial for trial in trials if trial.user_attrs.get("again") == lost[0].number)
    assert repeat.params == lost[0].params and repeat.state.name == "COMPLETE"
    assert len({str(trial.params) for trial in trials}) == 3
    assert all(run.startswith(str(tmp_path / "two")) for run in repeat.user_attrs["runs"])
    assert "3 trials: 3 complete, 0 pruned, 0 failed" in printed


def age_heartbeats(url, found):
    """Say that the dead worker's last heartbeat was five minutes ago, rather than wait for a minute."""
    import psycopg

    dead = next(trial for trial in found.trials if trial.state.name == "RUNNING" and not alive(trial))
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE trial_heartbeats SET heartbeat = heartbeat - interval '5 minutes' WHERE trial_id = %s",
            [dead._trial_id],
        )


def alive(trial):
    return os.path.exists(f"/proc/{trial.user_attrs['worker'].split('-')[-2]}")  # noqa: PTH110


@pytest.mark.slow
def test_an_interrupted_search_stops_its_jobs_and_goes_on(start, command, brief, tmp_path):
    """The worker stops its job, which writes a checkpoint, and tells the study."""
    long = [*brief, "trainer.max_steps=100", "trainer.val_check_interval=20"]
    worker = start(long, 2)
    wait_for(lambda: list(tmp_path.glob("runs/found/*/checkpoints/last.ckpt")))
    os.kill(worker.pid, signal.SIGINT)
    printed, _ = worker.communicate(timeout=150)
    assert worker.returncode
    address = str(tmp_path / "runs" / "found" / "study.journal")
    assert [trial.state.name for trial in study(address).trials] == ["FAIL"], printed
    search(command, long, 2)
    states = [trial.state.name for trial in study(address).trials]
    assert states == ["FAIL", "COMPLETE", "COMPLETE"]


@pytest.mark.slow
@pytest.mark.parametrize("trainer", ["cpu", "ddp"])
def test_a_poor_trial_is_pruned_in_its_job_on_all_devices(trainer, command, brief, tmp_path):
    """Half of the jobs begin with a rate that learns nothing; the record says so, and no process is left."""
    pruner = ", pruner: {_target_: optuna.pruners.MedianPruner, n_startup_trials: 1}"
    extra = f"{pruner}, space: my_space.rates"
    (tmp_path / "my_space.py").write_text(
        "def rates(trial):\n    good = trial.number % 2 == 0\n"
        "    return {'optimizer.lr': 1e-2 if good else 1e-9, 'data.batch_size': 2 * trial.number + 2}\n"
    )
    options = [f"trainer={trainer}", "trainer.max_steps=40", "trainer.val_check_interval=20", "model.skip=none"]
    done = command("train", "-m", *brief, SEARCH.format(2, extra), *options)
    assert done.code == 0, done.err
    runs = [record.read(folder) for folder in sorted(tmp_path.glob("runs/found/*-0"))]
    assert sorted(run["status"] for run in runs) == ["finished", "pruned"]
    (pruned,) = (run for run in runs if run["status"] == "pruned")
    assert "at step 20" in pruned["error"]
    assert pruned["signature"] in {folder.name.removesuffix("-0") for folder in tmp_path.glob("runs/found/*-0")}
    good, poor = study(str(tmp_path / "runs" / "found" / "study.journal")).trials
    assert sorted(good.intermediate_values) == [20, 40] and sorted(poor.intermediate_values) == [20]
    assert "1 complete, 1 pruned, 0 failed" in done.out
    for folder in tmp_path.glob("runs/found/*-0"):
        assert "Traceback" not in (folder / "console.log").read_text()


@pytest.mark.slow
def test_latency_is_an_objective(command, brief, tmp_path, monkeypatch):
    """The front of quality against latency, which sr-profile measured after the training and the record keeps.

    The bug: the newest profile was taken, which may be another process's.
    """
    run = subprocess.run

    def overtaken(*arguments, **keywords):
        done = run(*arguments, **keywords)
        for folder in tmp_path.glob("runs/found/*-0"):
            with record.changing(folder) as facts:
                profiles = facts.get("profiles", [])
                facts["profiles"] = [*profiles, *({**profile, "latency_ms": 1e6} for profile in profiles[:1])]
        return done

    monkeypatch.setattr("sr_experiments.sweep.objectives.subprocess.run", overtaken)
    settings = (
        "sampler: {_target_: optuna.samplers.GridSampler}, objectives: {psnr: maximize, latency_ms: minimize}, "
        "profile: {width: 96, height: 96, repeats: 3}"
    )
    done = command("train", "-m", *brief, "model.width=8,64", "hydra.sweeper.search={" + settings + "}")
    assert done.code == 0, done.err
    for trial in study(str(tmp_path / "runs" / "found" / "study.journal")).trials:
        facts = record.read_json(next(tmp_path.glob(f"runs/found/{trial.user_attrs['signature']}-0")))
        assert trial.values == [facts["validation"]["psnr"], facts["profiles"][0]["latency_ms"]]
        assert facts["profiles"][0]["input"] == [1, 3, 32, 32]


@pytest.mark.slow
def test_a_search_kept_in_a_file_is_selected_with_nothing_else(command, brief, tmp_path):
    """And the command that it prints shows the best run, a finished one."""
    options = [*(option for option in brief if option != "name=found"), "hydra.sweeper.search.n_trials=2"]
    done = command("train", "-m", "sweep=espcn_search", *options)
    assert done.code == 0, done.err
    runs = [record.read(folder) for folder in tmp_path.glob("runs/espcn_search/*-0")]
    assert [run["status"] for run in runs] == ["finished", "finished"]
    assert all(run["choices"]["sweep"] == "espcn_search" for run in runs)
    (again,) = (line.removeprefix("again: ") for line in done.out.splitlines() if line.startswith("again: "))
    shown = command("train", *shlex.split(again)[1:])
    assert shown.code == 0 and "is finished" in shown.out


@pytest.mark.slow
def test_the_dashboard_opens_a_journal_and_a_database(tmp_path, postgresql, port):
    """optuna-dashboard, started for real, lists the study and its trial."""
    journal = storage_address(None, tmp_path)
    for address, name in ((journal, "journal"), (storage_address(postgresql, tmp_path), "database")):
        optuna.create_study(study_name=name, storage=open_storage(address)).add_trial(
            optuna.trial.create_trial(value=31.0)
        )
        dashboard = str(Path(sys.executable).with_name("optuna-dashboard"))
        process = subprocess.Popen([dashboard, address, "--host", "127.0.0.1", "--port", str(port)])
        try:
            wait_for(lambda: fetched(f"http://127.0.0.1:{port}/dashboard"), 60)
            studies = json.loads(fetched(f"http://127.0.0.1:{port}/api/studies") or "{}")["study_summaries"]
            assert [found["study_name"] for found in studies if found["study_name"] == name] == [name]
            assert "<html" in (fetched(f"http://127.0.0.1:{port}/dashboard") or "").lower()
        finally:
            process.kill()
            process.wait()


def fetched(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return None
