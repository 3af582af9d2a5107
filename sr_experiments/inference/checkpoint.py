"""Other people's networks, from the files that they published."""

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from sr_experiments.channels import CHANNELS
from sr_experiments.inference.network import Network

INSTALL = "pip install 'sr_experiments[spandrel]'"


def checkpoint(*, path: str | Path) -> Network:
    """A published state dict (`.pth`, `.pt`, `.ckpt`, `.safetensors`) whose architecture spandrel recognises.

    Its scale and color are the architecture's. A ValueError where the file holds no network for super-resolution.
    """
    found = _descriptor(Path(path).expanduser())
    colors = {channels: color for color, channels in CHANNELS.items()}
    if found.input_channels not in colors:
        kind = f"{found.architecture.name}, a network that sees {found.input_channels} channels"
        raise ValueError(f"{path} holds {kind}: expected one of {' or '.join(map(str, colors))}")
    return Network(_Described(found), scale=found.scale, color=colors[found.input_channels])


class _Described(nn.Module):
    """Takes and returns images in [0, 1], as `spandrel.ImageModelDescriptor` does."""

    def __init__(self, descriptor: Any) -> None:
        super().__init__()
        self.descriptor, self.network = descriptor, descriptor.model.requires_grad_(False)

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
