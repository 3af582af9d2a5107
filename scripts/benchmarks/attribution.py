"""Diffusion indices of networks that their authors released: scripts/bench attribution WEIGHTS IMAGES [NETWORK …]

In WEIGHTS lie IMDN_x4.pth, rlfn_x4.pth and carn_m.pth; of every image in IMAGES the middle of what ×4
makes of it is explained, by the settings of Gu and Dong (CVPR 2021). FSRCNN is the one that ships.
"""

import sys
from pathlib import Path
from statistics import fmean

import torch

from sr_experiments.color import network_input
from sr_experiments.config import build, network_config
from sr_experiments.explaining.attribution import gradient_detector, local_attribution
from sr_experiments.files.images import read_image
from sr_experiments.inference.network import Network
from sr_experiments.inference.run import load_run
from sr_experiments.module.weights import take_weights
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


def main() -> None:
    """A line for each network: the mean over the images, and each image's own."""
    weights, images, *names = sys.argv[1:]
    start = (SCALE * WINDOW - PIECE) // 2
    for name in names or RELEASED:
        used = network(name, Path(weights))
        found = []
        for path in sorted(Path(images).iterdir()):
            low = network_input(middle(path)[None] / 255, used.color)[0]
            found.append(local_attribution(used, low, gradient_detector(start, start, PIECE)).diffusion_index)
        each = " ".join(f"{index:.2f}" for index in found)
        print(
            f"{name}: diffusion index {fmean(found):.2f} ({each}), receptive field {used.receptive_field}", flush=True
        )


main()
