"""Cores and GPUs shared out among jobs."""

import threading
from contextlib import ExitStack

import pytest

from sr_experiments.sweep.launch import smaller_batch
from sr_experiments.sweep.shares import Shares, cores

ONE_GPU, TWO_GPUS, CPU = ({"accelerator": name, "devices": n} for name, n in (("gpu", 1), ("gpu", 2), ("cpu", 1)))


@pytest.fixture
def gpus(monkeypatch):
    """Say which GPUs there are, as a scheduler would."""
    return lambda *names: monkeypatch.setenv("CUDA_VISIBLE_DEVICES", ",".join(names))


def test_jobs_at_once_get_different_gpus_and_then_share(gpus):
    gpus("2", "5")
    shares = Shares(jobs=4, threads=None)
    with ExitStack() as stack:
        lent = [stack.enter_context(shares.lend(ONE_GPU))["CUDA_VISIBLE_DEVICES"] for _ in range(4)]
    assert sorted(lent[:2]) == ["2", "5"] and sorted(lent) == ["2", "2", "5", "5"]


def test_a_job_of_two_devices_waits_for_two_gpus_beside_jobs_of_one(gpus):
    gpus("0", "1")
    shares, order = Shares(jobs=2, threads=None), []

    def two() -> None:
        with shares.lend(TWO_GPUS) as lent:
            order.append(lent["CUDA_VISIBLE_DEVICES"])

    with shares.lend(ONE_GPU):
        waiting = threading.Thread(target=two)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        order.append("one")
    waiting.join(5)
    assert order[0] == "one" and sorted(order[1].split(",")) == ["0", "1"]


def test_cores_are_shared_out_among_jobs_and_their_ranks(gpus):
    gpus()
    assert Shares(jobs=1, threads=None).threads == cores()
    shares = Shares(jobs=2, threads=8)
    with shares.lend(CPU) as one, shares.lend({**CPU, "devices": 2}) as two:
        assert (one, two) == ({"OMP_NUM_THREADS": "8"}, {"OMP_NUM_THREADS": "4"})
    with shares.lend(ONE_GPU) as none:
        assert "CUDA_VISIBLE_DEVICES" not in none


def test_more_devices_than_there_are_do_not_wait_for_ever(gpus):
    gpus("0")
    with Shares(jobs=1, threads=1).lend(TWO_GPUS) as lent:
        assert lent["CUDA_VISIBLE_DEVICES"] == "0"


@pytest.mark.parametrize(
    ("batch", "trainer", "smaller"),
    [
        (16, {"devices": 2}, 8),
        (6, {"devices": 2}, 2),
        (5, {}, 1),
        (4, {"devices": 2, "num_nodes": 2}, 0),
        (12, {"devices": [0, 3], "num_nodes": 2}, 4),
        (1, {"devices": "auto"}, 0),
    ],
)
def test_a_smaller_batch_makes_up_the_whole_one_and_is_shared_evenly(batch, trainer, smaller):
    assert smaller_batch({"data": {"batch_size": batch}, "trainer": trainer}) == smaller
