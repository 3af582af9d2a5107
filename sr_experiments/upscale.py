"""sr-upscale: pictures, films and scenes, enlarged by a trained network."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sr_experiments.console import degrade
from sr_experiments.files.films.kinds import CODECS, CONTAINERS
from sr_experiments.files.places import Place, is_film, places
from sr_experiments.files.results import Results
from sr_experiments.legible import legible

if TYPE_CHECKING:
    from tqdm import tqdm

    from sr_experiments.inference.pictures import Enlarging

FORMATS = ("png", "tiff", "jpeg", "webp", "avif", "bmp", "ppm", "gif")
ALSO = {"jpg": "jpeg", "tif": "tiff"}
CONTAINER_NAMES = tuple(map(str.lower, CONTAINERS))
EXAMPLES = """examples:
  sr-upscale photo.jpg                                    twice as large, as upscaled/photo.png
  sr-upscale holiday --scale 4 --output large             every picture below a folder, its tree kept
  sr-upscale '*.webp' logo.png --format same --fit 3840x2160    in their own formats, as large as a screen
  sr-upscale scan.tif --run runs/mine/SIGNATURE-0 --output big.tif    by a network that you trained
  sr-upscale clip.mp4 --crf 20                            a film, its sound and subtitles kept as they are

The same command again does what is missing. What a picture carries (alpha, 16 bits, profile, EXIF, XMP, DPI, text,
delays of animations) is kept where the format can; what is not is said. Films need
pip install "sr_experiments[video]". docs/upscale.md tells all."""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="sr-upscale",
        description="Enlarge pictures and films with a trained network.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("inputs", nargs="+", metavar="INPUT", help="pictures, films, folders, patterns in quotes")
    options.add_argument(
        "--output", type=Path, default=Path("upscaled"), metavar="DIR_OR_FILE", help="where results go (%(default)s)"
    )
    options.add_argument(
        "--format",
        type=lambda text: ALSO.get(text.lower(), text.lower()),
        choices=(*FORMATS, *CONTAINER_NAMES, "same"),
        metavar="FORMAT",
        help=f"of pictures: {', '.join(FORMATS)} (png); of films: {', '.join(CONTAINER_NAMES)} (their own); "
        "same: each input's own",
    )
    options.add_argument("--scale", type=_positive, help="how many times larger (2)")
    size = options.add_mutually_exclusive_group()
    size.add_argument("--width", type=_pixels, metavar="PIXELS", help="make results so wide instead")
    size.add_argument("--fit", type=_size, metavar="WIDTHxHEIGHT", help="make results as large as fits into this")
    options.add_argument(
        "--run",
        metavar="NAME_OR_RUN",
        help="a network of sr-models --trained, or a run directory (the best one that ships for the scale)",
    )
    options.add_argument(
        "--sample", type=_number, metavar="N", help="draw the N-th sample, from 0, with a run whose network draws"
    )
    options.add_argument(
        "--read",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="how scans and scenes are read, as patient=strip, bands=[4,3,2], limits=[-1024,3071] (docs/domains.md)",
    )
    options.add_argument(
        "--each-band", action="store_true", help="enlarge each band of these for itself, as grey is, by a photo network"
    )
    options.add_argument("--codec", choices=CODECS, help="of films (h264; vp9 in webm)")
    options.add_argument(
        "--crf",
        type=int,
        choices=range(64),
        metavar="0…63",
        help="how much films are compressed, 0 least (16 of h264)",
    )
    options.add_argument("--overwrite", action="store_true", help="replace what lies in a result's place")
    return options


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 64:
        raise argparse.ArgumentTypeError(f"expected a number above 0 and up to 64, got {text}")
    return int(value) if value == int(value) else value


def settings(given: list[str]) -> dict[str, Any]:
    """What NAME=VALUE say, values in YAML; a ValueError names one that says nothing."""
    from yaml import YAMLError, safe_load

    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        try:
            found[name] = safe_load(value)
        except YAMLError:
            equals = ""
        if not (name and equals):
            raise ValueError(f"--read {text}: expected NAME=VALUE, as patient=strip or bands=[4,3,2]")
    return found


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a sample's number, from 0, got {text}")
    return int(text)


def _pixels(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a number of pixels, got {text}")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    try:
        return _pixels(width), _pixels(height)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT in pixels, as 3840x2160, got {text}") from None


def main() -> None:
    """Enlarge what the command line names."""
    degrade()
    options = parser().parse_args()
    kind = None if options.format == "same" else (options.format or "png").upper()
    try:
        planned = places(options.inputs, options.output, kind)
        _check_kinds(options, planned)
        from sr_experiments.inference.pictures import Enlarging

        read = settings(options.read)
        enlarging = Enlarging(
            options.run,
            options.scale,
            options.width,
            options.fit,
            read=read,
            each_band=options.each_band,
            codec=options.codec,
            crf=options.crf,
            sample=options.sample,
        )
        folder = options.output.parent if planned[0].output == options.output else options.output
        results = Results(folder, enlarging.key)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {legible(str(error))}") from None
    try:
        failed = _all(planned, enlarging, results, options.overwrite)
    except KeyboardInterrupt:
        raise SystemExit("interrupted: the same command again does what is missing") from None
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    if failed:
        raise SystemExit(f"error: {failed} of {len(planned)} inputs could not be enlarged")


def _check_kinds(options: argparse.Namespace, planned: list[Place]) -> None:
    """A ValueError where something is asked of films, or pictures, and there is none."""
    asked = {
        "films": {"--codec": options.codec, "--crf": options.crf, "--format": options.format in CONTAINER_NAMES},
        "pictures": {"--format": options.format in FORMATS},
    }
    there = {"films" if is_film(place.source) else "pictures" for place in planned}
    for kind, given in asked.items():
        for name, value in given.items():
            if kind not in there and value not in (None, False):
                raise ValueError(f"{name} {getattr(options, name[2:])} is for {kind}: there are none among the inputs")


def _all(planned: list[Place], enlarging: "Enlarging", results: Results, overwrite: bool) -> int:
    """Enlarge one picture after the other, and return how many could not be."""
    from tqdm import tqdm

    failed, sizes = 0, [_bytes(place.source) for place in planned]
    shown = "{percentage:3.0f}%|{bar}| {elapsed}, {remaining} left{postfix}"
    with tqdm(total=sum(sizes), bar_format=shown, disable=not sys.stderr.isatty()) as bar:
        for place, size in zip(planned, sizes, strict=True):
            bar.set_postfix_str(legible(place.source.name))
            end = bar.n + size
            try:
                said = _one(place, enlarging, results, overwrite, partial(_advance, bar, size))
            except Exception as error:  # decoders and encoders raise anything
                failed += 1
                said = str(error) or type(error).__name__
                said = said if str(place.source) in said else f"{place.source}: {said}"
                bar.write(legible(f"error: {said}"), file=sys.stderr)
            else:
                bar.write(legible(said), file=sys.stdout)
            bar.update(end - bar.n)
    return failed


def _advance(bar: "tqdm[Any]", size: int, share: float) -> None:
    bar.update(min(share * size, bar.total - bar.n))  # rounding adds up to more than all


def _one(
    place: Place, enlarging: "Enlarging", results: Results, overwrite: bool, advance: Callable[[float], Any]
) -> str:
    """Enlarge a picture unless it was before, and return what there is to say of it."""
    if results.has(place.source, place.output):
        return f"{place.output}  is there already"
    if os.path.lexists(place.output) and not overwrite:
        raise ValueError(
            f"{place.output} lies there, and is not what these settings made of this picture: choose another --output, "
            "or --overwrite it"
        )
    began = time.monotonic()
    said = enlarging(place, advance)
    results.add(place.source, place.output)
    return f"{said}, {time.monotonic() - began:.1f} s"


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


if __name__ == "__main__":
    main()
