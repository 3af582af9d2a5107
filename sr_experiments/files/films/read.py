"""Films as people have them: frames one by one, and beside them the packets of all other tracks."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av import Packet, VideoFrame
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from sr_experiments.files.films.kinds import DEMUXERS
from sr_experiments.files.images import max_pixels

MISSING = 1  # seconds that a film may be shorter than it says
_GUESSING = ("mpeg", "mpegts", "ogg")  # which don't say how long they are
_COPIED = ("audio", "subtitle", "attachment")
_INSIDE = {  # what frames hold beside their pixels, and encoders are not told
    "A53_CC": "closed captions in its pictures",
    "MASTERING_DISPLAY_METADATA": "the display that it was mastered on",
    "CONTENT_LIGHT_LEVEL": "light levels",
    "DYNAMIC_HDR_PLUS": "HDR10+",
    "DOVI_METADATA": "Dolby Vision",
}


class FilmError(ValueError):
    """A film that can't be used; the message names it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


class Film:
    """An opened film: its `video`, the `first` frame of that, and the `tracks` beside it, which are copied.

    Iterating, once, gives frames, all of the size and format of the first, and packets of the tracks, in the file's
    order. A FilmError says what can't be decoded, is interlaced or ends too early. `notes`: in words what is left out
    or broken.
    """

    def __init__(self, path: Path, container: InputContainer, first: VideoFrame) -> None:
        self.path, self.container, self.first = path, container, first
        self.video = _video(path, container)
        self.tracks = [stream for stream in container.streams if stream.type in _COPIED or _is_cover(stream)]
        self.inside = _inside(first)
        self.notes = self._left_out()
        self._packets, self._end, self._broken = 0, Fraction(0), 0
        self._time: int | None = None

    def _left_out(self) -> list[str]:
        streams = [stream for stream in self.container.streams if stream not in (self.video, *self.tracks)]
        chapters = "bin_data" if self.container.chapters() else None  # the track that MP4 has them in
        left = [words for name, words in _INSIDE.items() if name in self.inside]
        left += [f"a {stream.type} track" for stream in streams if stream.name != chapters]
        return [f"left out: {', '.join(left)}"] if left else []

    def turn(self, height: int, width: int) -> tuple[int, int]:
        """A size as players show it, or the other way round, where they turn the film by its columns."""
        return (width, height) if self.first.rotation % 180 else (height, width)

    @property
    def share(self) -> float:
        """How much of it was read; 0 where it doesn't say how long it is."""
        if self._time is None:
            return 0.0
        began, now = (pts * self._base for pts in (self.first.pts or 0, self._time))
        return min(float((now - began) / (self._stated_end - began)), 1.0) if self._stated_end > began else 0.0

    @property
    def _base(self) -> Fraction:
        return self.video.time_base or Fraction(0)

    @property
    def _stated_end(self) -> Fraction:
        """When it says that it ends, in seconds."""
        if self.video.duration:
            return ((self.video.start_time or 0) + self.video.duration) * self._base
        return Fraction(self.container.duration or 0, av.time_base)

    def __iter__(self) -> Iterator[VideoFrame | Packet]:
        read = [self.video, *(track for track in self.tracks if track.type != "attachment")]
        try:
            for packet in self.container.demux(read):
                self._end = max(self._end, _end(packet))
                if packet.stream.index == self.video.index:
                    self._packets += packet.size > 0
                    yield from self._frames(packet)
                elif packet.size:  # the last one of a track holds nothing
                    yield packet
        except av.error.FFmpegError as error:
            reason = f"it is broken, or was cut short, after {self._clock} ({error.strerror or error})"
            raise FilmError(self.path, reason) from error
        self._check_end()
        if self._broken:
            self.notes.append(f"{self._broken} of its frames are broken")

    def _frames(self, packet: Packet) -> Iterator[VideoFrame]:
        for frame in self.video.decode(packet):
            frame.pts = frame.dts if frame.pts is None else frame.pts
            self._check(frame)
            self._time = frame.pts
            self._broken += frame.is_corrupt
            yield frame

    def _check(self, frame: VideoFrame) -> None:
        if frame.interlaced_frame:
            raise FilmError(self.path, "it is interlaced: deinterlace it first (ffmpeg -i FILM -vf bwdif NEW)")
        shapes = [(each.width, each.height, each.format.name) for each in (self.first, frame)]
        if shapes[0] != shapes[1]:
            was, became = (f"{width}×{height} {name}" for width, height, name in shapes)
            raise FilmError(self.path, f"its frames change from {was} to {became}, which no result can: split it")
        if frame.pts is None or (self._time is not None and frame.pts <= self._time):
            raise FilmError(self.path, f"the times of its frames do not rise after {self._clock}")

    def _check_end(self) -> None:
        """Refuse a film that was cut short: fewer packets than its index has, or an end before the one that it says."""
        missing = self._end < self._stated_end - MISSING and self.container.format.name not in _GUESSING
        if missing or self._packets < len(self.video.index_entries):
            said = float(self._stated_end)
            raise FilmError(self.path, f"it was cut short: it ends at {self._clock} of {said:.1f} s")

    @property
    def _clock(self) -> str:
        return f"{float((self._time or 0) * self._base):.1f} s"


@contextmanager
def open_film(path: Path) -> Iterator[Film]:
    """A film file; a FilmError of what can't be read. Nothing else that the file names is opened."""
    if not path.is_file():  # a pipe would wait for ever
        raise FilmError(path, "expected a file; it is none, or a link leads nowhere")
    with _open(path) as container, _reading(path):
        first = next(container.decode(_video(path, container)), None)
    if first is None:
        raise FilmError(path, "no frame of it can be decoded")
    with _open(path) as container:
        yield Film(path, container, first)


def _open(path: Path) -> InputContainer:
    with _reading(path):
        options = {"format_whitelist": ",".join(DEMUXERS), "protocol_whitelist": "file"}
        return av.open(f"file:{path}", options=options, metadata_errors="replace")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except av.error.FFmpegError as error:
        raise FilmError(path, f"no film that can be read ({error.strerror or error})") from error


def _video(path: Path, container: InputContainer) -> VideoStream:
    found = [stream for stream in container.streams.video if not _is_cover(stream)]
    if not found:
        raise FilmError(path, "there is no film in it, no video track")
    if found[0].codec_context is None:
        raise FilmError(path, "its video is of a codec that is not known")
    if found[0].width * found[0].height > max_pixels():
        size = f"{found[0].width:,}×{found[0].height:,}"
        raise FilmError(path, f"frames of {size} pixels; SR_MAX_PIXELS lets in more than {max_pixels():,}")
    return found[0]


def _inside(frame: VideoFrame) -> dict[str, Any]:
    """What a frame holds beside its pixels, by FFmpeg's names; nothing where PyAV does not know all of it."""
    try:
        return {data.type.name: data for data in frame.side_data}  # pyright: ignore[reportAttributeAccessIssue]
    except ValueError:
        return {}


def _is_cover(stream: Stream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _end(packet: Packet) -> Fraction:
    """When the last of what was read ends, in seconds."""
    time = packet.pts if packet.pts is not None else packet.dts
    return ((time or 0) + (packet.duration or 0)) * packet.time_base if packet.size else Fraction(0)
