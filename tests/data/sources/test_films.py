"""Frames of films: scenes, parts, and how errors change from one to the next."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import picture
from PIL import Image

av = pytest.importorskip("av", reason="the extra video")

from sr_experiments.data.sources.films import film_frames  # noqa: E402
from sr_experiments.resize import resize  # noqa: E402
from sr_experiments.tables import SET, read_rows  # noqa: E402

pytestmark = pytest.mark.slow


def film(path: str, lengths: list[int]) -> list[np.ndarray]:
    """A film without loss, and its frames: of each scene another picture, which moves."""
    pictures = [picture(48, 64 + length, seed=scene) for scene, length in enumerate(lengths)]
    frames = [
        np.ascontiguousarray(whole[:, start : start + 64])
        for whole, length in zip(pictures, lengths, strict=True)
        for start in range(length)
    ]
    with av.open(path, "w") as made:
        video: Any = made.add_stream("libx264rgb", 25, {"qp": "0"})
        video.height, video.width, video.pix_fmt = 48, 64, "rgb24"
        for frame in frames:
            made.mux(video.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        made.mux(video.encode(None))
    return frames


def test_scenes_keep_together_and_apart_from_those_of_other_parts():
    frames = film("film.mkv", [3, 4, 5, 3, 4])
    parts = {of: film_frames(films="film.mkv", of=of) for of in ("val", "test", "train", "all")}
    assert [[f"{file.parent.name}/{file.stem}" for file in parts[of]] for of in ("val", "test")] == [
        [f"scene_0/{number:06}" for number in range(3)],
        [f"scene_1/{number:06}" for number in range(3, 7)] + [f"scene_2/{number:06}" for number in range(7, 12)],
    ]
    assert sorted(parts["val"] + parts["test"] + parts["train"]) == parts["all"] and len(parts["all"]) == 19
    assert all(
        np.array_equal(np.asarray(Image.open(file)), frame) for file, frame in zip(parts["all"], frames, strict=True)
    )
    assert film_frames(films=["film.mkv"], of="test", every=3) == [parts["test"][place] for place in (0, 3, 4, 7)]


def test_what_is_no_film_or_has_too_few_scenes_is_refused_in_words():
    film("film.mkv", [4])
    Path("text.mkv").write_text("no film")
    refused: list[tuple[Any, str]] = [
        ({"films": "none.mkv", "of": "train"}, "films: expected a film, found none at none.mkv"),
        ({"films": "text.mkv", "of": "train"}, "text.mkv: no film that can be read"),
        ({"films": "film.mkv", "of": "train"}, "film.mkv: of 1 scenes none is for train: add films"),
        ({"films": "film.mkv", "of": "most"}, "a source has the parts val, test, train, not 'most'"),
        ({"films": "film.mkv", "of": "all", "every": 0}, "every: expected each so many frames"),
    ]
    for settings, message in refused:
        with pytest.raises(ValueError, match=message):
            film_frames(**settings)


def test_flicker_is_how_errors_change_within_scenes(command):
    frames = film("film.mkv", [1, 3, 4])
    settings = ["model=bicubic", "scale=2", "benchmark=film", "benchmark.film.images.films=film.mkv", "protocol=rgb"]
    done = command("evaluate", *settings, "metrics=[psnr,flicker]", "output_dir=run")
    assert done.code == 0, done.err
    rows = read_rows(Path("run/scores.csv"))
    assert next(row["image"] for row in rows if row["metric"] == "psnr") == "scene_1/000001" and len(rows) == 8
    errors = [_bicubic(frame)[2:-2, 2:-2] - frame[2:-2, 2:-2].astype(float) for frame in frames]
    expected = np.mean([np.abs(errors[number] - errors[number - 1]).mean() for number in (2, 3, 5, 6, 7)])
    (found,) = (float(row["value"]) for row in rows if (row["metric"], row["image"]) == ("flicker", SET))
    assert found == pytest.approx(expected, rel=1e-4)


def _bicubic(frame: np.ndarray) -> np.ndarray:
    """Made coarser, rounded, enlarged, rounded."""
    low = resize(torch.from_numpy(frame).permute(2, 0, 1), (24, 32))
    return (resize(low / 255, (48, 64)).clamp(0, 1) * 255).round().permute(1, 2, 0).numpy()


def test_images_that_are_no_frames_have_no_flicker(command):
    Image.fromarray(picture(32, 32)).save("one.png")
    settings = ["model=bicubic", "scale=2", "benchmark=folder", "benchmark.folder.root=."]
    done = command("evaluate", *settings, "metrics=[flicker]")
    assert done.code == 0 and "folder: no flicker: flicker is of frames in a row" in done.err
