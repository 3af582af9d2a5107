"""ONNX files of fewer bits, and what they cost."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sr_experiments.console import quiet
from sr_experiments.data.photos import photos
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.files.images import read_image
from sr_experiments.inference.checking import Call, in_torch
from sr_experiments.inference.network import Network
from sr_experiments.metrics.protocol import Protocol

CALIBRATION = ("coffee", "rocket", "ihc", "brick", "grass", "gravel")  # photographs that scikit-image ships
MEASURED = ("astronaut", "chelsea", "camera")
SIDE = 48  # of what is seen of each for calibration, in low-resolution pixels
PERCENTILE = 99.99
FEW = 64  # numbers that are not worth rounding


def halve(file: bytes) -> bytes:
    """An ONNX file whose weights lie in it as float16; they are read as float32, which all is computed in."""
    import onnx

    model = onnx.load_from_string(file)
    for tensor in model.graph.initializer:
        values, name = onnx.numpy_helper.to_array(tensor), tensor.name
        if values.dtype != np.float32 or values.size < FEW:
            continue
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        cast = onnx.helper.make_node("Cast", [tensor.name], [name], to=onnx.TensorProto.FLOAT)
        model.graph.node.insert(0, cast)
    return model.SerializeToString()


def quantize(file: bytes, scale: int) -> bytes:
    """An ONNX file whose convolutions work on whole numbers of 8 bits, chosen by a percentile of what photographs make.

    What sees the image itself, the first layer and the skip, stays in float.
    """
    import onnx
    from onnxruntime import quantization

    class Images(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self.images = _seen(scale)

        def get_next(self) -> Any:
            low = next(self.images, None)
            return None if low is None else {"image": low.numpy()}

    model = onnx.load_from_string(file)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "int8.onnx")
        with quiet():
            quantization.quantize_static(
                model,
                path,
                Images(),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                op_types_to_quantize=["Conv"],
                nodes_to_exclude=_first_layers(model),
                calibrate_method=quantization.CalibrationMethod.Percentile,
                extra_options={"CalibPercentile": PERCENTILE},
            )
        return path.read_bytes()


def _first_layers(model: Any) -> list[str]:
    """The names of the convolutions between which and the image there is no other."""
    raw, found = {model.graph.input[0].name}, []
    for node in model.graph.node:
        if not raw & set(node.input):
            continue
        if node.op_type == "Conv":
            found.append(node.name)
        else:
            raw |= set(node.output)
    return found


def _seen(scale: int) -> Iterator[Tensor]:
    for path in photos(names=CALIBRATION):
        yield bicubic(read_image(path), scale=scale)[None, :, :SIDE, :SIDE].float() / 255


def check_price(call: Call, network: Network, accepted: float) -> str:
    """What a file costs, in words; a ValueError where that is more dB than `accepted`."""
    if (lost := price(call, network)) <= accepted:
        return f"{lost:.3f} dB below the network (PSNR on Y, the mean of {', '.join(MEASURED)})"
    raise ValueError(
        f"it would cost {lost:.3f} dB of PSNR (the mean of {', '.join(MEASURED)}), so it is not kept: "
        f"--accept-loss {lost + 0.001:.3f} takes it all the same"
    )


def price(call: Call, network: Network) -> float:
    """How many dB of PSNR (Y, *standard* protocol) a file is below its network, the mean over three photographs."""
    scale = int(network.scale)
    protocol, lost = Protocol(name="standard", color="y", shave=scale), []
    for path in photos(names=MEASURED):
        high = read_image(path)
        height, width = (side // scale * scale for side in high.shape[-2:])
        high = high[None, :, :height, :width]
        low = bicubic(high, scale=scale).float() / 255
        with torch.inference_mode():
            errors = [_error(*protocol(each(low), high)) for each in (in_torch(network), call)]
        lost.append(10 * float(torch.log10(errors[1] / errors[0])))
    return fmean(lost)


def _error(output: Tensor, target: Tensor) -> Tensor:
    return (output - target).square().mean()
