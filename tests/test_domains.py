"""Scans and scenes from end to end: learnt from, measured, enlarged by what was learnt; bad ones named, others kept."""

from pathlib import Path

import numpy as np
import pytest
from conftest import picture

from sr_experiments.tables import read_rows

pydicom = pytest.importorskip("pydicom", reason="the extra medical")
rasterio = pytest.importorskip("rasterio", reason="the extra satellite")

pytestmark = pytest.mark.slow

PLACE = rasterio.Affine(10, 0, 600_000, 0, -10, 5_000_000)


def scan(path: str, seed: int = 0, size: tuple[int, int] = (48, 60)) -> Path:
    """A CT of 12 bits."""
    dataset = pydicom.dataset.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", f"1.2.3.{seed + 1}"
    dataset.PatientName, dataset.PixelSpacing = "Doe^Jane", [0.5, 0.5]
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    pixels = picture(*size, seed=seed)[..., 0].astype(np.uint16) * 16
    dataset.set_pixel_data(pixels, "MONOCHROME2", 12, generate_instance_uid=False)
    Path(path).parent.mkdir(exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return Path(path)


def scene(path: str, seed: int = 0, bands: int = 4) -> Path:
    """Reflectances of a satellite, a corner of which is nodata."""
    values = np.moveaxis(np.dstack([picture(48, 60, seed=seed + part) for part in range(2)]), -1, 0)[:bands]
    values = values.astype(np.uint16) * 20
    values[:, :8, :8] = 0
    Path(path).parent.mkdir(exist_ok=True)
    profile = {"count": bands, "height": 48, "width": 60, "dtype": "uint16", "nodata": 0, "crs": "EPSG:32618"}
    with rasterio.open(path, "w", driver="GTiff", transform=PLACE, **profile) as file:
        file.write(values)
    return Path(path)


TINY = [
    *("data=folder", "data.train=train", "data.val=val", "benchmark=folder", "benchmark.folder.root=measured"),
    *("protocol=channels", "scale=2", "data.batch_size=4", "data.patch_size=6", "trainer.max_steps=4"),
    *("trainer.val_check_interval=2", "model.encoder.features=8", "model.normalization=none", "output_dir=run"),
]


def test_scans_are_learnt_measured_and_enlarged(command):
    for number, folder in enumerate(["train", "train", "val", "measured"]):
        scan(f"{folder}/{number}.dcm", number)
    cut = scan("train/cut.dcm").read_bytes()
    Path("train/cut.dcm").write_bytes(cut[:-900])
    options = [*TINY, "reader=dicom", "reader.limits=[-1024,3071]", "color=1", "data.on_bad=skip"]
    done = command("train", *options, "metrics=[psnr,nrmse]")
    assert done.code == 0, done.err
    assert "train/cut.dcm: its pixels can't be read: other than its header says, or cut short" in done.out
    rows = {row["metric"]: float(row["value"]) for row in read_rows(Path("run/scores.csv"))}
    assert rows["psnr"] > 10 and 0 < rows["nrmse"] < 1
    assert "Doe" not in Path("run/run.json").read_text() + done.out + done.err
    enlarge = ["upscale", "measured", "--run", "run", "--output", "large", "--read", "patient=strip"]
    done = command(*enlarge)
    assert done.code == 0, done.err
    before, after = (pydicom.dcmread(path) for path in ("measured/3.dcm", "large/3.dcm"))
    assert after.pixel_array.shape == (96, 120) and after.PixelSpacing == [0.25, 0.25] and after.PatientName == ""
    assert np.corrcoef(after.pixel_array[::2, ::2].ravel(), before.pixel_array.ravel())[0, 1] > 0.5
    assert (
        "is there already"
        in command("upscale", "measured", "--run", "run", "--read", "patient=strip", "--output", "large").out
    )


def test_scenes_are_learnt_measured_and_enlarged(command):
    for number, folder in enumerate(["train", "train", "val", "measured"]):
        scene(f"{folder}/{number}.tif", number)
    scene("train/three.tif", bands=3)
    options = [*TINY, "reader=geotiff", "reader.limits=[0,10000]", "color=4", "data.on_bad=skip"]
    done = command("train", *options, "degradation=mtf", "metrics=[psnr,sam,ergas,uqi]")
    assert done.code == 0, done.err
    assert "three.tif: expected 4 channels, as the first image has, got 3" in done.out
    assert {row["metric"] for row in read_rows(Path("run/scores.csv"))} == {"psnr", "sam", "ergas", "uqi"}
    measured = ["reader=geotiff", "reader.limits=[0,10000]", "protocol=channels", "color=4", "scale=2"]
    bicubic = ["evaluate", *measured, "model=bicubic", "benchmark=folder", "benchmark.folder.root=measured"]
    assert command(*bicubic, "output_dir=bicubic").code == 0
    shipped = ["evaluate", *measured[:3], "run=espcn_x2", *bicubic[-2:], "metrics=[psnr,sam]", "output_dir=each"]
    done = command(*shipped)
    assert done.code == 1 and "images of 4 channel(s) want color=4, not color=y" in done.err
    done = command(*shipped, "each_band=true")
    assert done.code == 0 and {row["variant"] for row in read_rows(Path("each/scores.csv"))} == {"each_band"}, done.err
    compared = command("compare", "run", "bicubic", "--csv")
    assert compared.code == 0 and compared.out.count("folder,2,bicubic,channels,") == 2, compared.out
    done = command("upscale", "measured/3.tif", "train/three.tif", "--run", "run", "--output", "large")
    assert done.code == 1 and "its images have 3 channel(s), the network sees 4: choose as many bands" in done.err
    with rasterio.open("large/3.tif") as after, rasterio.open("measured/3.tif") as before:
        assert after.transform == PLACE @ rasterio.Affine.scale(1 / 2) and after.crs == before.crs
        empty = before.read() == 0
        assert np.array_equal(after.read() == 0, empty.repeat(2, 1).repeat(2, 2))


def test_frames_of_a_road_are_learnt_from(command, pictures):
    """As its recipe says, on folders of one's own."""
    for first, folder in enumerate(("train", "val", "measured")):
        pictures(folder, 1, first=first)
    folders = ["data.train=train", "data.val=val", "benchmark.folder.root=measured"]
    tiny = ["trainer.max_steps=2", "trainer.val_check_interval=2", "data.patch_size=8", "data.batch_size=2"]
    done = command("train", "experiment=road_x2", *folders, *tiny, "output_dir=run")
    assert done.code == 0, done.err
    rows = read_rows(Path("run/scores.csv"))
    assert {row["degradation"] for row in rows} == {"motion_blur"} and float(rows[0]["value"]) > 15


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--read", "bands"], "--read bands: expected NAME=VALUE"),
        (["--read", "band=[1]"], "geotiff is not read so: "),
        (["--read", "bands=[9]"], "has no band 9: expected of 1, 2, 3, 4"),
        ([], "its images have 4 channels, the network sees photographs: a --run of color=4"),
        (["--width", "100"], "enlarged by a whole --scale"),
        (["--output", "large.png"], "keeps its format, geotiff: expected a name in .tif or .tiff"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(command, options, message):
    done = command("upscale", str(scene("scene.tif")), *options)
    assert done.code == 1 and message in done.err and "Traceback" not in done.err


def test_bands_are_enlarged_by_a_network_of_photographs_when_that_is_asked_for(command):
    scene("scene.tif")
    done = command("upscale", "scene.tif", "--each-band", "--output", "each")
    assert done.code == 0 and "its 4 bands each for itself, as grey" in done.out, done.err
    done = command("upscale", "scene.tif", "--read", "bands=[3,2,1]", "--output", "three")
    assert done.code == 0 and "its three channels as red, green and blue" in done.out, done.err
    with rasterio.open("each/scene.tif") as each, rasterio.open("three/scene.tif") as three:
        assert (each.count, three.count) == (4, 3) and each.shape == three.shape == (96, 120)
