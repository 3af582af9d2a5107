"""sr-upscale: films, kept with what they carry."""

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from av.stream import Disposition
from conftest import picture
from filming import CHAPTERS, make_film, see
from PIL import Image

from sr_experiments.files.films.read import open_film
from sr_experiments.files.places import places
from sr_experiments.inference.films import enlarge_film
from sr_experiments.inference.network import Network
from sr_experiments.inference.pictures import Enlarging
from sr_experiments.inference.upscaler import Upscaler
from sr_experiments.resize import resize

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unexported")]

HDR = {
    "x265-params": "log-level=none:hdr10=1:max-cll=1000,400:"
    "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1)"
}
WHOLE: dict[str, Any] = {
    "mp4": {"audio": ("aac", "libmp3lame"), "layout": "yuv420p10le"},
    "mov": {"audio": ("aac", "pcm_s16le"), "layout": "yuv422p10le"},
    "mkv": {"audio": ("aac", "libopus"), "layout": "yuv444p", "subtitles": True, "attachment": True},
    "webm": {"audio": ("libopus", "libopus"), "codec": "libvpx-vp9"},
}


def rgb(film):
    """The mean colors of its frames as they are shown, of 0 to 255."""
    return np.array([frame.reformat(format="rgb24").to_ndarray().mean((0, 1)) for frame in film.frames])


@pytest.mark.parametrize("kind", WHOLE)
def test_all_that_a_film_carries_is_kept(command, kind):
    """Ten bits, variable frame rate, a start later than 0, the last frame's duration, rotation, chapters, tracks."""
    times = [25, 26, 27, 30, 31, 40, 41, 42, 43, 44, 45, 47]
    colors = {"color_range": 1, "colorspace": 9, "color_primaries": 9, "color_trc": 16}
    carried: dict[str, Any] = (
        {"chapters": True, "rotation": (90,), "aspect": Fraction(4, 3), "times": times} | colors | WHOLE[kind]
    )
    before = see(make_film(f"clip.{kind}", **carried))
    done = command("upscale", f"clip.{kind}")
    assert done.code == 0, done.err
    after = see(f"upscaled/clip.{kind}")
    assert "left out" not in done.out
    assert after.times == before.times and len(after.times) == 12
    assert after.packets == before.packets and len(after.packets) == len(before.facts["tracks"])
    assert after.facts == before.facts | {"size": (96, 128)}
    assert before.facts["chapters"] == [(name, Fraction(a, 1000), Fraction(b, 1000)) for name, a, b in CHAPTERS]
    assert before.facts["turned"] and before.facts["layout"] == WHOLE[kind].get("layout", "yuv420p")
    assert np.abs(after.colors - before.colors).max() < 1


def test_odd_sides_are_kept_where_the_codec_holds_them(command):
    """Otherwise the last row or column goes, which is said."""
    make_film("odd.mkv", codec="ffv1", size=(23, 35))
    for arguments, size in [(("--codec", "ffv1"), (69, 105)), (("--format", "webm"), (69, 105)), ((), (68, 104))]:
        done = command("upscale", "odd.mkv", "--scale", "3", *arguments, "--overwrite")
        assert done.code == 0, done.err
        (path,) = Path("upscaled").glob("odd.*")
        before, after = see("odd.mkv"), see(path)
        assert after.facts["size"] == size and after.times == before.times
        for low, high in zip(before.planes(5), after.planes(5), strict=True):
            larger = resize(torch.from_numpy(low.astype(float)), (3 * low.shape[0], 3 * low.shape[1])).numpy()
            assert np.abs(high - larger[: high.shape[0], : high.shape[1]]).mean() < 2
        assert ("the last row or column went: h264 holds even sizes" in done.out) == (size == (68, 104))
        path.unlink()


def test_sizes_that_are_asked_for_are_as_shown(command):
    make_film("turned.mp4", rotation=(90,))
    for arguments, size in [(("--width", "100"), (100, 132)), (("--fit", "640x96"), (72, 96))]:
        done = command("upscale", "turned.mp4", *arguments, "--overwrite")
        assert done.code == 0 and see("upscaled/turned.mp4").facts["size"] == size


@pytest.mark.parametrize("rotation", [(180,), (-90, False, True), (0, True)])
def test_films_are_turned_and_mirrored_as_before(command, rotation):
    before = see(make_film("a.mp4", rotation=rotation, times=range(2)))
    assert command("upscale", "a.mp4").code == 0
    assert see("upscaled/a.mp4").facts["turned"] == before.facts["turned"] != []


def test_a_film_that_does_not_say_its_matrix_keeps_the_one_that_players_take_it_for(command):
    """Of 320 rows they take it for BT.601, of 640 for BT.709."""
    make_film("a.mkv", codec="ffv1", size=(320, 16), times=[0])
    assert command("upscale", "a.mkv").code == 0
    assert see("upscaled/a.mkv").facts["colors"] == (1, 6, 2, 2)


def test_films_of_rgb_full_range_grey_and_twelve_bits(command):
    make_film("rgb.mkv", codec="ffv1", layout="gbrp10le", times=range(2))
    make_film("full.avi", codec="mjpeg", layout="yuvj444p", times=range(2))
    make_film("grey.mkv", codec="ffv1", layout="gray", times=range(2))
    make_film("deep.mkv", codec="ffv1", layout="yuv422p12le")
    make_film("hdr.mp4", codec="libx265", layout="yuv420p10le", color_trc=16, options=HDR)
    done = command("upscale", "rgb.mkv", "full.avi", "grey.mkv", "deep.mkv", "hdr.mp4")
    assert done.code == 0, done.err
    assert "RGB became YCbCr" in done.out and "left out: the display that it was mastered on, light levels" in done.out
    after = {path.stem: see(path) for path in Path("upscaled").glob("*.m*")}
    found = {name: (each.facts["codec"], each.facts["layout"]) for name, each in after.items()}
    assert found["rgb"] == ("h264", "yuv444p10le") and found["deep"] == ("hevc", "yuv422p12le")
    assert found["full"][0] == "h264" and after["full"].facts["colors"][0] == 2
    assert after["hdr"].facts["colors"][3] == 16
    for name, kind in (("full", "avi"), ("deep", "mkv"), ("hdr", "mp4")):
        assert np.abs(after[name].colors - see(f"{name}.{kind}").colors).max() < 1
    assert np.abs(after["grey"].colors[:, 0] - see("grey.mkv").colors[:, 0]).max() < 1
    assert np.abs(rgb(after["rgb"]) - rgb(see("rgb.mkv"))).max() < 1


def test_a_cover_is_copied(command):
    make_film("plain.mp4", times=range(3))
    Image.fromarray(picture(16, 16)).save("cover.jpg")
    with av.open("plain.mp4") as given, av.open("a.mp4", "w") as made:
        video: Any = made.add_stream_from_template(given.streams.video[0], opaque=True)
        cover: Any = made.add_mux_stream("mjpeg", width=16, height=16, time_base=Fraction(1, 90000))
        cover.disposition = Disposition.attached_pic
        packets = [(cover, av.Packet(Path("cover.jpg").read_bytes())), *((video, each) for each in given.demux())]
        for stream, packet in packets:
            if packet.size:
                packet.stream = stream
                made.mux(packet)
    assert command("upscale", "a.mp4").code == 0
    with av.open("upscaled/a.mp4") as film:
        (packet,) = [each for each in film.demux(film.streams.video[1]) if each.size]
        assert bytes(packet) == Path("cover.jpg").read_bytes()
        assert film.streams.video[1].disposition == Disposition.attached_pic


def test_of_a_film_s_progress_all_is_heard_of_evenly():
    make_film("a.mkv", times=range(10, 22))
    heard: list[float] = []
    (place,) = places(["a.mkv"], Path("out"), None)
    Enlarging("espcn_x2", None)(place, heard.append)
    assert len(heard) == 12 and sum(heard) == pytest.approx(11 / 12, abs=0.05)
    assert max(heard) < 0.1


def test_memory_does_not_grow_with_a_film_s_length():
    """Of 200 more frames, which would take 88 MiB; the encoder looks ahead at the first fifty."""

    class Nearest(torch.nn.Module):
        def forward(self, low: torch.Tensor) -> torch.Tensor:
            return low.repeat_interleave(2, -2).repeat_interleave(2, -1)

    path = make_film("a.mp4", size=(240, 320), times=range(300), options={"preset": "ultrafast"})
    network, sizes = Upscaler(Network(Nearest(), scale=2, color="y")), []
    with open_film(path) as film:
        (place,) = places([str(path)], Path("out"), None)
        enlarge_film(film, place, network, (480, 640), lambda _: sizes.append(resident_pages()), crf=40)
    assert len(sizes) == 300
    assert (max(sizes) - max(sizes[:100])) * os.sysconf("SC_PAGE_SIZE") < 40 << 20


def resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


def test_ten_bits_in_webm_are_av1_and_twelve_that_became_ten_keep_their_colors(command):
    times = [3, 4, 5, 9, 10, 11, 12, 13]
    before = see(make_film("a.mkv", codec="ffv1", size=(580, 16), layout="yuv420p10le", times=times))
    deeper = see(make_film("b.mkv", codec="ffv1", size=(580, 16), layout="yuv420p12le", times=times[:2]))
    assert command("upscale", "a.mkv", "--format", "webm").code == 0
    done = command("upscale", "b.mkv", "--codec", "h264")
    assert done.code == 0 and "12 bits became 10" in done.out
    after, became = see("upscaled/a.webm"), see("upscaled/b.mkv")
    assert (after.facts["codec"], after.facts["layout"], after.times) == ("av1", "yuv420p10le", before.times)
    assert np.abs(after.colors - before.colors).max() < 1 and np.abs(became.colors - deeper.colors).max() < 1


def test_tags_in_other_encodings_and_what_pyav_does_not_know(command):
    """FFmpeg has a picture's EXIF beside its frame, for which PyAV has no name."""
    path = make_film("a.avi", codec="mpeg4", times=range(3))
    path.write_bytes(path.read_bytes().replace(b"Wellen", b"W\xe4llen"))
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    Image.fromarray(picture(48, 64)).save("frame.jpg", exif=exif)
    with av.open("b.mkv", "w") as made:
        video: Any = made.add_mux_stream("mjpeg", 25, width=64, height=48, time_base=Fraction(1, 25))
        for time in range(3):
            packet = av.Packet(Path("frame.jpg").read_bytes())
            packet.stream, packet.time_base, packet.pts, packet.dts = video, Fraction(1, 25), time, time
            made.mux(packet)
    done = command("upscale", "a.avi", "b.mkv")
    assert done.code == 0, done.err
    assert len(see("upscaled/a.mkv").frames) == len(see("upscaled/b.mkv").frames) == 3
