"""Frames of films, whole scenes of which are learnt from, choose the weights or are measured."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from sr_experiments.data.decoded.cache import atomic, cache_root
from sr_experiments.data.decoded.writing import SHOWN
from sr_experiments.data.sources.content import content_key
from sr_experiments.data.sources.parts import of_part

CUT = 0.3


class Scene(NamedTuple):
    """The `numbers` of a scene's frames in a film, and the folder that holds them as images."""

    film: Path
    folder: Path
    numbers: range


def film_frames(*, films: str | Path | Sequence[str | Path], of: str, every: int = 1) -> list[Path]:
    """Every `every`-th frame of the scenes that are for `train`, `val` or `test`, or of `all`: PNG files in the cache.

    Scenes are counted through all films, and divided as `part` divides images. One begins where FFmpeg's score of a
    frame, from 0 to 1 by how much luma changes and how suddenly, is above 0.3. Colors are eight bits, as FFmpeg makes
    them of the film's. A ValueError where a film can't be read, or there is no scene for a part.
    """
    if type(every) is not int or every < 1:
        raise ValueError(f"every: expected each so many frames, a whole number of at least 1, got {every!r}")
    paths = [Path(film).expanduser() for film in ([films] if isinstance(films, str | Path) else films)]
    scenes = [scene for path in paths for scene in _scenes(path)]
    chosen = scenes if of == "all" else of_part(scenes, of)
    if not chosen:
        names = ", ".join(path.name for path in paths)
        raise ValueError(f"{names}: of {len(scenes)} scenes none is for {of}: add films, or give each part its own")
    return [file for path in paths for file in _kept(path, [scene for scene in chosen if scene.film == path], every)]


def _scenes(film: Path) -> list[Scene]:
    """The scenes of a film, which is looked through once."""
    if not film.is_file():
        raise ValueError(f"films: expected a film, found none at {film}")
    folder = cache_root() / "frames" / f"{film.stem}_{content_key([film])[:12]}"
    kept = folder / "scenes.json"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        ends = _ends(film)
        with atomic(kept) as temporary:
            temporary.write_text(json.dumps(ends))
    ends = json.loads(kept.read_text())
    return [Scene(film, folder / f"scene_{place}", range(*pair)) for place, pair in enumerate(pairwise(ends))]


def _ends(film: Path) -> list[int]:
    """The number of each scene's first frame, and how many frames there are."""
    with _frames(film) as frames:
        cuts = list(_cuts(frames))
    return [0, *(number for number, cut in enumerate(cuts) if cut), len(cuts)]


def _cuts(frames: Iterable[Any]) -> Iterator[bool]:
    """Whether a scene begins, of each frame."""
    from av.filter import Graph

    graph = Graph()
    for number, frame in enumerate(frames):
        if not number:
            shape = {"width": frame.width, "height": frame.height, "format": frame.format, "time_base": frame.time_base}
            select = graph.add("select", rf"gt(scene\,{CUT})")
            graph.link_nodes(graph.add_buffer(**shape), select, graph.add("buffersink")).configure()
        graph.push(frame)
        cut = False
        with suppress(BlockingIOError):  # nothing comes of a frame that was not selected
            cut = graph.pull() is not None
        yield cut


def _kept(film: Path, scenes: Sequence[Scene], every: int) -> list[Path]:
    """The files of every so many frames of these scenes, which are written where they are not there yet."""
    files = {number: scene.folder / f"{number:06}.png" for scene in scenes for number in scene.numbers[::every]}
    missing = {number: file for number, file in files.items() if not file.exists()}
    if missing:
        with _frames(film) as frames:
            for number, frame in enumerate(frames):
                if number in missing:
                    missing[number].parent.mkdir(exist_ok=True)
                    with atomic(missing[number]) as temporary:
                        frame.to_image().save(temporary, format="png", compress_level=1)
    return list(files.values())


@contextmanager
def _frames(path: Path) -> Iterator[Iterable[Any]]:
    """A film's frames, with a bar."""
    try:
        from av import VideoFrame

        from sr_experiments.files.films.read import open_film
    except ImportError as error:
        raise ValueError(f'films are read by PyAV: pip install "sr_experiments[video]" ({error})') from None
    with open_film(path) as film:
        yield tqdm((each for each in film if isinstance(each, VideoFrame)), f"reading {path.name}", **SHOWN)
