"""Steps that cost less learn the same, but for rounding, and go on exactly."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from sr_experiments import record
from sr_experiments.callbacks import fast
from sr_experiments.callbacks.fast import Fast
from sr_experiments.callbacks.progress import Progress
from sr_experiments.config import build
from sr_experiments.model.pace import Pace, Way, limited

pytestmark = pytest.mark.slow


def test_a_fast_run_learns_the_same(command, tiny, tmp_path, monkeypatch):
    seen = []

    def look(_, trainer, module, *__):
        weight, group = module.network.encoder[0].weight, trainer.optimizers[0].param_groups[0]
        seen.append((group["fused"], weight.is_contiguous(memory_format=torch.channels_last)))

    monkeypatch.setattr(Progress, "on_train_batch_end", look)
    assert command("train", *tiny).code == 0
    assert seen == 4 * [(None, False)]
    del seen[:]
    done = command("train", *tiny, "trainer=fast", "callbacks.fast.bfloat16=false", "output_dir=fast")
    assert done.code == 0, done.err
    assert "trainer=fast: float32, channels" in done.out
    kept = record.read(tmp_path / "fast")
    assert seen == 4 * [(True, kept["fast"]["channels_last"])] and not kept["fast"]["bfloat16"]
    plain, changed = (load_file(tmp_path / run / "weights.safetensors") for run in ("run", "fast"))
    assert all(torch.allclose(changed[name], plain[name], atol=1e-5) for name in plain)
    assert kept["choices"]["trainer"] == "fast"


def test_a_way_in_bfloat16_is_trained_in_kept_and_measured_in_float32(command, killed, tiny, tmp_path, monkeypatch):
    seen, bfloat16 = [], Way(channels_last=True, bfloat16=True)

    def look(_, trainer, *__):
        seen.append(trainer.precision)

    def slower(*_):
        raise AssertionError("a training that goes on measures nothing")

    monkeypatch.setattr(Progress, "on_train_batch_end", look)
    monkeypatch.setattr(fast, "paces", lambda *_: {bfloat16: Pace(1.0, 1.0)})
    killed(*tiny, "trainer=fast", "output_dir=stopped", after=3)
    assert command("train", *tiny, "trainer=fast", "output_dir=whole").code == 0
    monkeypatch.setattr(fast, "paces", slower)
    assert command("train", *tiny, "trainer=fast", "output_dir=stopped").code == 0
    assert set(seen) == {"bf16-mixed"}
    whole, stopped = (load_file(tmp_path / run / "weights.safetensors") for run in ("whole", "stopped"))
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)
    assert record.read(tmp_path / "stopped")["fast"] == bfloat16._asdict()


def test_each_training_step_is_compiled_and_no_validation(command, tiny, monkeypatch, request):
    request.addfinalizer(lambda: torch.compiler.set_stance("default"))
    calls = []

    def backend(graph, _):
        return lambda *given: calls.append(torch.is_grad_enabled()) or graph(*given)

    monkeypatch.setattr(fast, "compile_steps", lambda network: network.compile(backend=backend, dynamic=False))
    done = command("train", *tiny, "trainer=fast", "callbacks.fast.compiled=true")
    assert done.code == 0, done.err
    assert calls == 4 * [True]


def test_steps_take_the_threads_of_their_way_and_all_else_takes_every_thread():
    trainer: Any = SimpleNamespace(optimizers=[], state=SimpleNamespace(fn="fit"))
    module: Any = None
    with limited(3):
        callback = Fast(bfloat16=True, compiled=False)
        callback.way = Way(threads=1)
        callback.on_train_start(trainer, module)
        assert torch.get_num_threads() == 1
        callback.on_validation_start(trainer, module)
        assert torch.get_num_threads() == 3
        callback.on_validation_end(trainer, module)
        assert torch.get_num_threads() == 1
        callback.on_exception(trainer, module, KeyboardInterrupt())
        assert torch.get_num_threads() == 3


def test_transposed_convolutions_and_skips_become_convolutions(compose):
    network = build(compose("model=fsrcnn", "scale=3"), "model")
    nn.init.normal_(network.head.weight)
    low = torch.rand(1, 3, 14, 15)
    nobody, module = SimpleNamespace(), SimpleNamespace(network=network)
    expected = network(low)
    Fast(bfloat16=True, compiled=False).setup(nobody, module, "test")  # pyright: ignore[reportArgumentType]
    assert network.as_convolution and network.head.as_convolution
    torch.testing.assert_close(network(low), expected)
