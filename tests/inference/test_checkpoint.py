"""Networks that spandrel knows, against spandrel itself."""

import pytest
import torch
from conftest import SPANDREL, published
from safetensors.torch import save_file
from torch import nn

from sr_experiments.inference.checkpoint import checkpoint
from sr_experiments.inference.tiles import Tiles

spandrel = pytest.importorskip("spandrel")


@pytest.mark.parametrize("size", [(12, 19), (1, 7), (16, 16)])
@pytest.mark.parametrize("name", SPANDREL)
def test_gives_what_spandrel_gives(tmp_path, name, size):
    torch.save(published(name), tmp_path / "net.pth")
    direct = spandrel.ModelLoader().load_from_file(tmp_path / "net.pth").eval()
    low = torch.rand(1, 3, *size)
    network = checkpoint(path=tmp_path / "net.pth")
    assert direct.architecture.name == name
    with torch.inference_mode():
        assert torch.equal(network(low), direct(low))


def test_safetensors_and_wrapped_state_dicts(tmp_path):
    weights = published("SPAN")
    torch.save({"params_ema": weights}, tmp_path / "net.pth")
    save_file(weights, tmp_path / "net.safetensors")
    low = torch.rand(1, 3, 8, 8)
    with torch.inference_mode():
        first, second = (checkpoint(path=tmp_path / name)(low) for name in ("net.pth", "net.safetensors"))
    assert torch.equal(first, second)


def test_tiles_equal_the_untiled_result(tmp_path):
    torch.save(published("ESRGAN"), tmp_path / "net.pth")
    network, low = checkpoint(path=tmp_path / "net.pth"), torch.rand(1, 3, 50, 70)
    tiles = Tiles(network, tile=32, scale=2, receptive_field=network.receptive_field)
    assert not tiles.blended
    with torch.inference_mode():
        torch.testing.assert_close(tiles(low), network(low), rtol=0, atol=1e-6)


def test_scale_and_color_are_the_files(tmp_path):
    torch.save(published("SPAN"), tmp_path / "net.pth")
    network = checkpoint(path=tmp_path / "net.pth")
    assert (network.scale, network.color, network.channels) == (2, "rgb", 3)


def test_files_that_hold_no_network_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"found nothing at .*none\.pth"):
        checkpoint(path=tmp_path / "none.pth")
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "linear.pth")
    with pytest.raises(ValueError, match=r"linear\.pth holds no network that spandrel"):
        checkpoint(path=tmp_path / "linear.pth")
    for name in ("text.pth", "text.safetensors"):
        (tmp_path / name).write_text("no weights")
        with pytest.raises(ValueError, match=f"{name}: no state dict that can be read safely"):
            checkpoint(path=tmp_path / name)


def test_torchscript_is_refused(tmp_path):
    torch.jit.save(torch.jit.script(nn.Identity()), tmp_path / "script.pt")
    with pytest.raises(ValueError, match=r"script\.pt: no state dict that can be read safely"):
        checkpoint(path=tmp_path / "script.pt")


def test_code_in_a_file_is_not_run(tmp_path):
    torch.save({"params": Hostile(tmp_path / "was_run")}, tmp_path / "hostile.pth")
    with pytest.raises(ValueError, match="no state dict that can be read safely"):
        checkpoint(path=tmp_path / "hostile.pth")
    assert not (tmp_path / "was_run").exists()


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return type(self.path).touch, (self.path,)
