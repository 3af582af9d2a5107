"""What a profiled training leaves."""

import json

import pytest
from safetensors.torch import load_file

from sr_experiments import record

pytestmark = pytest.mark.slow


def test_a_profiled_training_is_the_same_and_leaves_a_trace_and_its_sums(command, little, tmp_path):
    steps = ["trainer.max_steps=8", "trainer.val_check_interval=8"]
    for name, profiler in (("plain", "null"), ("seen", "pytorch")):
        assert command("train", *little, *steps, f"trainer.profiler={profiler}", f"output_dir={name}").code == 0
    plain, seen = tmp_path / "plain", tmp_path / "seen"
    assert record.read(plain)["signature"] == record.read(seen)["signature"]
    weights = load_file(plain / "weights.safetensors")
    assert all((weights[name] == value).all() for name, value in load_file(seen / "weights.safetensors").items())
    assert not [*plain.glob("trace.*")]
    names = [event["name"] for event in json.loads((seen / "trace.json").read_text())["traceEvents"]]
    assert names.count("run_training_batch") == 2
    assert "aten::convolution_backward" in names
    assert "aten::convolution_backward" in (seen / "trace.txt").read_text()
