"""Explanations of the crops that runs hold, for the page of sr-compare, which is written without torch.

From standard input a JSON list of {run, input, target, picture}: a run directory, two of its files, and where the
picture goes. To standard output as many {…numbers} or {error}.
"""

import json
import sys
from functools import cache
from pathlib import Path

from tqdm import tqdm

from sr_experiments.explaining.explanation import Piece, explain
from sr_experiments.files.images import read_image
from sr_experiments.inference.network import Network
from sr_experiments.inference.run import load_run

SIZE = 16


def main() -> None:
    """Explain the middle of every crop that is asked for."""
    asked = json.load(sys.stdin)
    found = [_explained(each) for each in tqdm(asked, "explaining", leave=False, disable=None)]
    json.dump(found, sys.stdout)


def _explained(asked: dict[str, str]) -> dict[str, object]:
    try:
        network = _network(Path(asked["run"]))
        picture, facts = explain(Path(asked["run"]).name, network, _piece(asked, network.scale))
    except (ValueError, OSError) as error:
        return {"error": str(error)}
    picture.save(asked["picture"], quality=85)
    return facts


def _piece(asked: dict[str, str], scale: float) -> Piece:
    seen, original = read_image(Path(asked["input"])), read_image(Path(asked["target"]))
    height, width = original.shape[-2:]
    if [round(scale * side) for side in seen.shape[-2:]] != [height, width]:
        raise ValueError(f"a crop of {width}×{height} pixels is not {scale:g} times its input")
    return Piece(seen, (height - SIZE) // 2, (width - SIZE) // 2, SIZE, original)


@cache
def _network(run: Path) -> Network:
    return load_run(run).network


if __name__ == "__main__":
    main()
