"""Which films are read, and in which containers and by which codecs they are written."""

from collections.abc import Sequence
from typing import NamedTuple


class Container(NamedTuple):
    """A container: its files' suffix, its name in FFmpeg, and the codecs of which the one that loses least is taken."""

    suffix: str
    format: str
    codecs: Sequence[str]


class Codec(NamedTuple):
    """A codec: its encoder in FFmpeg, how good it is if nobody asks and how bad it can be, and further options.

    A CRF of None: nothing is lost. `even`: sides are whole numbers of its chroma's pixels.
    """

    encoder: str
    crf: int | None
    worst: int
    even: bool
    options: dict[str, str]


CONTAINERS = {
    "MP4": Container(".mp4", "mp4", ("h264", "hevc")),
    "MOV": Container(".mov", "mov", ("h264", "hevc")),
    "MKV": Container(".mkv", "matroska", ("h264", "hevc")),
    "WEBM": Container(".webm", "webm", ("vp9", "av1")),
}
CODECS = {
    "h264": Codec("libx264", 16, 51, True, {}),
    "hevc": Codec("libx265", 18, 51, True, {"x265-params": "log-level=none"}),
    "vp9": Codec("libvpx-vp9", 20, 63, False, {"row-mt": "1"}),
    "av1": Codec("libsvtav1", 20, 63, False, {}),
    "ffv1": Codec("ffv1", None, 0, False, {}),
}
READ = {
    **dict.fromkeys((".mp4", ".m4v", ".3gp"), "MP4"),
    ".mov": "MOV",
    ".webm": "WEBM",
    **dict.fromkeys((".mkv", ".avi", ".flv", ".m2ts", ".mpeg", ".mpg", ".mts", ".ogv", ".wmv"), "MKV"),
}
DEMUXERS = ("mov", "matroska", "avi", "flv", "mpegts", "mpeg", "ogg", "asf")  # none that opens what a file names
