"""How flat shipped networks leave white and black, and what other borders than zeros would do to photographs' PSNR."""

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad
from tqdm import tqdm

from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.environment import environment
from sr_experiments.files.images import read_image
from sr_experiments.inference.backend import InTorch
from sr_experiments.inference.flat_field import FlatField
from sr_experiments.inference.graph import Graph
from sr_experiments.inference.run import load_run
from sr_experiments.metrics.protocol import Protocol
from sr_experiments.trained import run_folder

NAMES = [f"{model}_x{scale}" for model in ("espcn", "fsrcnn") for scale in (2, 3, 4)]
SETS = ("Set5", "Set14")
SIDE, INSIDE = 64, 12  # pixels a side, and from the border on
Call = Callable[[Tensor], Tensor]


def ripple(call: Call) -> dict[str, float]:
    """The most grey levels, before rounding, that flat pictures come out apart, at their border and inside."""
    found = {}
    for name, value in (("white", 1.0), ("black", 0.0)):
        apart = 255 * (call(torch.full((1, 3, SIDE, SIDE), value)) - value).abs()
        ring = INSIDE * apart.shape[-1] // SIDE
        found |= {name: float(apart.max()), f"{name}_inside": float(apart[..., ring:-ring, ring:-ring].max())}
    return found


def extended(call: Call, scale: int, reach: int, mirror: bool, low: Tensor) -> Tensor:
    """The result of a picture that goes on beyond its border, mirrored there or by the pixels of the border."""
    for axis in (-2, -1):
        side = low.shape[axis]
        places = torch.arange(-reach, side + reach)
        if mirror:
            places = places % (2 * side)
            places = torch.minimum(places, 2 * side - 1 - places)
        low = low.index_select(axis, places.clamp(0, side - 1))
    return pad(call(low), (-reach * scale,) * 4)


def psnr(output: Tensor, high: Tensor, scale: int, ring: int) -> dict[str, float]:
    """By *standard*, and of the `ring` of pixels along the border alone, of which nothing is shaved."""
    whole, border = (Protocol(name="standard", color="y", shave=shave)(output, high) for shave in (scale, 0))
    error = (border[0] - border[1]).square()
    inner = error[..., ring:-ring, ring:-ring]
    around = (error.sum() - inner.sum()) / (error.numel() - inner.numel())
    return {"standard": decibels((whole[0] - whole[1]).square().mean()), "ring": decibels(around)}


def decibels(error: Tensor) -> float:
    return float(10 * torch.log10(255**2 / error))


def measured(name: str, data: Path) -> dict[str, Any]:
    network = load_run(run_folder(name)).network
    scale, reach = int(network.scale), (network.tile_field or 0) // 2
    call = torch.no_grad()(InTorch(Graph(network)))
    ways: dict[str, Call] = {
        "zeros": call,
        "mirrored": partial(extended, call, scale, reach, True),
        "replicated": partial(extended, call, scale, reach, False),
        "corrected": torch.no_grad()(FlatField(call, scale, reach)),
    }
    row: dict[str, Any] = {"network": name, "reach": reach, "psnr": {}}
    row |= {"grey_levels": ripple(call), "corrected": ripple(ways["corrected"])}
    for known in SETS:
        found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for path in sorted((data / known).glob("*.png")):
            high = read_image(path)
            height, width = (side // scale * scale for side in high.shape[-2:])
            high = high[..., :height, :width]
            low = bicubic(high, scale=scale)[None].float() / 255
            for way, enlarge in ways.items():
                found[way].append(psnr(enlarge(low), high[None], scale, reach * scale))
        row["psnr"][known] = {
            way: {kind: fmean(each[kind] for each in figures) for kind in ("standard", "ring")}
            for way, figures in found.items()
        }
    return row


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench flat", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="with Set5 and Set14 (%(default)s)")
    arguments = parser.parse_args()
    rows = []
    for name in tqdm(NAMES, disable=None):
        rows.append(measured(name, arguments.data))
        for way in ("grey_levels", "corrected"):
            tqdm.write(f"{name}: {way} {', '.join(f'{kind} {value:.2f}' for kind, value in rows[-1][way].items())}")
        for known, ways in rows[-1]["psnr"].items():
            told = (f"{way} {each['standard']:.3f} ({each['ring']:.3f})" for way, each in ways.items())
            tqdm.write(f"  {known}, dB, in brackets along the border: {', '.join(told)}")
    if arguments.json:
        about = {part: environment({})[part] for part in ("machine", "versions")}
        arguments.json.write_text(json.dumps({"benchmark": __doc__, **about, "networks": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
