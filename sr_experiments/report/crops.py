"""The crops that run directories hold, gathered for a page: inside it, beside it, or not at all."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import pstdev
from typing import Any, NamedTuple

from sr_experiments.record import own_file
from sr_experiments.report.leaderboard import Leaderboard, Row, finite

EXPERIMENTS = 16  # with pictures inside the page: the best ones, and the baseline
MEBIBYTES = 24  # of pictures inside the page
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
MADE = {"plain": "output", "sample": "sample_0", "sample_mean": "sample_mean"}  # the picture of each variant
BESIDE = (*(f"sample_{number}" for number in range(1, 8)), "sample_mean", "spread")
LARGEST, LONGEST = 2**21, 2048  # bytes of a file and pixels a side: a crop has 192 or so

Pictures = dict[str, str]  # by the hash of a file, what `src` says


class Crop(NamedTuple):
    """The files of one measured image: what went in, what should come out, and what each experiment made of it.

    `strips`: of experiments whose first sample is the output, the others, their mean and how far they differ, by name.
    """

    image: str
    input: Path
    target: Path
    outputs: dict[str, Path]
    strips: dict[str, dict[str, Path]]

    @property
    def files(self) -> list[Path]:
        """All of them."""
        strips = [path for strip in self.strips.values() for path in strip.values()]
        return [self.input, self.target, *self.outputs.values(), *strips]


def find_crops(board: Leaderboard) -> list[Crop]:
    """The crops of a leaderboard's images, those first whose scores differ most between experiments.

    A run directory holds crops at the scale that it was trained for, of its plain output and of samples.
    """
    names = dict.fromkeys(image for row in board.rows for images in _scores(row, board).values() for image in images)
    ranked = sorted(names, key=lambda image: -_spread(board, image))
    return [crop for image in ranked if (crop := _crop(board, image))]


def _scores(row: Row, board: Leaderboard) -> dict[int, dict[str, float]]:
    return row.values.get(board.metrics[0], {})


def _spread(board: Leaderboard, image: str) -> float:
    values = [finite(images.get(image), 0.0) for row in board.rows for images in _scores(row, board).values()]
    return pstdev(values) if values else 0.0


def _crop(board: Leaderboard, image: str) -> Crop | None:
    made = MADE.get(board.setting["variant"])
    pictures = {row.name: _of_row(row, board.setting, image, made) for row in board.rows if made}
    found = {name: files for name, files in pictures.items() if files}
    if made is None or not found:
        return None
    first = next(iter(found.values()))
    outputs = {name: files[made] for name, files in found.items()}
    strips = {name: {key: path for key, path in files.items() if key in BESIDE} for name, files in found.items()}
    return Crop(image, first["input"], first["target"], outputs, strips if made == "sample_0" else {})


def _of_row(row: Row, setting: dict[str, str], image: str, made: str) -> dict[str, Path]:
    for run in row.experiment.finished:
        if float(run.record["config"].get("scale") or 0) != float(setting["scale"]):
            continue
        if found := _pictures(run.folder, f"images/{setting['benchmark']}/{image}", made):
            return found
    return {}


def _pictures(run: Path, place: str, made: str) -> dict[str, Path]:
    """The files of an image by their names, where input, target and what was made are pictures of the run itself."""
    names = ("input", "target", made, *BESIDE)
    found = {name: run / f"{place}/{name}.png" for name in names if _is_picture(run, f"{place}/{name}.png")}
    return found if found.keys() >= set(names[:3]) else {}


def _is_picture(run: Path, name: str) -> bool:
    try:
        path = own_file(run, name)
        if path.stat().st_size > LARGEST:
            return False
        with path.open("rb") as file:
            head = file.read(24)
    except (OSError, ValueError):
        return False
    sides = [int.from_bytes(head[start : start + 4], "big") for start in (16, 20)]
    return head.startswith(PNG) and all(0 < side <= LONGEST for side in sides)


def embed(pictures: Pictures) -> Callable[[Path], str]:
    """Keep pictures in the page itself; gives the key of one."""

    def keep(path: Path) -> str:
        content = path.read_bytes()
        key = _key(content)
        if key not in pictures:
            pictures[key] = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        return key

    return keep


def copy_to(pictures: Pictures, folder: Path) -> Callable[[Path], str]:
    """Copy pictures into a folder beside the page; gives the key of one."""
    folder.mkdir(parents=True, exist_ok=True)

    def keep(path: Path) -> str:
        content = path.read_bytes()
        key = _key(content)
        if key not in pictures:
            pictures[key] = f"{folder.name}/{key}.png"
            (folder / f"{key}.png").write_bytes(content)
        return key

    return keep


def _key(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def select_crops(boards: Sequence[Leaderboard], crops: Sequence[Sequence[Crop]]) -> list[list[Crop]]:
    """What fits into a page: of the best experiments and the baseline, image by image of each board in turn."""
    chosen: list[list[Crop]] = [[] for _ in boards]
    names = [_shown(board) for board in boards]
    left, seen = MEBIBYTES * 2**20, set[Path]()
    for place, crop in _in_turn(crops):
        outputs = {name: path for name, path in crop.outputs.items() if name in names[place]}
        strips = {name: strip for name, strip in crop.strips.items() if name in outputs}
        some = crop._replace(outputs=outputs, strips=strips)
        size = sum(path.stat().st_size for path in some.files if path not in seen and path.is_file()) * 4 // 3
        if size > left:
            break
        left, seen = left - size, seen | set(some.files)
        chosen[place].append(some)
    return chosen


def _shown(board: Leaderboard) -> set[Any]:
    return {row.name for row in board.rows[: EXPERIMENTS - 1]} | {board.baseline}


def _in_turn(crops: Sequence[Sequence[Crop]]) -> Iterator[tuple[int, Crop]]:
    for number in range(max(map(len, crops), default=0)):
        for place, of_board in enumerate(crops):
            if number < len(of_board):
                yield place, of_board[number]
