"""What runs a light network fastest on this machine: torch, or onnxruntime where that is installed."""

import hashlib
import json
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from sr_experiments.channels import CHANNELS
from sr_experiments.data.decoded.cache import atomic, cache_root
from sr_experiments.environment import environment
from sr_experiments.inference.at_once import at_once
from sr_experiments.inference.checking import Call, check_close
from sr_experiments.inference.exporting import onnx_bytes
from sr_experiments.inference.graph import Graph
from sr_experiments.inference.network import Network
from sr_experiments.inference.onnx import Onnx
from sr_experiments.record import weights_file

KEPT = "exported"  # the folder in the cache
RGB = CHANNELS["rgb"]
LIGHT = 100_000  # parameters: to export larger networks takes minutes
NEEDED = ("onnx", "onnxruntime", "onnxscript")
TRIED, ROUNDS = (1, 3, 192, 192), 3


class InTorch:
    """A graph in torch, its numbers in the order that convolutions are fastest with on a CPU."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph.eval().to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def __call__(self, low: Tensor) -> Tensor:
        return self.graph(low.contiguous(memory_format=torch.channels_last))


def in_torch(network: Network) -> dict[int, Call]:
    """What makes of images `(1, C, h, w)` in [0, 1] what the network makes, clamped, faster on a CPU; by their C.

    RGB, and grey of a network of luma; none for networks that are not light, or of another kind.
    """
    light = 0 < (network.parameters or 0) <= LIGHT
    if not light or network.color not in CHANNELS or network.scale != int(network.scale):
        return {}
    return dict.fromkeys({RGB, network.channels}, InTorch(Graph(network)))


def fastest(network: Network, folder: Path) -> dict[int, Call]:
    """The same of a run's network, of RGB by onnxruntime where that is installed and faster.

    The network is exported once, and both ways are timed once for a machine and number of threads; the file and the
    times lie in the cache. Not where there is a GPU.
    """
    calls = in_torch(network)
    if not calls or torch.cuda.is_available() or not all(map(find_spec, NEEDED)):
        return calls
    try:
        path = _exported(network, folder)
        in_onnxruntime = Onnx(path, threads=1)
        faster = _is_faster(in_onnxruntime, calls[RGB], path.parent)
    except (OSError, ValueError):  # no room or no export: torch does as well
        return calls
    return {**calls, RGB: in_onnxruntime} if faster else calls


def _exported(network: Network, folder: Path) -> Path:
    """The network's file in the cache, made and checked where there is none."""
    versions = [version(package) for package in ("sr_experiments", "torch", *NEEDED)]
    about = f"{network.module} {network.scale} {network.color} {versions}"
    key = hashlib.blake2b(weights_file(folder).read_bytes() + about.encode(), digest_size=8).hexdigest()
    path = cache_root() / KEPT / key / "network.onnx"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic(path) as temporary:
            temporary.write_bytes(onnx_bytes(Graph(network), {}))
            check_close(Onnx(temporary), network)
    return path


def _is_faster(in_onnxruntime: Call, in_torch: Call, folder: Path) -> bool:
    machine = f"{environment({})['machine']} {torch.get_num_threads()} threads"
    known = folder / f"times-{hashlib.blake2b(machine.encode(), digest_size=4).hexdigest()}.json"
    if not known.exists():
        seconds = {"onnxruntime": _seconds(in_onnxruntime), "torch": _seconds(in_torch)}
        with atomic(known) as temporary:
            temporary.write_text(json.dumps({"machine": machine, **seconds}) + "\n")
    seconds = json.loads(known.read_text())
    return seconds["onnxruntime"] < seconds["torch"]


def _seconds(call: Call) -> float:
    """How long pieces take, one for each of torch's threads at once, the best of some rounds."""
    threads, times = torch.get_num_threads(), []
    pieces = [torch.rand(TRIED)] * threads
    with at_once(threads) as mapping:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            list(mapping(torch.no_grad()(call), pieces))
            times.append(time.perf_counter() - began)
    return min(times)
