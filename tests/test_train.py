"""sr-train from end to end."""

import json


def test_a_run_leaves_what_the_design_says(command, tiny, tmp_path):
    done = command("train", *tiny)
    assert done.code == 0, done.err
    run = tmp_path / "run"
    record = json.loads((run / "run.json").read_text())
    assert record["status"] == "finished"
    assert (run / "weights.safetensors").exists()
    again = command("train", *tiny)
    assert "is finished" in again.out
