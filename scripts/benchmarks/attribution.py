"""Diffusion indices of networks that their authors released, by the settings of Gu and Dong (CVPR 2021), ×4."""

import argparse
import json
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from tqdm import tqdm

from sr_experiments.color import network_input
from sr_experiments.config import build, network_config
from sr_experiments.environment import environment
from sr_experiments.explaining.attribution import gradient_detector, local_attribution
from sr_experiments.files.images import read_image
from sr_experiments.inference.network import Network
from sr_experiments.inference.run import load_run
from sr_experiments.module.weights import take_weights
from sr_experiments.report.table import text_table
from sr_experiments.resize import resize
from sr_experiments.trained import run_folder

SCALE, WINDOW, PIECE = 4, 48, 16
RELEASED = {"fsrcnn": "", "carn_m": "carn_m.pth", "imdn": "IMDN_x4.pth", "rlfn": "rlfn_x4.pth"}


def network(name: str, weights: Path) -> Network:
    """One of ours under its authors' weights, or the one that ships."""
    if not RELEASED[name]:
        return load_run(run_folder(f"{name}_x{SCALE}")).network
    made = build(network_config(f"model={name}", f"scale={SCALE}"), "model")
    take_weights(made, weights / RELEASED[name], SCALE)
    return Network(made, scale=SCALE, color="rgb")


def middle(path: Path) -> torch.Tensor:
    """A window of the low-resolution image, around its middle."""
    high = read_image(path)
    low = resize(high, (high.shape[-2] // SCALE, high.shape[-1] // SCALE))
    top, left = ((side - WINDOW) // 2 for side in low.shape[-2:])
    return low[:, top : top + WINDOW, left : left + WINDOW]


def row(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """The index of each image, and how far contributions miss what they add up to, as a share of it, at most."""
    used, start = network(name, arguments.weights), (SCALE * WINDOW - PIECE) // 2
    indices, unexplained = {}, 0.0
    for path in sorted(arguments.images.iterdir()):
        low = network_input(middle(path)[None] / 255, used.color)[0]
        found = local_attribution(used, low, gradient_detector(start, start, PIECE))
        indices[path.stem] = round(found.diffusion_index, 3)
        unexplained = max(unexplained, abs(float(found.contributions.sum()) / found.difference - 1))
    return {
        "network": name,
        "mean": round(fmean(indices.values()), 3),
        "indices": indices,
        "unexplained": round(unexplained, 5),
        "receptive_field": used.receptive_field,
    }


def main() -> None:
    """Explain the middle of what each network makes of every image."""
    parser = argparse.ArgumentParser(prog="scripts/bench attribution", description=__doc__)
    parser.add_argument("weights", type=Path, help="where IMDN_x4.pth, rlfn_x4.pth and carn_m.pth lie")
    parser.add_argument("images", type=Path, help="a folder of high-resolution images, such as Set5")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    rows = [row(name, arguments) for name in tqdm(RELEASED, delay=2)]
    columns = ["network", "mean", *rows[0]["indices"], "unexplained", "receptive_field"]
    print(text_table(columns, [[str((each | each["indices"])[column]) for column in columns] for each in rows]))
    if arguments.json:
        facts = {"benchmark": __doc__, "networks": rows, "environment": environment({})}
        arguments.json.write_text(json.dumps(facts, indent=1) + "\n")


main()
