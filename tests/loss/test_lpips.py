"""LPIPS as a loss."""

import pytest
import torch
from torchmetrics.functional.image import lpips
from torchmetrics.functional.image.lpips import learned_perceptual_image_patch_similarity

from sr_experiments.config import build

pytest.importorskip("torchvision")


@pytest.mark.slow
def test_it_is_torchmetrics_and_reaches_the_network_alone(compose, monkeypatch):
    """With features that were not trained, as ImageNet's are downloaded."""
    from torchvision.models import vgg

    torch.manual_seed(0)
    untrained = vgg.make_layers(vgg.cfgs["D"])
    monkeypatch.setattr(lpips, "_get_tv_model_features", lambda *_: untrained)
    loss = build(compose("loss=lpips")["loss"]["lpips"], "criterion")
    output, target = torch.rand(2, 2, 3, 40, 33).unbind()
    value = loss(output.requires_grad_(), target)
    value.backward()
    expected = learned_perceptual_image_patch_similarity(output.detach(), target, net_type="vgg", normalize=True)
    assert value.item() == pytest.approx(expected.item()) and output.grad is not None and output.grad.abs().min() > 0
    assert not loss.state_dict() and all(parameter.grad is None for parameter in untrained.parameters())
