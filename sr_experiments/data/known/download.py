"""Getting a known set from its public address."""

import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import pooch
import requests
from PIL import Image
from tqdm import tqdm

from sr_experiments.data.known.catalogue import KnownImage, KnownSet
from sr_experiments.data.known.verification import pixel_hash
from sr_experiments.data.sources.files import folder_files
from sr_experiments.files.formats import SUFFIXES

ATTEMPTS = 3
TIMEOUT = 30
CHUNK = 1 << 16


def get(known: KnownSet, root: Path, mirror: str | None = None) -> Path:
    """Fetch a known set into its folder below `root`; the folder.

    What is there already stays, what was cut short goes on where it stopped. `mirror` is a folder that stands in for
    the address, or for the folder of that archive; or another archive.
    Proxies are taken from the environment. An OSError or a ValueError says what could not be had.
    """
    folder = root / known.folder
    if known.address is None and mirror is None:
        raise ValueError(f"{known.name} has no public address ({known.licence}): put its images into {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    if known.images:
        for image in tqdm(known.images, desc=known.name, unit="image", disable=None):
            _get_image(image, mirror or str(known.address), folder)
    elif len(folder_files(folder)) != known.count:
        _get_archive(known, _archive(str(known.address), mirror), folder)
    return folder


def _archive(address: str, mirror: str | None) -> str:
    if not mirror or mirror.endswith((".zip", ".tar", ".tgz", ".gz")):
        return mirror or address
    return f"{mirror.rstrip('/')}/{address.rpartition('/')[2]}"


def _get_image(image: KnownImage, address: str, folder: Path) -> None:
    """Fetch one picture, and keep it only with the pixels that it must have."""
    place = folder / image.file
    if place.exists():
        return
    url = f"{address.rstrip('/')}/{quote(image.path or image.file)}"
    fetched = _fetch(url, folder, f".{image.file}")
    try:
        with Image.open(fetched) as picture:
            if pixel_hash(picture) != image.sha256:
                raise ValueError(f"{url}: other pixels than the catalogue has of {image.file}; not kept")
            wanted = Image.registered_extensions()[place.suffix.lower()]
            if picture.format != wanted:
                picture.save(fetched, wanted)
    except (OSError, ValueError):
        fetched.unlink()
        raise
    fetched.replace(place)


def _get_archive(known: KnownSet, address: str, folder: Path) -> None:
    """Fetch an archive and take the images in and below its folder `member`, nothing else."""
    archive = _fetch(address, folder, f".{address.rpartition('/')[2]}", known.checksum)
    count = 0
    for name, file in _members(archive):
        if Path(known.member or "") in Path(name).parents and Path(name).suffix.lower() in SUFFIXES:
            count += 1
            with (folder / Path(name).name).open("wb") as copy:
                shutil.copyfileobj(file, copy)
    archive.unlink()
    if count != known.count:
        raise ValueError(f"{address}: expected {known.count} images in its folder {known.member}, found {count}")


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The files of a zip or tar archive, by name."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            yield from ((name, zipped.open(name)) for name in zipped.namelist())
    else:
        with tarfile.open(archive) as tarred:
            yield from ((entry.name, file) for entry in tarred if (file := tarred.extractfile(entry)))


def _fetch(url: str, folder: Path, name: str, checksum: str | None = None) -> Path:
    pooch.get_logger().setLevel("WARNING")
    fetcher = pooch.create(folder, "", registry={name: checksum}, urls={name: url}, retry_if_failed=ATTEMPTS - 1)
    return Path(fetcher.fetch(name, downloader=_resume_download))  # pyright: ignore[reportArgumentType]


def _resume_download(url: str, output: Any, pooch: Any) -> None:
    """A downloader for pooch that goes on with what an earlier attempt left."""
    partial = Path(output).parent / f".{quote(url, safe='')[-120:]}.part"
    done = partial.stat().st_size if partial.exists() else 0
    headers = {"Range": f"bytes={done}-"} if done else {}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            partial.unlink()
        answer.raise_for_status()
        goes_on = answer.status_code == requests.codes.partial_content
        size = int(answer.headers.get("Content-Length", 0)) + (done if goes_on else 0)
        shown = {
            "desc": url.rpartition("/")[2],
            "unit": "B",
            "unit_scale": True,
            "delay": 1,
            "leave": False,
            "disable": None,
        }
        with partial.open("ab" if goes_on else "wb") as file, tqdm(total=size, initial=file.tell(), **shown) as bar:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
    partial.replace(output)
