"""sr-explain: which pixels of a picture a network made a piece of its result of."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sr_experiments.console import degrade
from sr_experiments.legible import legible
from sr_experiments.tables import write_text
from sr_experiments.trained import run_folder

if TYPE_CHECKING:
    from PIL import Image

EXAMPLES = """examples:
  sr-explain espcn_x3 photo.png --at 120,80                    a piece of the result around that pixel of the photo
  sr-explain runs/mine/SIGNATURE-0 photo.png --at 120,80 --compare fsrcnn_x3      two networks, one below the other

The picture shows, for each network, what it was given with the piece marked, what contributed (the redder, the more),
and what it made. docs/explain.md says what the numbers mean."""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="sr-explain",
        description="Show which pixels of a low-resolution picture a piece of a network's result was made of.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("run", metavar="RUN", help="a run directory, or a network of sr-models --trained")
    options.add_argument("image", metavar="IMAGE", type=Path, help="the picture that the network is given")
    options.add_argument(
        "--at", metavar="X,Y", type=_point, required=True, help="the middle of the piece, in its pixels"
    )
    options.add_argument("--size", type=int, default=16, metavar="PIXELS", help="side of the piece, of the result (16)")
    options.add_argument("--window", type=int, default=64, metavar="PIXELS", help="side of what is looked at (64)")
    options.add_argument("--compare", metavar="RUN", help="another network, shown below")
    options.add_argument("--output", type=Path, default=Path("explain.png"), help="the picture (%(default)s)")
    return options


def _point(text: str) -> tuple[int, int]:
    parts = text.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"expected X,Y in pixels, as 120,80, got {text}")
    return int(parts[0]), int(parts[1])


def main() -> None:
    """Explain what the command line names: a picture, and its numbers beside it."""
    degrade()
    options = parser().parse_args()
    try:
        from sr_experiments.inference.attribution_picture import stack_rows

        names = [name for name in (options.run, options.compare) if name]
        found = [_explained(name, options) for name in names]
        options.output.parent.mkdir(parents=True, exist_ok=True)
        stack_rows([picture for picture, _ in found]).save(options.output)
        numbers = {name: facts for name, (_, facts) in zip(names, found, strict=True)}
        write_text(options.output.with_suffix(".json"), json.dumps(numbers, indent=1) + "\n")
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {legible(str(error))}") from None
    for name, facts in numbers.items():
        print(legible(f"{name}: {_words(facts)}"))
    print(legible(f"{options.output}: {len(found)} network(s), numbers in {options.output.with_suffix('.json')}"))


def _explained(name: str, options: argparse.Namespace) -> tuple["Image.Image", dict[str, Any]]:
    """A row of the picture, and the numbers."""
    import torch

    from sr_experiments.color import enlarge_image, network_input
    from sr_experiments.files.images import read_image
    from sr_experiments.inference.attribution import gradient_detector, local_attribution
    from sr_experiments.inference.attribution_picture import reach, row
    from sr_experiments.inference.run import load_run

    network = load_run(run_folder(name)).network
    low = read_image(options.image)
    (left, width), (top, height) = (
        _span(place, options.window, side, axis)
        for place, side, axis in zip(options.at, (low.shape[-1], low.shape[-2]), "XY", strict=True)
    )
    middle = options.at[0] - left, options.at[1] - top
    piece = [int(network.scale * place - options.size / 2) for place in middle]
    limits = [int(network.scale * side) - options.size for side in (width, height)]
    x, y = (min(max(start, 0), limit) for start, limit in zip(piece, limits, strict=True))
    if options.size < 2 or min(limits) < 0:
        raise ValueError(f"--size {options.size}: expected 2 to {options.size + min(limits)} pixels of the result")
    seen = low[:, top : top + height, left : left + width]
    target = gradient_detector(y, x, options.size)
    found = local_attribution(network, network_input(seen[None] / 255, network.color)[0], target)
    with torch.inference_mode():
        high = enlarge_image(network, seen[None], network.color)[0]
    weight = found.contributions.sum(0).abs()
    facts = {
        "diffusion_index": round(found.diffusion_index, 3),
        "detail": found.difference,
        "unexplained": abs(float(found.contributions.sum()) - found.difference) / max(abs(found.difference), 1e-12),
        "reach": reach(weight),
        "receptive_field": network.receptive_field,
    }
    box = [int(each / network.scale) for each in (x, y, x + options.size, y + options.size)]
    return row(seen, weight, high, box, f"{name}: {_words(facts)}"), facts


def _span(place: int, window: int, side: int, axis: str) -> tuple[int, int]:
    """Where a window around a place begins, and how long it is."""
    if not 0 <= place < side:
        raise ValueError(f"--at: expected {axis} from 0 to {side - 1}, the picture's, got {place}")
    length = min(window, side)
    return min(max(place - length // 2, 0), side - length), length


def _words(facts: dict[str, Any]) -> str:
    return f"diffusion index {facts['diffusion_index']:.2f}, made of {facts['reach'][0]}×{facts['reach'][1]} pixels"


if __name__ == "__main__":
    main()
