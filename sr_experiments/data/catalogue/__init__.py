"""What is known of the field's sets of images: a JSON file each, beside this one.

An image's `sha256` is that of its decoded uint8 pixels, height × width × channel in the file's own `mode`; `phash` is
fingerprint.picture_hash of it. `bicubic` is what bicubic interpolation must score on the set.
"""

import json
from pathlib import Path
from typing import NamedTuple

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
    them in its folder `member`; None where they can't be had without asking.
    """

    name: str
    folder: str
    about: str
    licence: str
    address: str | None
    count: int
    tolerance: dict[str, float]
    bicubic: list[BicubicScore]
    images: list[KnownImage]
    member: str | None = None


def known_names() -> list[str]:
    """The names of all known sets."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def known_set(name: str) -> KnownSet:
    """The catalogue's entry `name`, however it is spelt: `set14`, `Set14`, `CID22-512`."""
    path = _FOLDER / f"{name.lower().replace('-', '_')}.json"
    if not path.is_file():
        raise ValueError(f"the catalogue has no set called {name!r}; it has {', '.join(known_names())}")
    entry = json.loads(path.read_text(encoding="utf-8"))
    entry["bicubic"] = [BicubicScore(**score) for score in entry["bicubic"]]
    entry["images"] = [KnownImage(**image) for image in entry["images"]]
    return KnownSet(name=path.stem, **entry)
