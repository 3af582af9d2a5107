"""What is known of the field's sets of images: a YAML file each, beside this one, and a table of their images.

An image's `sha256` is that of its decoded uint8 pixels, height × width × channel in the file's own `mode`; `phash` is
fingerprint.picture_hash of it. `bicubic` is what bicubic interpolation must score on the set.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import yaml

_FOLDER = Path(__file__).parent


class KnownImage(NamedTuple):
    """One file of a known set; `path` continues the set's address."""

    file: str
    width: int
    height: int
    mode: str
    sha256: str
    phash: str
    path: str | None = None


class BicubicScore(NamedTuple):
    """PSNR in dB and SSIM of bicubic interpolation."""

    protocol: str
    scale: int
    psnr: float
    ssim: float


class KnownSet(NamedTuple):
    """A set of images: where it lies below the data root, what it holds, where it comes from.

    `images` is empty where only their `count` is known. `address`: a folder of the images, or an archive that holds
    them in and below its folder `member`; None where they can't be had without asking. `checksum` is that archive's,
    `sha256:…` or `md5:…`. A set that is made of others has `parts`, their names, and nothing else.
    """

    name: str
    about: str
    folder: str = ""
    licence: str = ""
    address: str | None = None
    count: int = 0
    tolerance: Mapping[str, float] = MappingProxyType({})
    bicubic: Sequence[BicubicScore] = ()
    images: Sequence[KnownImage] = ()
    member: str | None = None
    checksum: str | None = None
    parts: Sequence[str] = ()


def known_names() -> list[str]:
    """The names of all known sets."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def known_set(name: str) -> KnownSet:
    """The catalogue's entry `name`, however it is spelt: `set14`, `Set14`, `CID22-512`."""
    path = _FOLDER / f"{name.lower().replace('-', '_')}.yaml"
    if not path.is_file():
        raise ValueError(f"the catalogue has no set called {name!r}; it has {', '.join(known_names())}")
    entry = yaml.safe_load(path.read_text(encoding="utf-8"))
    entry["bicubic"] = [BicubicScore(**score) for score in entry.get("bicubic", [])]
    return KnownSet(name=path.stem, images=_images(path.with_suffix(".csv")), **entry)


def known_sets(name: str) -> list[KnownSet]:
    """The set called `name`, or those that it is made of."""
    known = known_set(name)
    return [known_set(part) for part in known.parts] or [known]


def _images(table: Path) -> list[KnownImage]:
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        rows = [{**row, "width": int(row["width"]), "height": int(row["height"])} for row in csv.DictReader(file)]
    return [KnownImage(**{**row, "path": row["path"] or None}) for row in rows]
