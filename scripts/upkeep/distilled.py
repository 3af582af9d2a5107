"""scripts/upkeep/distilled.py RECIPE DIR MODEL WEIGHTS: what a network makes of a recipe's images.

`data=paired data.train=DIR/high data.train_low=DIR/low data.val=DIR/val.txt data.val_low=null` learns from it.
"""

import sys
from pathlib import Path

import torch
from hydra import compose, initialize_config_dir
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from sr_experiments import record
from sr_experiments.color import enlarge_image
from sr_experiments.composing.errors import refusing
from sr_experiments.config import build, config_dir, find_plugins, network_config, resolve
from sr_experiments.data.pairs import read_pairs
from sr_experiments.data.sources.files import image_files
from sr_experiments.inference.network import Network
from sr_experiments.module.weights import take_weights


def distil(recipe: str, folder: Path, model: str, weights: Path) -> None:
    find_plugins()
    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        config = resolve(compose("train", [f"experiment={recipe}"]))
    teacher = network_config(f"model={model}", f"scale={config['scale']}")
    made = build(teacher, "model")
    take_weights(made, weights, config["scale"])
    network = Network(made, scale=config["scale"], color=teacher["color"])
    files = image_files(build(config["data"], "train"))
    pairs = read_pairs(files, build(config, "degradation"), config["scale"])
    for number, pair in enumerate(tqdm(pairs, "enlarging")):
        with torch.inference_mode():
            told = enlarge_image(network, pair.low[None], teacher["color"])[0]
        for kind, image in {"low": pair.low, "high": (255 * told).round().clamp(0, 255).to(torch.uint8)}.items():
            _save(folder / kind / f"{number:04}.png", image)
    chosen_by = [str(file) for file in build(config["data"], "val")]
    (folder / "val.txt").write_text("\n".join(chosen_by) + "\n", encoding="utf-8")


def _save(place: Path, image: Tensor) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image.permute(1, 2, 0).numpy()).save(place, compress_level=1)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    recipe, folder, model, weights = sys.argv[1:]
    with refusing():
        distil(recipe, Path(folder), model, record.weights_file(weights))
