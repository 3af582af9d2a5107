"""Picture and film files in, enlarged ones out."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sr_experiments.data.decoded.cache import atomic
from sr_experiments.files.films.kinds import CONTAINERS
from sr_experiments.files.picture import Picture, read_picture
from sr_experiments.files.places import Place
from sr_experiments.files.tiff import TiffRows
from sr_experiments.files.write import check_kind, losses, write_moving, write_still
from sr_experiments.inference.backend import fastest
from sr_experiments.inference.run import best_shipped, load_run
from sr_experiments.inference.scenes import enlarge_scene, scene_of
from sr_experiments.inference.upscaler import Upscaler
from sr_experiments.record import weights_file
from sr_experiments.resize import high_size, resize
from sr_experiments.trained import run_folder

SCALE = 2
Advance = Callable[[float], Any]


class Enlarging:
    """How pictures, films and scenes are enlarged: by which networks, to which size, films by which codec.

    `run`: a run directory, or the name of a network that ships; None for the best one that ships, for `scale` (2) or,
    with a `width` or a box (width, height) that results are to `fit` into, for what each picture needs. `read`:
    settings of the readers of scans and scenes, beside those of the run; `each_band`: see `enlarge_scene`. `key`
    changes with all of these, and with the networks' weights. `codec`, `crf`: of films. `sample`: the number of the
    sample to draw of pictures. A ValueError says why there is no such network.
    """

    def __init__(
        self,
        run: str | None,
        scale: float | None,
        width: int | None = None,
        fit: tuple[int, int] | None = None,
        *,
        read: dict[str, Any] | None = None,
        each_band: bool = False,
        codec: str | None = None,
        crf: int | None = None,
        sample: int | None = None,
    ) -> None:
        self.scale, self.width, self.fit, self.read, self.each_band = scale, width, fit, read or {}, each_band
        self.codec, self.crf, self.sample = codec, crf, sample
        self.folders = _folders(run, scale, self.width or self.fit)
        self.networks: dict[Path, Upscaler] = {}
        if len(self.folders) == 1:
            self._network(self._folder(1))
        weights = b"".join(weights_file(folder).read_bytes() for folder in self.folders.values())
        asked = None if self.folders == _folders(run, None, width or fit) else scale
        settings = (asked, width, fit, *((self.read, each_band) if self.read or each_band else ()))
        settings += () if codec is crf is None else (codec, crf)
        settings += () if sample is None else (f"sample {sample}",)
        self.key = hashlib.blake2b(weights + repr(settings).encode(), digest_size=8).hexdigest()

    def __call__(self, place: Place, advance: Advance) -> str:
        """Write a result, whole or not at all, and say what it is; `advance` hears of each share done.

        An error of any kind where the input can't be read, enlarged or written.
        """
        if self.sample is not None and (place.reader or place.kind in CONTAINERS):
            raise ValueError("--sample: samples are drawn of pictures, not of films, scans or scenes")
        if place.reader:
            return self._scene(place, advance)
        return self._film(place, advance) if place.kind in CONTAINERS else self._picture(place, advance)

    def _picture(self, place: Place, advance: Advance) -> str:
        picture = read_picture(place.source)
        height, width = picture.frames[0].shape[:2]
        asked, folder, network = self._choice(width, height)
        high, wide = asked or high_size((height, width), network.scale)
        check_kind(place.kind, wide, high, frames=len(picture.frames), whole=bool(asked))
        metadata = picture.metadata.for_size(wide, high)
        frames = (self._bands(network, frame, (high, wide), asked) for frame in picture.frames)
        place.output.parent.mkdir(parents=True, exist_ok=True)
        with atomic(place.output) as temporary:
            if picture.delays:
                made = (_frame(bands, advance, len(picture.frames)) for bands in frames)
                write_moving(temporary, place.kind, made, picture.delays, picture.loop, metadata)
            else:
                bands = _report_rows(next(frames), high, advance)
                write_still(temporary, place.kind, bands, wide, high, metadata)
        notes = _notes(picture, place.kind, network)
        return f"{place.output}  {wide}×{high} from {width}×{height} by {folder.name}{notes}"

    def _film(self, place: Place, advance: Advance) -> str:
        try:
            from sr_experiments.files.films.read import open_film
            from sr_experiments.inference.films import enlarge_film
        except ImportError as error:
            raise ValueError(f'films are read by PyAV: pip install "sr_experiments[video]" ({error})') from None
        with open_film(place.source) as film:
            height, width = film.turn(film.first.height, film.first.width)
            asked, folder, network = self._choice(width, height)
            size = asked or high_size((height, width), network.scale)
            said = enlarge_film(film, place, network, size, advance, codec=self.codec, crf=self.crf)
        return f"{place.output}  {said} by {folder.name}{words([*film.notes, *_blending(network, height, width)])}"

    def _choice(self, width: int, height: int) -> tuple[tuple[int, int] | None, Path, Upscaler]:
        """The (height, width) that was asked for, and what makes an image of this size larger."""
        asked = self._requested_size(width, height)
        folder = self._folder(max(asked[0] / height, asked[1] / width) if asked else 1)
        return asked, folder, self._network(folder)

    def _scene(self, place: Place, advance: Advance) -> str:
        if self.width or self.fit:
            raise ValueError("a scan or a scene is enlarged by a whole --scale, which keeps its coordinates exact")
        folder = self._folder(1)
        scene = scene_of(place, folder, self.read)
        place.output.parent.mkdir(parents=True, exist_ok=True)
        with atomic(place.output) as temporary:
            notes = enlarge_scene(scene, temporary, self._network(folder), self.each_band, advance)
        images = f"{scene.count} images, " if scene.count > 1 else ""
        return f"{place.output}  {images}{self._network(folder).scale} times as large by {folder.name}{words(notes)}"

    def _requested_size(self, width: int, height: int) -> tuple[int, int] | None:
        """The (height, width) of a result of a size that was asked for."""
        if self.width:
            return max(round(height * self.width / width), 1), self.width
        if self.fit:
            factor = min(self.fit[0] / width, self.fit[1] / height)
            return max(round(height * factor), 1), max(round(width * factor), 1)
        return None

    def _folder(self, factor: float) -> Path:
        """Of which network a picture is made that is to be so many times as large."""
        enough = (folder for scale, folder in self.folders.items() if scale >= factor)
        return next(enough, list(self.folders.values())[-1])

    def _network(self, folder: Path) -> Upscaler:
        if folder not in self.networks:
            network = load_run(folder, self.scale).network
            self.networks[folder] = Upscaler(network, sample=self.sample, calls=fastest(network, folder))
        return self.networks[folder]

    @staticmethod
    def _bands(
        network: Upscaler, frame: NDArray[Any] | TiffRows, size: tuple[int, int], asked: tuple[int, int] | None
    ) -> Iterator[NDArray[Any]]:
        bands = network.rows(frame)
        return iter([_resize(np.concatenate(list(bands)), size)]) if asked else bands


def _folders(run: str | None, scale: float | None, sized: Any) -> dict[float, Path]:
    """The folders of the networks that may be needed, by their scale, the smallest first."""
    if run is not None:
        return {scale or 1: run_folder(run)}
    shipped = dict(sorted(best_shipped().items()))
    if sized and scale is None:
        return shipped
    scale = scale or SCALE
    if scale not in shipped:
        known = ", ".join(f"×{each}" for each in shipped)
        raise ValueError(f"--scale {scale}: expected one of the networks that ship ({known}), or a --run that makes it")
    return {scale: shipped[scale]}


def _resize(pixels: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """`(H, W, C)` by bicubic interpolation."""
    if pixels.shape[:2] == size:
        return pixels
    image = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)
    most = np.iinfo(pixels.dtype).max
    return resize(image, size).round().clamp(0, most).permute(1, 2, 0).numpy().astype(pixels.dtype)


def _report_rows(bands: Iterator[NDArray[Any]], rows: int, advance: Advance) -> Iterator[NDArray[Any]]:
    for band in bands:
        yield band
        advance(len(band) / rows)


def _frame(bands: Iterator[NDArray[Any]], advance: Advance, frames: int) -> NDArray[Any]:
    advance(1 / frames)
    return np.concatenate(list(bands))


def _notes(picture: Picture, kind: str, network: Upscaler) -> str:
    first = picture.frames[0]
    lost = losses(kind, first.shape[-1], first.dtype, picture.metadata)
    return words([*picture.notes, *lost, *_blending(network, *first.shape[:2])])


def _blending(network: Upscaler, height: int, width: int) -> list[str]:
    blended = network.blended and max(height, width) > network.tile
    return [f"its network sees the whole picture: blended of pieces of {network.tile} pixels"] * blended


def words(notes: list[str]) -> str:
    """What there is to say of a result, behind it."""
    return f" ({'; '.join(notes)})" if notes else ""
