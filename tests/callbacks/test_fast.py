"""Steps that cost less learn the same, but for rounding, and go on exactly."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from sr_experiments import record
from sr_experiments.callbacks.fast import Fast
from sr_experiments.callbacks.progress import Progress
from sr_experiments.model.head.transposed import TransposedHead

pytestmark = pytest.mark.slow


def test_a_fast_run_learns_the_same_and_goes_on_exactly(command, killed, tiny, tmp_path, monkeypatch):
    seen = []

    def look(_, trainer, module, *__):
        weight, group = module.network.encoder[0].weight, trainer.optimizers[0].param_groups[0]
        seen.append((group["fused"], weight.is_contiguous(memory_format=torch.channels_last)))

    monkeypatch.setattr(Progress, "on_train_batch_end", look)
    assert command("train", *tiny).code == 0
    assert seen == 4 * [(None, False)]
    killed(*tiny, "trainer=fast", "output_dir=stopped", after=3)
    del seen[:]
    for run in ("stopped", "fast"):
        done = command("train", *tiny, "trainer=fast", f"output_dir={run}")
        assert done.code == 0, done.err
    assert seen == 6 * [(True, True)]
    plain, fast, stopped = (load_file(tmp_path / run / "weights.safetensors") for run in ("run", "fast", "stopped"))
    assert all(torch.allclose(fast[name], plain[name], atol=1e-5) for name in plain)
    assert all(torch.equal(fast[name], stopped[name]) for name in plain)
    assert record.read(tmp_path / "fast")["choices"]["trainer"] == "fast"


def test_transposed_convolutions_become_convolutions():
    head = TransposedHead(width=3, channels=1, scale=3, kernel_size=9)
    low = torch.rand(1, 3, 4, 5)
    nobody: Any = None
    module: Any = SimpleNamespace(network=torch.nn.Sequential(head))
    expected = head(low)
    Fast().setup(nobody, module, "fit")
    assert head.as_convolution
    torch.testing.assert_close(head(low), expected)
