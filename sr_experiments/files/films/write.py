"""Films written: frames encoded anew, all that lies beside them copied packet by packet."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import av
import av.error
import numpy as np
from av import Packet, VideoFrame
from av.codec.context import Flags
from av.container import OutputContainer
from av.stream import Stream
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from sr_experiments.files.films.kinds import CODECS, CONTAINERS
from sr_experiments.files.films.planes import Coding
from sr_experiments.files.films.read import Film, FilmError

_OF_FILES = ("major_brand", "minor_version", "compatible_brands", "encoder", "duration")  # not of what they hold
_PLACE = slice(6, 8)  # what of the nine numbers of a matrix is in pixels


class Encoding(NamedTuple):
    """How frames are written: in which container, by which codec, in which numbers and size, and with which CRF."""

    kind: str
    codec: str
    coding: Coding
    height: int
    width: int
    crf: int | None = None


def write_film(
    path: Path,
    film: Film,
    how: Encoding,
    enlarged: Callable[[VideoFrame], VideoFrame],
    advance: Callable[[float], Any],
) -> None:
    """Write a film, each frame as `enlarged` makes it; `advance` hears of each share done.

    A FilmError says what the container can't hold, what the codec can't encode, or why nothing more can be written.
    """
    container, done = CONTAINERS[how.kind], 0.0
    options = {"movflags": "+faststart"} if how.kind in ("MP4", "MOV") else {}
    with (
        _writing(film.path, "can't be written"),
        av.open(f"file:{path}", "w", format=container.format, container_options=options) as made,
    ):
        video = _video(made, film, how)
        tracks = {track.index: _copy_track(made, film, track, how.kind) for track in film.tracks}
        made.metadata.update(_tags(film.container.metadata))
        made.set_chapters(film.container.chapters())
        with _writing(film.path, f"{how.kind} does not hold all of its tracks: choose --format mkv"):
            made.start_encoding()
        for item in film:
            if isinstance(item, Packet):
                item.stream = tracks[item.stream_index]
                made.mux(item)
            else:
                made.mux(video.encode(_at_time_of(enlarged(item), item)))
                advance(film.share - done)
                done = film.share
        made.mux(video.encode(None))


def _video(made: OutputContainer, film: Film, how: Encoding) -> VideoStream:
    """The track of what is encoded, with all that the film says of its own."""
    codec, given, first = CODECS[how.codec], film.video, film.first
    options = codec.options | ({} if codec.crf is None else {"crf": str(codec.crf if how.crf is None else how.crf)})
    os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 tells a page of itself otherwise
    try:
        video: Any = made.add_stream(codec.encoder, given.average_rate or 25, options, time_base=given.time_base)
    except ValueError:
        raise FilmError(film.path, f"{how.kind} holds no {how.codec}: choose another --codec") from None
    video.width, video.height, video.pix_fmt = how.width, how.height, how.coding.format
    video.color_range = ColorRange.JPEG if how.coding.full else ColorRange.MPEG
    video.colorspace, video.color_primaries, video.color_trc = how.coding.matrix, first.color_primaries, first.color_trc
    if given.sample_aspect_ratio:
        video.sample_aspect_ratio = given.sample_aspect_ratio
    if (matrix := film.inside.get("DISPLAYMATRIX")) is not None:
        turned = np.frombuffer(matrix, np.int32).astype(np.int64)
        turned[_PLACE] = turned[_PLACE] * how.width // first.width
        video.set_display_matrix(turned.tolist())
    elif first.rotation:
        video.set_display_rotation(first.rotation)
    if how.codec == "hevc" and how.kind in ("MP4", "MOV"):
        video.codec_context.codec_tag = "hvc1"  # which Apple's players ask for
    video.codec_context.flags |= Flags.frame_duration
    video.metadata.update(_tags(given.metadata))
    video.disposition = given.disposition
    with _writing(film.path, f"{how.codec} does not take {how.width}×{how.height} pixels of {how.coding.format}"):
        video.codec_context.open()
    return video


def _copy_track(made: OutputContainer, film: Film, track: Stream, kind: str) -> Stream:
    """A track whose packets will be those of another."""
    try:
        copy = made.add_stream_from_template(track, opaque=True)
    except ValueError:
        what = f"{track.type} track ({track.name})"
        raise FilmError(film.path, f"{kind} does not hold its {what}: choose --format mkv") from None
    copy.metadata.update(_tags(track.metadata))
    copy.disposition = track.disposition
    return copy


def _tags(metadata: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in metadata.items() if name.lower() not in _OF_FILES}


def _at_time_of(frame: VideoFrame, given: VideoFrame) -> VideoFrame:
    frame.pts, frame.time_base, frame.duration = given.pts, given.time_base, given.duration
    return frame


@contextmanager
def _writing(path: Path, trouble: str) -> Iterator[None]:
    try:
        yield
    except av.error.FFmpegError as error:
        raise FilmError(path, f"{trouble} ({error.strerror or error})") from error
