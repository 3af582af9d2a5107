"""sr-upscale: films that can't be, ends in the middle, films among pictures."""

import os
import resource
import shutil
import signal
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from conftest import picture
from filming import make_film, moving, see
from PIL import Image

from sr_experiments.inference.films import FrameEnlarger

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unexported")]


def cut_short(path: str, share: float) -> None:
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: int(len(content) * share)])


def change_of_size() -> None:
    with av.open("a.mkv", "w") as made:
        video: Any = made.add_mux_stream("mjpeg", 25, width=64, height=48, time_base=Fraction(1, 25))
        for time, size in enumerate([(48, 64), (24, 32)]):
            encoder: Any = av.CodecContext.create("mjpeg", "w")
            encoder.height, encoder.width, encoder.pix_fmt, encoder.time_base = *size, "yuvj420p", Fraction(1, 25)
            (frame,) = moving(size, "yuvj420p", 1)
            for packet in [*encoder.encode(frame), *encoder.encode(None)]:
                packet.stream, packet.time_base, packet.pts, packet.dts = video, Fraction(1, 25), time, time
                made.mux(packet)


def unknown_codec() -> None:
    content = make_film("a.mkv").read_bytes()
    Path("a.mkv").write_bytes(content.replace(b"V_MPEG4/ISO/AVC", b"V_MPEG4/ISO/AVX"))


def sound_alone() -> None:
    make_film("both.mkv", audio=["aac"])
    with av.open("both.mkv") as given, av.open("a.mkv", "w") as made:
        track = made.add_stream_from_template(given.streams.audio[0])
        for packet in given.demux(given.streams.audio[0]):
            if packet.size:
                packet.stream = track
                made.mux(packet)


def list_of_files() -> None:
    """FFmpeg would read on in the file that it names."""
    make_film("private.mkv", times=range(3))
    Path("a.mkv").write_text("ffconcat version 1.0\nfile private.mkv\n")
    assert len(see("a.mkv").frames) == 3


REFUSED = {
    "interlaced": (lambda: make_film("a.mkv", options={"x264-params": "interlaced=1"}), [], "it is interlaced"),
    "no video": (sound_alone, [], "there is no film in it, no video track"),
    "an unknown codec": (unknown_codec, [], "its video is of a codec that is not known"),
    "another size": (change_of_size, [], "its frames change from 64×48 yuvj420p to 32×24 yuvj420p"),
    "no film": (lambda: Path("a.mkv").write_text("no film" * 99), [], "no film that can be read (Invalid data found"),
    "nothing": (lambda: Path("a.mkv").touch(), [], "no film that can be read (Invalid data found"),
    "a list of other files": (list_of_files, [], "no film that can be read (Invalid argument"),
    "a link to nowhere": (lambda: Path("a.mkv").symlink_to("b"), [], "expected a file; it is none, or a link leads"),
    "a pipe": (lambda: os.mkfifo("a.mkv"), [], "expected a file; it is none, or a link leads nowhere"),
    "a folder in its place": (lambda: Path("a.mkv").mkdir(), [], "no pictures or films in a.mkv"),
    "tracks that MP4 lacks": (
        lambda: make_film("a.mkv", subtitles=True),
        ["--format", "mp4"],
        "MP4 does not hold its subtitle track (srt): choose --format mkv",
    ),
    "attachments in MP4": (lambda: make_film("a.mkv", attachment=True), ["--format", "mp4"], "MP4 does not hold all"),
    "sound that WebM lacks": (
        lambda: make_film("a.mkv", audio=["aac"]),
        ["--format", "webm"],
        "WEBM does not hold its audio track (aac): choose --format mkv",
    ),
    "a codec that WebM lacks": (
        lambda: make_film("a.mkv"),
        ["--format", "webm", "--codec", "hevc"],
        "WEBM holds no hevc: choose another --codec",
    ),
    "a CRF beyond the codec's": (lambda: make_film("a.mkv"), ["--crf", "52"], "--crf 52: h264 has 0 to 51"),
    "a CRF of what loses nothing": (lambda: make_film("a.mkv"), ["--codec", "ffv1", "--crf", "9"], "ffv1 has none"),
    "sides beyond the codec's": (
        lambda: make_film("a.mkv", codec="ffv1", size=(16, 8194), times=[0]),
        [],
        "h264 does not take 16388×32 pixels of yuv420p",
    ),
    "a file of another kind": (lambda: make_film("a.mkv"), ["--output", "a.png"], "films are written as .mp4, .mov"),
    "a codec of pictures": (lambda: make_film("a.mkv"), ["--format", "webp"], "--format webp is for pictures"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_said_in_one_line_and_leaves_nothing(command, case):
    make, arguments, message = REFUSED[case]
    make()
    done = command("upscale", "a.mkv", *arguments)
    assert done.code == 1 and message in done.err and done.err.startswith("error: ")
    assert len(done.err.splitlines()) == 1 + ("could not be enlarged" in done.err)
    assert not list(Path().glob("upscaled/*")) and not Path("a.png").exists()


@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi"])
def test_a_film_that_was_cut_short_is_refused(command, kind):
    """MP4 with its index in front, Matroska, which counts no packets, AVI, whose index is at the end."""
    codec = {"avi": "mpeg4", "mkv": "ffv1"}.get(kind, "libx264")
    options = {"movflags": "+faststart"} if kind == "mp4" else {}
    make_film(f"a.{kind}", codec=codec, times=range(0, 300, 25), fragments=options, size=(96, 128))
    assert command("upscale", f"a.{kind}", "--output", "whole").code == 0
    cut_short(f"a.{kind}", 0.6)
    done = command("upscale", f"a.{kind}")
    assert done.code == 1 and not list(Path().glob("upscaled/*"))
    assert "was cut short" in done.err or (kind == "mp4" and "no film that can be read" in done.err)


def test_films_among_pictures(command):
    for name in ("in/a.jpg", "in/below/b.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(24, 36)).save(name)
    odd = 'it\'s [1] %d: "x"\n\N{GRINNING FACE}.mp4'
    make_film("made.mp4", times=range(3))
    shutil.copy("made.mp4", f"in/{odd}")
    make_film("in/below/b.avi", codec="mpeg4", times=range(3))
    Path("in/bad.webm").write_text("no film")
    before = {path: path.read_bytes() for path in Path("in").rglob("*") if path.is_file()}
    done = command("upscale", "in", "--output", "out", "--format", "webp")
    assert done.code == 1 and "error: in/bad.webm: no film that can be read" in done.err
    assert "1 of 5 inputs could not be enlarged" in done.err
    made = {str(path.relative_to("out")) for path in Path("out").rglob("*.*") if path.is_file()}
    assert made == {".sr-upscale.jsonl", "a.webp", odd, "below/b.mkv", "below/b.webp"}
    assert {path: path.read_bytes() for path in Path("in").rglob("*") if path.is_file()} == before
    Path("in/bad.webm").unlink()
    done = command("upscale", "in/*.*", "in/below", "--output", "out", "--format", "webp")
    assert done.code == 0 and done.out.count("is there already") == 2 and done.out.count(" from ") == 2


def test_results_are_kept_or_made_anew_by_what_was_asked(command):
    make_film("a.mp4", times=range(8))
    assert command("upscale", "a.mp4").code == 0
    time = Path("upscaled/a.mp4").stat().st_mtime_ns
    assert "is there already" in command("upscale", "a.mp4").out
    done = command("upscale", "a.mp4", "--crf", "40")
    assert done.code == 1 and "is not what these settings made" in done.err
    assert Path("upscaled/a.mp4").stat().st_mtime_ns == time
    size = Path("upscaled/a.mp4").stat().st_size
    assert command("upscale", "a.mp4", "--crf", "40", "--overwrite").code == 0
    assert Path("upscaled/a.mp4").stat().st_size < size
    assert command("upscale", "a.mp4", "--output", "b.mkv", "--codec", "hevc").code == 0
    assert see("b.mkv").facts["codec"] == "hevc"


def test_ctrl_c_leaves_nothing_and_the_same_command_goes_on(command, monkeypatch):
    enlarge, seen = FrameEnlarger.__call__, []

    def interrupted(self: FrameEnlarger, frame: av.VideoFrame) -> av.VideoFrame:
        seen.append(frame)
        if len(seen) == 5:
            signal.raise_signal(signal.SIGINT)
        return enlarge(self, frame)

    make_film("a.mp4", audio=["aac"])
    with monkeypatch.context() as patch:
        patch.setattr(FrameEnlarger, "__call__", interrupted)
        done = command("upscale", "a.mp4")
    assert done.code == 1 and "interrupted: the same command again does what is missing" in done.err
    assert len(seen) == 5 and not list(Path("upscaled").iterdir())
    assert command("upscale", "a.mp4").code == 0 and len(see("upscaled/a.mp4").frames) == 12


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_a_full_disk_leaves_nothing(command, kind):
    make_film(f"a.{kind}", size=(96, 128))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, limits[1]))
    try:
        done = command("upscale", f"a.{kind}", "--crf", "0")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert done.code == 1 and f"error: a.{kind}: can't be written (File too large)" in done.err
    assert not list(Path("upscaled").iterdir())


def test_without_pyav_films_say_what_is_missing(command, monkeypatch):
    make_film("a.mp4", times=range(2))
    for name in [name for name in sys.modules if name.startswith(("av.", "sr_experiments.files.films.r"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "sr_experiments.inference.films")
    done = command("upscale", "a.mp4")
    assert done.code == 1 and 'error: a.mp4: films are read by PyAV: pip install "sr_experiments[video]"' in done.err
    Image.fromarray(picture(24, 36)).save("a.png")
    assert command("upscale", "a.png").code == 0
    done = command("upscale", "a.png", "--output", "b", "--crf", "20")
    assert done.code == 1 and "--crf 20 is for films: there are none among the inputs" in done.err


def test_frames_of_too_many_pixels_are_refused(command, monkeypatch):
    make_film("a.mp4", times=range(2))
    monkeypatch.setenv("SR_MAX_PIXELS", "3000")
    done = command("upscale", "a.mp4")
    assert done.code == 1 and "a.mp4: frames of 64×48 pixels; SR_MAX_PIXELS lets in more than 3,000" in done.err
