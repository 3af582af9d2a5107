"""Small films, made and looked at."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from conftest import picture

RATE = 25
CHAPTERS = [("Anfang", 0, 200), ("End", 200, 480)]  # in milliseconds


def make_film(
    path: str,
    *,
    codec: str = "libx264",
    container: str | None = None,
    size: tuple[int, int] = (48, 64),
    layout: str = "yuv420p",
    times: Sequence[int] = range(12),
    audio: Sequence[str] = (),
    subtitles: bool = False,
    attachment: bool = False,
    chapters: bool = False,
    rotation: tuple[Any, ...] | None = None,
    aspect: Fraction | None = None,
    options: Any = None,
    fragments: dict[str, str] | None = None,
    **colors: Any,
) -> Path:
    """A film of `size` (height, width), of a picture that moves; `times` in frames of 1/25 s."""
    with av.open(path, "w", format=container, container_options=fragments or {}) as made:
        video: Any = made.add_stream(codec, RATE, options or {}, time_base=Fraction(1, RATE))
        video.height, video.width, video.pix_fmt = *size, layout
        for name, value in colors.items():
            setattr(video.codec_context, name, value)
        if rotation:
            video.set_display_rotation(*rotation)
        if aspect:
            video.sample_aspect_ratio = aspect
        tracks: list[Any] = [made.add_stream(name, 48000) for name in audio]
        for track, language in zip(tracks, ("deu", "eng"), strict=False):
            track.metadata["language"] = language
        text: Any = made.add_mux_stream("subrip", time_base=Fraction(1, 1000)) if subtitles else None
        if attachment:
            made.add_attachment("letters.ttf", "font/ttf", b"letters" * 9)
        if chapters:
            base = Fraction(1, 1000)
            marks = [{"start": start, "end": end, "metadata": {"title": name}} for name, start, end in CHAPTERS]
            made.set_chapters([{"id": place, "time_base": base, **mark} for place, mark in enumerate(marks)])  # pyright: ignore
        made.metadata["title"] = "Wellen"
        for time, frame in zip(times, moving(size, layout, len(times)), strict=True):
            frame.pts, frame.time_base, frame.duration = time, Fraction(1, RATE), 1
            made.mux(video.encode(frame))
        made.mux(video.encode(None))
        for track in tracks:
            made.mux([packet for sound in _sounds(times[0], track.format.name) for packet in track.encode(sound)])
            made.mux(track.encode(None))
        if text:
            packet = av.Packet(b"Guten Tag")
            packet.stream, packet.time_base = text, Fraction(1, 1000)
            packet.pts = packet.dts = 40 * times[0] + 80
            packet.duration = 120
            made.mux(packet)
    return Path(path)


def moving(size: tuple[int, int], layout: str, count: int) -> list[av.VideoFrame]:
    """Frames of a picture that moves by a pixel each time."""
    pixels = picture(size[0], size[1] + count)
    cut = (np.ascontiguousarray(pixels[:, start : start + size[1]]) for start in range(count))
    return [av.VideoFrame.from_ndarray(each, "rgb24").reformat(format=layout) for each in cut]


def _sounds(start: int, layout: str) -> list[av.AudioFrame]:
    made = []
    for place in range(22):
        wave = np.sin(np.arange(1024 * place, 1024 * (place + 1)) / 20)
        sound: Any = av.AudioFrame.from_ndarray(np.stack([wave, wave / 2]).astype(np.float32), "fltp", "stereo")
        sound.sample_rate, sound.pts, sound.time_base = 48000, 1024 * place + start * 48000 // RATE, Fraction(1, 48000)
        made.append(sound)
    return made


class Seen(NamedTuple):
    """What players see of a film."""

    frames: list[av.VideoFrame]
    times: list[Fraction]
    packets: dict[int, list[tuple[Any, ...]]]
    facts: dict[str, Any]

    def planes(self, number: int) -> list[np.ndarray]:
        """The numbers of a frame's planes."""
        frame: Any = self.frames[number]
        kind = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
        rows = (np.frombuffer(plane, kind).reshape(plane.height, -1) for plane in frame.planes)
        return [each[:, : plane.width] for each, plane in zip(rows, frame.planes, strict=True)]

    @property
    def colors(self) -> np.ndarray:
        """The means of all planes of all frames, in steps of eight bits."""
        steps = 1 << (self.frames[0].format.components[0].bits - 8)
        return np.array([[plane.mean() / steps for plane in self.planes(n)] for n in range(len(self.frames))])


def see(path: str | Path) -> Seen:
    """Decode a film, and read what lies beside its frames: times in seconds."""
    with av.open(str(path)) as film:
        frames: list[Any] = list(film.decode(film.streams.video[0]))
        facts = _facts(film, frames)
    with av.open(str(path)) as film:
        beside = [stream for stream in film.streams if stream.type in ("audio", "subtitle")]
        packets = {place: [] for place in range(len(beside))}
        for packet in film.demux(beside) if beside else []:
            if packet.size:
                when = [time * packet.time_base for time in (packet.pts, packet.duration) if time is not None]
                packets[beside.index(packet.stream)].append((bytes(packet), *when))
    return Seen(frames, [frame.pts * frame.time_base for frame in frames], packets, facts)


def _facts(film: Any, frames: list[Any]) -> dict[str, Any]:
    video, first, last = film.streams.video[0], frames[0], frames[-1]
    return {
        "size": (video.height, video.width),
        "layout": first.format.name,
        "codec": video.codec.canonical_name,
        "end": (last.pts + last.duration) * last.time_base,
        "aspect": video.sample_aspect_ratio,
        "colors": (first.color_range, first.colorspace, first.color_primaries, first.color_trc),
        "turned": [list(bytes(data)) for data in first.side_data if data.type.name == "DISPLAYMATRIX"],
        "title": film.metadata.get("title"),
        "chapters": [
            (mark["metadata"]["title"], *(mark["time_base"] * mark[end] for end in ("start", "end")))
            for mark in film.chapters()
        ],
        "tracks": [
            (stream.type, stream.language, int(stream.disposition))
            for stream in film.streams
            if stream.type in ("audio", "subtitle")
        ],
        "attachments": [(stream.name, stream.data) for stream in film.streams if stream.type == "attachment"],
    }
