"""Networks exported to ONNX, by whatever framework."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sr_experiments.channels import channels
from sr_experiments.inference.network import Network

INSTALL = "pip install 'sr_experiments[onnx]'"


def onnx(*, path: str | Path, scale: float, color: str | int) -> Network:
    """An ONNX file with one input and one output, images `(1, C, H, W)` in [0, 1] as float32, run by onnxruntime.

    Of its metadata `scale`, `color` and `receptive_field` are taken; `scale` and `color` stand in for those that it
    lacks. A ValueError where the file is of another kind or color.
    """
    made = Onnx(Path(path).expanduser())
    network = Network(made, scale=made.said.get("scale", scale), color=made.said.get("color", color))
    if made.seen not in (None, network.channels):
        raise ValueError(f"{path} sees {made.seen} channel(s), but color={network.color} has {network.channels}")
    return network


class Onnx:
    """Runs the ONNX file at `path` on the CPU; a ValueError where it is none.

    `threads`: how many share each layer; None for as many as torch has.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.path = path
        self.session = _session(self.path, threads or torch.get_num_threads())
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
            found = ", ".join(f"{node.name}: {node.type} {node.shape}" for node in [*inputs, *outputs])
            raise ValueError(f"{path}: expected one float32 image (1, C, H, W) in and one out, found {found}")
        self.name, seen = inputs[0].name, inputs[0].shape[1]
        self.seen = seen if isinstance(seen, int) else None
        self.said = _said(self.session.get_modelmeta().custom_metadata_map, path)
        self.receptive_field = self.said.get("receptive_field")

    def __call__(self, low: Tensor) -> Tensor:
        try:
            (high,) = self.session.run(None, {self.name: low.cpu().numpy()})
        except Exception as error:
            raise ValueError(f"{self.path} refused an image {tuple(low.shape)}: {error}") from error
        return torch.from_numpy(high).to(low)


def _said(metadata: dict[str, str], path: Path) -> dict[str, Any]:
    """What a file says of itself."""
    try:
        said = {key: json.loads(metadata[key]) for key in ("scale", "receptive_field") if key in metadata}
        if not all(isinstance(number, int | float) and number > 0 for number in said.values()):
            raise ValueError("expected positive numbers")
        if color := metadata.get("color"):
            said["color"] = int(color) if color.isdecimal() else color
            channels(said["color"])
    except ValueError as error:
        raise ValueError(f"{path}: its metadata {metadata}: {error}") from error
    return said


def _session(path: Path, threads: int) -> Any:
    if not path.is_file():
        raise ValueError(f"model.path: expected an ONNX file, found nothing at {path}")
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError(f"{path}: running ONNX files needs onnxruntime: {INSTALL} ({error})") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ValueError(f"{path}: no ONNX file that can be run ({error})") from error
