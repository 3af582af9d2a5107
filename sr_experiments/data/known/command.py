"""sr-data: known sets of images, checked, fetched, and searched for pictures that they share."""

import argparse
import os
import sys
from pathlib import Path

from sr_experiments.console import degrade
from sr_experiments.data.decoded import cache_command
from sr_experiments.data.known.catalogue import KnownSet, known_names, known_set, known_sets

EXAMPLES = """\
examples:
  sr-data list                              what the catalogue knows, and where each set belongs
  sr-data verify set14 --root DIR           is every pixel as it must be? DIR holds Set14/, or its images
  sr-data get bsd100 --root DIR             download into DIR/BSD100, going on where it stopped
  sr-data get div2k                         its training and its validation images; df2k: DIV2K and Flickr2K
  sr-data get set5 --mirror http://host/x/  from another address (proxies: HTTPS_PROXY)
  sr-data leaks T91 Set14                   pictures that both show: folders, or names of known sets
  sr-data cache ls                          decoded images on this disk; also cache rm KEY, cache build SOURCE --scale 2

DIR defaults to SR_DATA_ROOT, or data. Exit code: 0 all well, 1 something is wrong, 2 wrong use.
"""


def main() -> None:
    degrade()
    arguments = _parser().parse_args()
    try:
        sys.exit(arguments.run(arguments))
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sr-data", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    root = argparse.ArgumentParser(add_help=False)
    root.add_argument(
        "--root", type=Path, default=Path(os.environ.get("SR_DATA_ROOT", "data")), metavar="DIR", help="the data root"
    )
    listing = commands.add_parser("list", parents=[root], help="the known sets")
    listing.set_defaults(run=_list)
    verify = commands.add_parser("verify", parents=[root], help="compare a set with the catalogue, pixel by pixel")
    verify.add_argument("known", type=_argument, metavar="NAME", help="a known set, such as set14")
    verify.set_defaults(run=_verify)
    get = commands.add_parser("get", parents=[root], help="download a known set and verify it")
    get.add_argument("known", type=_argument, metavar="NAME", help="a known set, such as bsd100")
    get.add_argument(
        "--mirror",
        default=os.environ.get("SR_DATA_MIRROR"),
        metavar="URL",
        help="an address that holds what the catalogue's address holds (SR_DATA_MIRROR)",
    )
    get.set_defaults(run=_get)
    leaks = commands.add_parser("leaks", parents=[root], help="pictures of TEST that TRAIN shows too")
    for name in ("train", "test"):
        leaks.add_argument(name, metavar=name.upper(), help="a folder, .zip, .tar or .txt, an address, a known set")
    leaks.set_defaults(run=_leaks)
    cache_command.add_to(commands)
    return parser


def _argument(name: str) -> list[KnownSet]:
    try:
        return known_sets(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _list(arguments: argparse.Namespace) -> int:
    for name in known_names():
        known = known_set(name)
        if known.parts:
            print(f"{name:<12} {'made of':>13}  {' and '.join(known.parts)}: {known.about}")
            continue
        there = "present" if (arguments.root / known.folder).is_dir() else "absent"
        print(f"{name:<12} {known.count:>6} images  {there:<8} {arguments.root / known.folder}: {known.about}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    return max(_verify_one(known, arguments.root) for known in arguments.known)


def _verify_one(known: KnownSet, root: Path) -> int:
    from sr_experiments.data.known.verification import folder_of, verify

    problems = verify(known, root)
    print(
        "\n".join(problems)
        or f"{known.name}: all {known.count} images in {folder_of(known, root)} are {_assurance(known)}"
    )
    if problems:
        print(f"{known.name}: {len(problems)} of {known.count} images are not as they must be", file=sys.stderr)
    return int(bool(problems))


def _assurance(known: KnownSet) -> str:
    return "the known ones, pixel by pixel" if known.images else "there; their pixels are not in the catalogue"


def _get(arguments: argparse.Namespace) -> int:
    from sr_experiments.data.known.download import get

    for known in arguments.known:
        print(f"{known.name}: {known.about}; licence: {known.licence}")
        get(known, arguments.root, arguments.mirror)
    return _verify(arguments)


def _leaks(arguments: argparse.Namespace) -> int:
    from sr_experiments.data.known.leaks import leaks
    from sr_experiments.data.sources.files import image_files

    train, test = (image_files(_sources(source, arguments.root)) for source in (arguments.train, arguments.test))
    found = leaks(train, test)
    for leak in found:
        print(f"{leak.test} is in {leak.train} (likeness {leak.likeness:.3f})")
    print(f"pictures that both show: {len(found)}, of {len(train)} and {len(test)}")
    return int(bool(found))


def _sources(source: str, root: Path) -> str | list[str]:
    """A source as it stands, or the folders of a known set."""
    if Path(source).is_dir() or source.lower().replace("-", "_") not in known_names():
        return source
    return [str(root / known.folder) for known in known_sets(source)]


if __name__ == "__main__":
    main()
