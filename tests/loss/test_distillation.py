"""A network that learns from another."""

import pytest
import torch

from sr_experiments.inference.run import load_run
from sr_experiments.inference.teacher import Teacher
from sr_experiments.loss.distillation import Distillation
from sr_experiments.loss.prediction import Prediction

pytestmark = pytest.mark.slow


@pytest.fixture
def teacher(command, tiny) -> str:
    assert command("train", *tiny[:-1], "output_dir=teacher").code == 0
    return "teacher"


def test_a_student_is_compared_with_its_teacher_which_is_kept_nowhere(command, tiny, teacher, tmp_path):
    told = load_run(tmp_path / teacher).network
    low = torch.rand(2, 3, 6, 7)
    criterion = Distillation(teacher=Teacher(run=teacher, scale=3, color="rgb"))
    output = torch.rand(2, 3, 18, 21, requires_grad=True)
    loss = criterion(Prediction(low, torch.zeros_like(output), output))
    torch.testing.assert_close(loss, (output - told(low)).abs().mean())
    loss.backward()
    assert output.grad is not None and not list(criterion.parameters()) and not criterion.state_dict()
    options = ["model.encoder.features=4", "loss=[l1,distillation]", "loss.l1.weight=0", "callbacks=[default,ema]"]
    refused = command("train", *tiny, *options, f"loss.distillation.run={teacher}")
    assert refused.code == 1 and "loss l1 changes no parameter" in refused.err
    done = command("train", *tiny, *options, "loss.l1.weight=0.5", f"loss.distillation.run={teacher}")
    assert done.code == 0, done.err
    state = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    assert {name.split(".")[0] for name in state} <= {"network", "val_psnr"}


def test_a_teacher_of_another_scale_is_refused(command, tiny):
    done = command("train", *tiny, "loss=[l1,distillation]", "loss.distillation.run=espcn_x2")
    assert done.code == 1 and "student's scale=3 color=rgb, this one scale=2 color=y" in done.err
    assert "Traceback" not in done.err
