"""Every network of conf/model at ×2 as ONNX and torch.export: how far its files are from torch, at seven sizes."""

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from sr_experiments.color import image_of
from sr_experiments.config import networks
from sr_experiments.environment import environment
from sr_experiments.facts import seeded_network
from sr_experiments.inference.checking import CLOSE, SIZES, differences
from sr_experiments.inference.exporting import onnx_bytes, program_bytes
from sr_experiments.inference.graph import Graph
from sr_experiments.inference.network import Network
from sr_experiments.inference.onnx import Onnx


class Spread(nn.Module):
    """A network that has learnt nothing, its results moved to where nothing is clamped: mean 0.5, deviation 0.1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        with torch.no_grad():
            high = image_of(network(torch.rand(1, 3, 32, 32)))
        self.mean, self.deviation = float(high.mean()), float(high.std())

    def forward(self, low: Tensor) -> Tensor:
        return (image_of(self.network(low)) - self.mean) / self.deviation / 10 + 0.5


def row(name: str) -> dict[str, Any]:
    """What became of a network: the seconds and bytes of each file, and the largest difference at each size."""
    network = Network(Spread(seeded_network(name)), scale=2, color="rgb")
    graph = Graph(network)
    found: dict[str, Any] = {"network": name, "parameters": network.parameters}
    for kind, oblivious in (("onnx", False), ("pt2", False), ("pt2", True)):
        if "differences" in found.get(kind, {}):
            continue
        began = time.process_time()
        try:
            file, call = written(graph, kind, oblivious)
            found[kind] = {"differences": list(differences(call, network)), "bytes": len(file)}
        except Exception as error:  # exporters raise anything
            found[kind] = {"error": f"{type(error).__name__}: {error}"[:300]}
        found[kind]["cpu_seconds"] = round(time.process_time() - began, 1)
    return found


def written(graph: Graph, kind: str, oblivious: bool) -> tuple[bytes, Any]:
    """A file, and what runs it; of torch's ways the one that does not fail."""
    if kind == "pt2":
        file = program_bytes(graph, {}, oblivious)
        return file, torch.export.load(io.BytesIO(file)).module()
    file = onnx_bytes(graph, {})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.onnx")
        path.write_bytes(file)
        return file, Onnx(path)


def words(part: dict[str, Any]) -> str:
    """A cell of the table."""
    return part.get("error", "")[:60] or f"{max(part['differences']):.0e}"


def misses(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What does not export, or not within what sr-export keeps."""
    for each in rows:
        for kind in ("onnx", "pt2"):
            if "error" in each[kind] or max(each[kind]["differences"]) > CLOSE:
                yield f"{each['network']} as {kind}: {words(each[kind])}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench export", description=__doc__)
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures there too; networks in it are kept"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="networks (all)")
    arguments = parser.parse_args()
    kept = json.loads(arguments.json.read_text())["networks"] if arguments.json and arguments.json.exists() else []
    rows = {each["network"]: each for each in kept}
    for name in tqdm([name for name in arguments.names or networks() if name not in rows], disable=None):
        rows[name] = row(name)
        tqdm.write(
            f"{name:16} {rows[name]['parameters']:>12,}  " + "  ".join(words(rows[name][k]) for k in ("onnx", "pt2"))
        )
        if arguments.json:
            facts = {"benchmark": __doc__, "sizes": SIZES, "networks": [rows[each] for each in sorted(rows)]}
            facts |= {part: environment({})[part] for part in ("machine", "versions")}
            arguments.json.write_text(json.dumps(facts, indent=1) + "\n")
    missed = list(misses(list(rows.values())))
    print("\n".join(missed) or f"every network's files make what torch makes, up to {CLOSE}")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
