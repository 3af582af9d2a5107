"""Networks exported to ONNX, by whatever framework."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sr_experiments.color import channels

INSTALL = "pip install 'sr_experiments[onnx]'"


class Onnx:
    """An ONNX file with one input and one output, images `(1, C, H, W)` in [0, 1] as float32, run by onnxruntime.

    Runs on the CPU with as many threads as torch has. A ValueError where the file is of another kind or `color`.
    """

    def __init__(self, *, path: str | Path, color: str) -> None:
        self.path = Path(path).expanduser()
        self.session = _session(self.path)
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
            found = ", ".join(f"{node.name}: {node.type} {node.shape}" for node in [*inputs, *outputs])
            raise ValueError(f"{path}: expected one float32 image (1, C, H, W) in and one out, found {found}")
        self.name, seen = inputs[0].name, inputs[0].shape[1]
        if isinstance(seen, int) and seen != channels(color):
            raise ValueError(f"{path} sees {seen} channel(s), but color={color} has {channels(color)}")

    def __call__(self, low: Tensor) -> Tensor:
        try:
            (high,) = self.session.run(None, {self.name: low.cpu().numpy()})
        except Exception as error:
            raise ValueError(f"{self.path} refused an image {tuple(low.shape)}: {error}") from error
        return torch.from_numpy(high).to(low)


def _session(path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"model.path: expected an ONNX file, found nothing at {path}")
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError(f"{path}: running ONNX files needs onnxruntime: {INSTALL} ({error})") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ValueError(f"{path}: no ONNX file that can be run ({error})") from error
