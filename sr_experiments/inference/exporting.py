"""Networks as files that others run: ONNX, torch.export's programs, weights."""

import io
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.fx.experimental import _config

from sr_experiments import record
from sr_experiments.console import quiet
from sr_experiments.data.decoded.cache import atomic
from sr_experiments.data.known.catalogue import known_names, known_sets
from sr_experiments.inference.checking import check_close, in_torch
from sr_experiments.inference.graph import Graph
from sr_experiments.inference.network import Network
from sr_experiments.inference.onnx import Onnx
from sr_experiments.inference.reduced import check_price, halve, quantize
from sr_experiments.inference.run import load_network, load_run

INSTALL = "pip install 'sr_experiments[export]'"
ABOUT = "metadata.json"
EXAMPLE = (45, 61)  # no multiple of any window, or an export would hold for multiples alone


def export(run: Path, output: Path, kind: str, precision: str, accepted: float, command: str) -> str:
    """Write a run's network to a file, whole and checked or not at all, and say how near it is.

    `kind`: onnx, pt2 or safetensors. `precision`: float32, fp16 or int8; a file of these two may be `accepted` dB
    below the network. A ValueError where it is not, or where the network cannot be exported.
    """
    network, facts = load_run(run)
    graph = Graph(network)
    said = describe(network, graph, facts, command) | {"precision": precision}
    if precision != "float32" and type(network.color) is int:
        raise ValueError(f"--precision {precision} is measured on photographs, not images of {network.color} channels")
    with atomic(output) as temporary:
        if kind == "onnx":
            return _write_onnx(temporary, network, graph, said, accepted)
        if kind == "pt2":
            return _write_program(temporary, network, graph, said)
        said |= {"model": json.dumps(facts["config"]["model"]), "color": str(network.color)}
        _write_weights(run, temporary, said)
        again = in_torch(load_network(facts["config"], temporary))
        return check_close(again, network) if precision == "float32" else check_price(again, network, accepted)


def _write_onnx(path: Path, network: Network, graph: Graph, said: dict[str, str], accepted: float) -> str:
    file = onnx_bytes(graph, said)
    path.write_bytes(file)
    told = check_close(Onnx(path), network)
    if said["precision"] == "float32":
        return told
    path.write_bytes(halve(file) if said["precision"] == "fp16" else quantize(file, graph.scale))
    return check_price(Onnx(path), network, accepted)


def _write_program(path: Path, network: Network, graph: Graph, said: dict[str, str]) -> str:
    """Of the two ways of torch.export the one that leaves sides of a few pixels open: some networks want each."""
    failure: Exception | None = None
    for oblivious in (False, True):
        try:
            path.write_bytes(program_bytes(graph, said, oblivious))
            return check_close(torch.export.load(io.BytesIO(path.read_bytes())).module(), network)
        except Exception as error:  # exporters, and guards of what they exported, raise anything
            failure = error
    raise ValueError(f"its network cannot be exported to torch's format: {failure}")


def describe(network: Network, graph: Graph, facts: record.Record, command: str) -> dict[str, str]:
    """What a file says of itself, by name."""
    said = {
        "scale": str(graph.scale),
        "color": str(network.color if network.channels == graph.channels else "rgb"),
        "channels": str(graph.channels),
        "range": "0 to 1",
        "network": facts["choices"].get("model", "unknown"),
        "scores": json.dumps(_scores(facts)),
        "command": command,
    }
    if network.tile_field is not None:
        said["receptive_field"] = str(network.tile_field)
    data = facts["choices"].get("data")
    if data in known_names():
        learnt = known_sets(data)
        said |= {"learnt_from": ", ".join(each.folder for each in learnt)}
        said |= {"data_licence": "; ".join(f"{each.folder}: {each.licence}" for each in learnt)}
    return said


def _scores(facts: record.Record) -> list[dict[str, Any]]:
    kept = ("benchmark", "protocol", "metric", "value")
    return [{name: score.get(name) for name in kept} for score in facts.get("scores", [])]


def onnx_bytes(graph: Graph, said: dict[str, str]) -> bytes:
    """An ONNX file of images of any height and width, which says `said` as its metadata."""
    try:
        import onnxscript  # noqa: F401 (torch's exporter needs it)
    except ImportError as error:
        raise ValueError(
            f"writing ONNX files needs onnxscript: pip install 'sr_experiments[export]' ({error})"
        ) from None
    with quiet():
        try:
            program = torch.onnx.export(
                _program(graph), dynamo=True, input_names=["image"], output_names=["enlarged"], verbose=False
            )
        except Exception as error:  # exporters raise anything
            raise ValueError(f"its network cannot be exported to ONNX: {error}") from error
    assert program is not None
    model = program.model_proto
    for each in (*model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del each.metadata_props[:]  # where in the source each comes from
    for key, value in said.items():
        model.metadata_props.add(key=key, value=value)
    return model.SerializeToString()


def program_bytes(graph: Graph, said: dict[str, str], oblivious: bool = False) -> bytes:
    """A file that torch.export.load reads, of images of any height and width; `said` lies in it.

    `oblivious`: torch's `backed_size_oblivious`, where sides of one pixel are no case of their own.
    """
    file = io.BytesIO()
    with quiet():
        torch.export.save(_program(graph, oblivious), file, extra_files={ABOUT: json.dumps(said, indent=1)})
    return file.getvalue()


def _write_weights(run: Path, path: Path, said: dict[str, str]) -> None:
    """A safetensors file of a run's weights, which says `said`."""
    tensors = load_file(record.own_file(run, "weights.safetensors"))
    if said["precision"] == "fp16":
        tensors = {name: value.half() if value.is_floating_point() else value for name, value in tensors.items()}
    save_file(tensors, path, said)


def _program(graph: Graph, oblivious: bool = False) -> torch.export.ExportedProgram:
    example, open_size = torch.rand(1, graph.channels, *EXAMPLE), torch.export.Dim.DYNAMIC
    way = _config.patch(backed_size_oblivious=oblivious)  # pyright: ignore[reportAttributeAccessIssue]
    with quiet(), torch.no_grad(), way:
        program = torch.export.export(graph.eval(), (example,), dynamic_shapes=({2: open_size, 3: open_size},))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # paths of this machine
    return program
