"""The planes of a film's frames: in which format they are kept, and how their numbers stand for light."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import av
import numpy as np
from av import VideoFrame
from av.video.format import VideoFormat
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from sr_experiments.files.films.kinds import CODECS

_PLAIN = re.compile(r"(gray|yuv4\d\dp)(\d+le)?")
_UNSAID, _BT709, _BT601 = 2, 1, 6  # of ITU-T H.273, table 4
_LARGE = (1280, 576)  # from so many columns on, or above so many rows, players take a film for BT.709 that says nothing
_SCALING = {1: Colorspace.ITU709, 4: Colorspace.FCC, 5: Colorspace.ITU601, 6: Colorspace.ITU601}
_SCALING |= {7: Colorspace.SMPTE240M, 9: Colorspace.BT2020}


class Coding(NamedTuple):
    """How numbers stand for frames: FFmpeg's `format`, bits, whether in their `full` range or with head-room.

    `matrix`: how RGB becomes luma and chroma, by the numbers of ITU-T H.273, table 4.
    """

    format: str
    depth: int
    full: bool
    matrix: int

    @property
    def peak(self) -> int:
        """The largest number."""
        return (1 << self.depth) - 1

    @property
    def luma(self) -> tuple[int, int]:
        """Black, and how far white is from it."""
        return (0, self.peak) if self.full else (16 << self.depth - 8, 219 << self.depth - 8)

    @property
    def chroma(self) -> tuple[int, int]:
        """Grey, and how far the most is from the least."""
        return 1 << self.depth - 1, self.peak if self.full else 224 << self.depth - 8


class FormatChoice(NamedTuple):
    """A codec and a pixel format for frames of another, and what that loses: of color, depth, columns and rows."""

    codec: str
    format: str
    lost: tuple[int, ...]


def choose_format(given: VideoFormat, codecs: Sequence[str]) -> FormatChoice:
    """The first of these codecs, and its plain format of YCbCr or grey, that loses least of a frame's format."""
    choices = []
    for codec in codecs:
        for candidate in av.Codec(CODECS[codec].encoder, "w").video_formats or []:
            if _PLAIN.fullmatch(candidate.name):
                pairs = list(zip(_sampling(given), _sampling(candidate), strict=True))
                lost, more = (tuple(max(sign * (a - b), 0) for a, b in pairs) for sign in (1, -1))
                choices.append((lost, codecs.index(codec), more, FormatChoice(codec, candidate.name, lost)))
    return min(choices)[-1]


def losses(given: VideoFormat, chosen: FormatChoice) -> list[str]:
    """In words what a frame's format loses."""
    color, depth, *chroma = chosen.lost
    bits = max(part.bits for part in given.components)
    notes = [f"{bits} bits became {bits - depth}"] * (depth > 0) + ["colors became grey"] * (color > 0)
    notes += ["chroma lost resolution"] * (max(chroma) > 0)
    notes += ["RGB became YCbCr"] * (given.is_rgb or given.has_palette)
    return notes + ["transparency was left out"] * any(part.is_alpha for part in given.components)


def _sampling(shape: VideoFormat) -> tuple[int, ...]:
    """Whether there are colors, bits of a number, and samples of chroma in 16 columns and rows."""
    colors = len([part for part in shape.components if not part.is_alpha]) > 1 or shape.has_palette
    depth = 8 if shape.has_palette else max(part.bits for part in shape.components)
    return (1, depth, shape.chroma_width(16), shape.chroma_height(16)) if colors else (0, depth, 0, 0)


def coding_of(frame: VideoFrame, chosen: FormatChoice) -> Coding:
    """How a frame's numbers are to be read once it has the format that was chosen."""
    matrix, large = frame.colorspace, frame.width >= _LARGE[0] or frame.height > _LARGE[1]
    if frame.format.is_rgb or frame.format.has_palette:
        matrix = _BT709
    elif matrix == _UNSAID:
        matrix = _BT709 if large else _BT601
    depth = VideoFormat(chosen.format).components[0].bits
    return Coding(chosen.format, depth, _range(frame) is ColorRange.JPEG, matrix)


def _range(frame: VideoFrame) -> ColorRange:
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    return ColorRange.JPEG if full and not frame.format.is_rgb else ColorRange.MPEG


def read_planes(frame: VideoFrame, coding: Coding) -> list[NDArray[Any]]:
    """The planes `(rows, columns)` of a frame, which is converted where its format is another."""
    if frame.format.name.replace("yuvj", "yuv") != coding.format:
        frame = frame.reformat(
            format=coding.format,
            dst_colorspace=_SCALING.get(coding.matrix),
            src_color_range=ColorRange.JPEG if frame.format.is_rgb else _range(frame),
            dst_color_range=_range(frame),
            interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND,
        )
    return [_numbers(frame, place, coding) for place in range(len(frame.planes))]


def frame_of(planes: list[NDArray[Any]], coding: Coding) -> VideoFrame:
    """A frame of these planes."""
    height, width = planes[0].shape
    frame = VideoFrame(width, height, coding.format)
    for place, numbers in enumerate(planes):
        _numbers(frame, place, coding)[:] = numbers
    return frame


def _numbers(frame: VideoFrame, place: int, coding: Coding) -> NDArray[Any]:
    plane: Any = frame.planes[place]
    rows = np.frombuffer(plane, np.uint16 if coding.depth > 8 else np.uint8)
    return rows.reshape(plane.height, -1)[:, : plane.width]
