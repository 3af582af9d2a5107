"""sr-explain: what a network made a piece of its result of, how far it looks, and where it errs."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sr_experiments import record
from sr_experiments.console import degrade
from sr_experiments.legible import legible
from sr_experiments.tables import write_text
from sr_experiments.trained import run_folder

if TYPE_CHECKING:
    from PIL import Image

    from sr_experiments.explaining.explanation import Piece

EXAMPLES = """examples:
  sr-explain espcn_x3 photo.png --at 120,80                    a piece of the result around that pixel of the photo
  sr-explain runs/mine/SIGNATURE-0 photo.png --at 120,80 --compare fsrcnn_x3      two networks, one below the other
  sr-explain espcn_x3 photo.png --at 120,80 --original         photo.png is what the result should be: errors, too

The picture shows, for each network, what it was given with the piece marked, what contributed (the redder, the more),
what it made, how far it looks, what its last layer is given and, with --original, where and at which frequencies it
errs. docs/explain.md says what the numbers mean."""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="sr-explain",
        description="Show what a piece of a network's result was made of, how far it looks, where it errs.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("run", metavar="RUN", help="a run directory, or a network of sr-models --trained")
    options.add_argument("image", metavar="IMAGE", type=Path, help="the picture that the network is given")
    options.add_argument(
        "--at", metavar="X,Y", type=_point, required=True, help="the middle of the piece, in pixels of what is given"
    )
    options.add_argument("--size", type=int, default=16, metavar="PIXELS", help="side of the piece, of the result (16)")
    options.add_argument("--window", type=int, default=64, metavar="PIXELS", help="side of what is looked at (64)")
    options.add_argument(
        "--original",
        action="store_true",
        help="the picture is the original: what the network is given is made of it by bicubic, and errors are measured",
    )
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
        from sr_experiments.explaining.explanation import words
        from sr_experiments.explaining.pictures import stack

        names = [name for name in (options.run, options.compare) if name]
        found = [_explained(name, options) for name in names]
        options.output.parent.mkdir(parents=True, exist_ok=True)
        stack([picture for picture, _ in found]).save(options.output)
        numbers = {name: facts for name, (_, facts) in zip(names, found, strict=True)}
        write_text(options.output.with_suffix(".json"), json.dumps(numbers, indent=1) + "\n")
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {legible(str(error))}") from None
    for name, facts in numbers.items():
        print(legible(f"{name}: {words(facts)}"))
    print(legible(f"{options.output}: {len(found)} network(s), numbers in {options.output.with_suffix('.json')}"))


def _explained(name: str, options: argparse.Namespace) -> tuple["Image.Image", dict[str, Any]]:
    """A network's part of the picture, and the numbers."""
    from sr_experiments.explaining.explanation import explain
    from sr_experiments.inference.run import load_run

    _check_kind(name)
    network = load_run(run_folder(name)).network
    return explain(name, network, _piece(network.scale, options))


def _check_kind(name: str) -> None:
    """A ValueError where a run holds, or a file is, what has no gradient."""
    onnx = name.endswith(".onnx")
    kind = "onnx" if onnx else record.read(run_folder(name)).get("choices", {}).get("model")
    if kind in ("onnx", "images"):
        what = {"onnx": "an ONNX file", "images": "a folder of images"}[kind]
        raise ValueError(f"{name}: {what} can't be differentiated: give the run that it came from")


def _piece(scale: float, options: argparse.Namespace) -> "Piece":
    """The window around the place, and where in its result the square lies."""
    from sr_experiments.explaining.explanation import Piece
    from sr_experiments.files.images import read_image
    from sr_experiments.resize import high_size, resize

    given, original = read_image(options.image), None
    if options.original:
        height, width = (int(side / scale) for side in given.shape[-2:])
        rows, columns = high_size((height, width), scale)
        original = given[:, :rows, :columns]
        given = resize(original, (height, width))
    (left, width), (top, height) = (
        _span(place, options.window, side, axis)
        for place, side, axis in zip(options.at, (given.shape[-1], given.shape[-2]), "XY", strict=True)
    )
    limits = [int(scale * side) - options.size for side in (width, height)]
    if options.size < 2 or min(limits) < 0:
        raise ValueError(f"--size {options.size}: expected 2 to {options.size + min(limits)} pixels of the result")
    middle = options.at[0] - left, options.at[1] - top
    starts = [int(scale * place - options.size / 2) for place in middle]
    x, y = (min(max(start, 0), limit) for start, limit in zip(starts, limits, strict=True))
    if original is not None:
        rows, columns = high_size((height, width), scale)
        first = round(scale * top), round(scale * left)
        original = original[:, first[0] : first[0] + rows, first[1] : first[1] + columns]
    return Piece(given[:, top : top + height, left : left + width], y, x, options.size, original)


def _span(place: int, window: int, side: int, axis: str) -> tuple[int, int]:
    """Where a window around a place begins, and how long it is."""
    if not 0 <= place < side:
        raise ValueError(f"--at: expected {axis} from 0 to {side - 1}, the picture's, got {place}")
    if window > side:
        raise ValueError(f"--window {window}: expected at most the picture's side, {side} pixels along {axis}")
    return min(max(place - window // 2, 0), side - window), window


if __name__ == "__main__":
    main()
