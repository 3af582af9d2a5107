"""NIfTI in and out."""

from pathlib import Path

import numpy as np
import pytest

nibabel = pytest.importorskip("nibabel", reason="the extra medical")

from sr_experiments.data.sources.files import image_files  # noqa: E402
from sr_experiments.files.images import ImageError  # noqa: E402
from sr_experiments.files.reader.nifti import Reader  # noqa: E402
from sr_experiments.files.scenes.kinds import reader_of  # noqa: E402

pytestmark = pytest.mark.slow

AFFINE = np.array([[0, -2.0, 0, 90], [1.5, 0, 0, -70], [0, 0, 3.0, -50], [0, 0, 0, 1]])


def made(name="made.nii", shape=(8, 10, 4), dtype=np.int16, scaling=(0.5, -10)):
    values = np.random.default_rng(0).integers(0, 3000, shape).astype(dtype)
    image = nibabel.Nifti1Image(values.astype(np.float64) * scaling[0] + scaling[1], AFFINE)
    image.header.set_data_dtype(dtype)
    image.header.set_slope_inter(*scaling)
    image.to_filename(name)
    return Path(name)


@pytest.mark.parametrize("name", ["made.nii", "made.nii.gz"])
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("shape", [(8, 10, 4), (8, 10, 4, 2)])
def test_what_nothing_changes_comes_back(name, axis, shape, enlarge):
    source = made(name, shape)
    enlarge(Reader(axis=axis), source, Path(f"same{name[4:]}"))
    before, after = nibabel.load(source), nibabel.load(f"same{name[4:]}")
    assert np.array_equal(after.dataobj.get_unscaled(), before.dataobj.get_unscaled())
    assert np.array_equal(after.get_fdata(), before.get_fdata()) and np.allclose(after.affine, before.affine)
    assert after.header.get_zooms() == before.header.get_zooms() and after.get_data_dtype() == before.get_data_dtype()


def test_twice_as_large_halves_two_spacings_and_keeps_the_corner(enlarge):
    enlarge(Reader(), made(), Path("large.nii"), scale=2)
    before, after = nibabel.load("made.nii"), nibabel.load("large.nii")
    assert after.shape == (16, 20, 4) and after.header.get_zooms() == (0.75, 1.0, 3.0)
    corners = [each.affine @ [-0.5, -0.5, 0, 1] for each in (before, after)]
    assert np.allclose(*corners)
    assert np.array_equal(after.get_fdata()[::2, ::2], before.get_fdata())


def test_slices_are_images_by_their_axis():
    made()
    assert [len(image_files(["made.nii"], Reader(axis=axis))) for axis in range(3)] == [8, 10, 4]
    assert tuple(Reader(axis=0)(Path("made.nii"), 3).shape) == (1, 10, 4)
    assert reader_of(Path("made.nii")) == "nifti"


@pytest.mark.parametrize("kind", ["cut short", "no volume", "sizes"])
def test_a_hostile_file_is_refused_by_name(kind):
    path = made()
    content = path.read_bytes()
    content = {
        "cut short": content[:500],
        "no volume": b"?" * 400,
        "sizes": content[:42] + np.array([30_000] * 2, "<i2").tobytes() + content[46:],
    }[kind]
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"made\.nii: (it is cut short|no NIfTI volume|30,000×30,000 pixels)"):
        Reader()(path)
