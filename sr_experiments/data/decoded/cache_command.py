"""sr-data cache: what decoded images lie on this machine's disk."""

import argparse
from typing import Any

from sr_experiments.data.decoded.cache import cache_root, entries, gigabytes, remove, smaller_images


def add_to(commands: Any) -> None:
    """Add `cache ls`, `cache rm` and `cache build` to the subcommands of an argument parser."""
    cache = commands.add_parser("cache", help="decoded images: ls, rm, build")
    actions = cache.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("ls", help="show them, the largest first").set_defaults(run=_list)
    removing = actions.add_parser("rm", help="remove some; they are decoded again when a run wants them")
    removing.add_argument("key", metavar="KEY", help="a key that ls shows, or all")
    removing.set_defaults(run=_remove)
    building = actions.add_parser("build", help="decode a source now")
    building.add_argument("source", metavar="SOURCE", help="a folder of images, a .zip, .tar or .txt, or an address")
    building.add_argument(
        "--scale", type=int, nargs="*", default=[], metavar="S", help="make bicubic LR images as well"
    )
    building.set_defaults(run=_build)


def _list(_: argparse.Namespace) -> int:
    found = entries()
    for entry in found:
        print(f"{entry.key}  {entry.images:>7} images  {gigabytes(entry.bytes):>11}  {entry.source}")
        print("".join(f"  {name}\n" for name in entry.sets), end="")
    copies = smaller_images()
    sizes = sum(path.stat().st_size for path in copies)
    if copies:
        print(f"{len(copies)} smaller copies of images (rm all removes them)  {gigabytes(sizes)}")
    print(f"{gigabytes(sizes + sum(entry.bytes for entry in found))} in {cache_root()}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    print(f"removed {gigabytes(remove(arguments.key))}")
    return 0


def _build(arguments: argparse.Namespace) -> int:
    from functools import partial

    from sr_experiments.data.decoded.store import high_images, low_images
    from sr_experiments.data.sources.files import image_files
    from sr_experiments.degradation.bicubic import bicubic

    high = high_images(image_files(arguments.source))
    for scale in arguments.scale:
        low_images(high, partial(bicubic, scale=scale), scale)
    places = ", ".join(str(place.parent) for place in high.places)
    print("\n".join([f"{len(high)} images decoded in {places}", *high.problems]))
    return int(bool(high.problems))
