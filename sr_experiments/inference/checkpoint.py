"""Other people's networks, from the files that they published."""

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from sr_experiments.color import channels

INSTALL = "pip install 'sr_experiments[spandrel]'"


class Checkpoint(nn.Module):
    """A published state dict (`.pth`, `.pt`, `.ckpt`, `.safetensors`) whose architecture spandrel recognises.

    Takes and returns images in [0, 1], as `spandrel.ImageModelDescriptor` does; its parameters are not for training.
    A ValueError where the file holds no super-resolution network of this `scale` and `color`.
    """

    def __init__(self, *, path: str | Path, scale: int, color: str) -> None:
        super().__init__()
        self.descriptor = _descriptor(Path(path).expanduser())
        found = self.descriptor.scale, self.descriptor.input_channels
        if found != (scale, channels(color)):
            raise ValueError(
                f"{path} holds {self.descriptor.architecture.name}, a network of scale={found[0]} that sees {found[1]} "
                f"channel(s); this run has scale={scale} and color={color}, {channels(color)} channel(s)"
            )
        self.network: nn.Module = self.descriptor.model.eval().requires_grad_(False)

    def forward(self, low: Tensor) -> Tensor:
        return self.descriptor(low)


def _descriptor(path: Path) -> Any:
    weights = _weights(path)
    try:
        import spandrel
    except ImportError as error:
        raise ValueError(f"{path}: reading other people's networks needs spandrel: {INSTALL} ({error})") from error
    try:
        found = spandrel.ModelLoader().load_from_state_dict(spandrel.canonicalize_state_dict(weights))
    except (spandrel.UnsupportedModelError, RuntimeError, KeyError) as error:
        raise ValueError(f"{path} holds no network that spandrel {spandrel.__version__} knows: {error}") from error
    if found.purpose not in ("SR", "FaceSR"):
        raise ValueError(f"{path} holds {found.architecture.name}, a network for {found.purpose}, not for SR")
    return found


def _weights(path: Path) -> dict[str, Any]:
    """A file's tensors; nothing else in it is unpickled."""
    if not path.is_file():
        raise ValueError(f"model.path: expected a file of weights, found nothing at {path}")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, LookupError) as error:
        raise ValueError(f"{path}: no state dict that can be read safely ({str(error).splitlines()[0]})") from error
