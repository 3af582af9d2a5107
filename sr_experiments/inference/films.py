"""Films in, enlarged films out: luma by the network as it is, or RGB by the film's own matrix."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from av import VideoFrame
from av.video.format import VideoFormat
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from sr_experiments.color import BLACK, WHITE
from sr_experiments.data.decoded.cache import atomic
from sr_experiments.files.films.kinds import CODECS, CONTAINERS
from sr_experiments.files.films.planes import choose_format, coding_of, frame_of, losses, read_planes
from sr_experiments.files.films.read import Film
from sr_experiments.files.films.write import Encoding, write_film
from sr_experiments.files.places import Place
from sr_experiments.inference.upscaler import Upscaler
from sr_experiments.resize import resize

WEIGHTS = {  # of red and blue in luma, by the numbers of ITU-T H.273, table 4
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}


def enlarge_film(
    film: Film,
    place: Place,
    network: Upscaler,
    shown: tuple[int, int],
    advance: Callable[[float], Any],
    *,
    codec: str | None = None,
    crf: int | None = None,
) -> str:
    """Write a film, whole or not at all, so that (height, width) are `shown`, and say of what size and codec it is.

    `advance` hears of each share done. What is lost is added to the film's notes. A ValueError where the film can't be
    decoded, enlarged or written.
    """
    size = film.turn(*shown)
    how = _encoding(film, place.kind, size, codec, crf)
    enlarger = FrameEnlarger(network, how, size)
    place.output.parent.mkdir(parents=True, exist_ok=True)
    with atomic(place.output) as temporary:
        write_film(temporary, film, how, enlarger, advance)
    first = film.first
    return f"{how.width}×{how.height} from {first.width}×{first.height}, {how.codec}"


def _encoding(film: Film, kind: str, size: tuple[int, int], codec: str | None, crf: int | None) -> Encoding:
    """How a film of this size is encoded; what it loses by that is noted."""
    chosen = choose_format(film.first.format, (codec,) if codec else CONTAINERS[kind].codecs)
    film.notes += losses(film.first.format, chosen)
    codec_facts, (height, width) = CODECS[chosen.codec], size
    if crf is not None and crf > codec_facts.worst:
        known = f"0 to {codec_facts.worst}" if codec_facts.worst else "none, it loses nothing"
        raise ValueError(f"--crf {crf}: {chosen.codec} has {known}")
    if codec_facts.even:
        rows, columns = _step(VideoFormat(chosen.format))
        height, width = height - height % rows, width - width % columns
    if (height, width) != size:
        film.notes.append(f"the last row or column went: {chosen.codec} holds even sizes")
    return Encoding(kind, chosen.codec, coding_of(film.first, chosen), height, width, crf)


def _step(shape: VideoFormat) -> tuple[int, int]:
    """How many rows and columns of luma there are for one of chroma."""
    return 16 // shape.chroma_height(16), 16 // shape.chroma_width(16)


class FrameEnlarger:
    """Enlarges the frames of a film to `size` (height, width), of which as much is kept as is encoded,
    as `how` says.

    A network of luma sees the film's luma, and chroma is enlarged bicubically. One of RGB sees the colors that the
    film's matrix makes of both; a ValueError where that is none of `WEIGHTS`. Fewer columns of chroma than of luma are
    taken to lie where every second (or fourth) of luma does, its rows between two (ITU-T H.273, chroma type 0), as
    players do where nothing is said.
    """

    def __init__(self, network: Upscaler, how: Encoding, size: tuple[int, int]) -> None:
        self.network, self.how, self.size = network, how, size
        self.color = network.network.color
        if isinstance(self.color, int):
            raise ValueError(f"its network sees images of {self.color} channels, which films are not")
        if self.color == "rgb" and how.coding.matrix not in WEIGHTS:
            raise ValueError(f"colors of the matrix {how.coding.matrix} (ITU-T H.273) want a network of y, not of rgb")
        shape = VideoFormat(how.coding.format, how.width, how.height)
        self.step = _step(shape)
        self.sides = [(how.height, how.width)] + 2 * [(shape.chroma_height(), shape.chroma_width())]

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        luma, *chroma = map(_tensor, read_planes(frame, self.how.coding))
        high = self._by_rgb(luma, chroma) if chroma and self.color == "rgb" else self._by_luma(luma, chroma)
        peak = self.how.coding.peak
        kept = [
            plane[:rows, :columns].round().clamp(0, peak).numpy()
            for plane, (rows, columns) in zip(high, self.sides, strict=False)
        ]
        return frame_of(kept, self.how.coding)

    def _by_luma(self, luma: Tensor, chroma: list[Tensor]) -> list[Tensor]:
        (black, light), (_, columns) = self.how.coding.luma, self.step
        network, darkest, lightest = (self.network.luma, BLACK, WHITE) if self.color == "y" else (self.network, 0, 1)
        seen = (luma - black) / light * (lightest - darkest) + darkest
        high = (self._enlarge(network, seen[None])[0] - darkest) / (lightest - darkest)
        down, across = (large / small for large, small in zip(self.size, luma.shape, strict=True))
        shift = (1 - 1 / across) * (1 - 1 / columns) / 2
        sizes = [(round(each.shape[0] * down), round(each.shape[1] * across)) for each in chroma]
        return [high * light + black, *(resize(*each, shift=shift) for each in zip(chroma, sizes, strict=True))]

    def _by_rgb(self, luma: Tensor, chroma: list[Tensor]) -> list[Tensor]:
        (black, light), (grey, reach) = self.how.coding.luma, self.how.coding.chroma
        (rows, columns), (red, blue) = self.step, WEIGHTS[self.how.coding.matrix]
        (height, width), shift = luma.shape, (columns - 1) / 2
        size = chroma[0].shape[0] * rows, chroma[0].shape[1] * columns
        dense = [resize(each, size, shift=shift / columns)[:height, :width] for each in chroma]
        y, cb, cr = (luma - black) / light, *((each - grey) / reach for each in dense)
        r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
        r, g, b = self._enlarge(self.network, torch.stack([r, (y - red * r - blue * b) / (1 - red - blue), b]))
        y = red * r + (1 - red - blue) * g + blue * b
        differences = torch.stack([(b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))])
        edged = pad(differences, (0, -y.shape[1] % columns, 0, -y.shape[0] % rows), "replicate")
        thin = resize(edged, (edged.shape[-2] // rows, edged.shape[-1] // columns), shift=-shift)
        return [y * light + black, *(thin * reach + grey)]

    def _enlarge(self, network: Callable[[Tensor], Tensor], low: Tensor) -> Tensor:
        """`(C, h, w)` of 0 to 1 by the network, then to the size that was asked for."""
        high = network(low.clamp(0, 1))
        return high if tuple(high.shape[-2:]) == self.size else resize(high, self.size)


def _tensor(plane: NDArray[Any]) -> Tensor:
    return torch.from_numpy(plane.astype(np.float32))
