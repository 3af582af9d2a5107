"""DICOM in and out: values, geometry, what the standard asks of what is derived, patients, hostile files."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

pydicom = pytest.importorskip("pydicom", reason="the extra medical")
from pydicom.data import get_testdata_file  # noqa: E402
from pydicom.dataset import Dataset  # noqa: E402
from pydicom.uid import MPEG2MPML, ExplicitVRLittleEndian, JPEGLSLossless  # noqa: E402

from sr_experiments.data.decoded.store import high_images  # noqa: E402
from sr_experiments.data.sources.files import image_files  # noqa: E402
from sr_experiments.data.sources.names import named_files  # noqa: E402
from sr_experiments.files.images import ImageError  # noqa: E402
from sr_experiments.files.reader.dicom import Reader  # noqa: E402

CHANGED = {
    *("ImageType", "SOPInstanceUID", "SeriesInstanceUID", "DerivationDescription", "DerivationCodeSequence"),
    *("SourceImageSequence", "SmallestImagePixelValue", "LargestImagePixelValue", "PixelData"),
    *("IconImageSequence", "PlanarConfiguration"),
}


def shipped(name) -> Path:
    """A file that comes with pydicom."""
    found = get_testdata_file(name, download=False)
    if found is None:
        pytest.skip(f"{name} comes with the package pydicom-data, which is not installed")
    return Path(str(found))


def made(path="made.dcm", pixels=None, **values) -> Path:
    """A CT of 12 bits with padding, whose pixels have no smaller numbers than 100."""
    pixels = np.random.default_rng(0).integers(100, 4000, (20, 30)).astype(np.uint16) if pixels is None else pixels
    dataset = Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.5"
    dataset.PatientName, dataset.PatientID, dataset.Modality = "Doe^Jane", "4711", "CT"
    dataset.PixelSpacing, dataset.ImageOrientationPatient = [0.7, 0.5], [1, 0, 0, 0, 1, 0]
    dataset.ImagePositionPatient, dataset.ImageType = [-100, -50, 12.5], ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.RescaleSlope, dataset.RescaleIntercept = 2, -1024
    dataset.set_pixel_data(pixels, "MONOCHROME2", 12, generate_instance_uid=False)
    for name, value in values.items():
        setattr(dataset, name, value)
    dataset.save_as(path, enforce_file_format=True)
    return Path(path)


FILES = [
    *("CT_small.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "MR_small_RLE.dcm"),
    *("MR_small_jp2klossless.dcm", "693_J2KI.dcm", "SC_rgb_rle_16bit_2frame.dcm", "SC_rgb_small_odd.dcm"),
    *("examples_overlay.dcm", "examples_rgb_color.dcm", "emri_small.dcm", "RG3_UNCR.dcm", "693_UNCR.dcm"),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_what_nothing_changes_comes_back(name, enlarge):
    """By an identity network: signed and unsigned, 8 to 16 bits, both byte orders, frames, RGB, MONOCHROME1."""
    source = shipped(name)
    before = pydicom.dcmread(source)
    enlarge(Reader(), source, Path("same.dcm"), color=before.SamplesPerPixel)
    after = pydicom.dcmread("same.dcm")
    assert np.array_equal(after.pixel_array, before.pixel_array)
    for element in before:
        if element.tag.element and element.keyword not in CHANGED and element.tag.group < 0x6000:
            assert after[element.tag].value == element.value, element.keyword


def test_twice_as_large_halves_the_spacing_and_moves_the_center_of_the_first_pixel(enlarge):
    """That is a quarter of a former pixel nearer to the corner, from which it all begins."""
    enlarge(Reader(), made(), Path("large.dcm"), scale=2)
    before, after = pydicom.dcmread("made.dcm"), pydicom.dcmread("large.dcm")
    assert (after.Rows, after.Columns) == (40, 60) and after.PixelSpacing == [0.35, 0.25]
    assert np.array_equal(after.pixel_array[::2, ::2], before.pixel_array)
    assert list(after.ImagePositionPatient) == [-100 - 0.125, -50 - 0.175, 12.5]
    corners = [
        np.array(each.ImagePositionPatient[:2]) - np.array(each.PixelSpacing)[::-1] / 2 for each in (before, after)
    ]
    assert corners[0] == pytest.approx(corners[1])


def test_frames_have_geometries_of_their_own(enlarge):
    """Of enhanced files, in functional groups: spacing shared, places of their own, here in a plane that stands."""

    def group(sequence, name, value):
        part = Dataset()
        setattr(part, name, value)
        setattr(found := Dataset(), sequence, [part])
        return found

    shared = group("PixelMeasuresSequence", "PixelSpacing", [0.6, 0.4])
    shared.update(group("PlaneOrientationSequence", "ImageOrientationPatient", [0, 1, 0, 0, 0, -1]))
    frames = [group("PlanePositionSequence", "ImagePositionPatient", [5 * place, 1, 2]) for place in range(3)]
    pixels = np.arange(3 * 8 * 10).reshape(3, 8, 10).astype(np.uint16)
    groups: dict[str, Any] = {"SharedFunctionalGroupsSequence": [shared], "PerFrameFunctionalGroupsSequence": frames}
    source = made(pixels=pixels, **groups)
    enlarge(Reader(), source, Path("large.dcm"), scale=2)
    after = pydicom.dcmread("large.dcm")
    assert np.array_equal(after.pixel_array, pixels.repeat(2, 1).repeat(2, 2))
    measures = after.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    places = [each.PlanePositionSequence[0].ImagePositionPatient for each in after.PerFrameFunctionalGroupsSequence]
    assert measures.PixelSpacing == [0.3, 0.2]
    assert places == [[5 * place, 1 - 0.1, 2 + 0.15] for place in range(3)]


def test_a_result_says_that_it_is_derived_and_of_what(enlarge):
    for number, place in enumerate(("a.dcm", "b.dcm")):
        made(place, InstanceNumber=number, SOPInstanceUID=f"1.2.3.{number + 7}")
        enlarge(Reader(), Path(place), Path(f"large_{place}"), scale=2)
    first, second = (pydicom.dcmread(f"large_{place}") for place in ("a.dcm", "b.dcm"))
    assert first.ImageType == ["DERIVED", "PRIMARY", "AXIAL"]
    assert first.DerivationCodeSequence[0].CodeMeaning == "Spatial resampling"
    source = first.SourceImageSequence[0]
    assert (source.ReferencedSOPInstanceUID, source.ReferencedSOPClassUID) == ("1.2.3.7", first.SOPClassUID)
    assert first.SOPInstanceUID == first.file_meta.MediaStorageSOPInstanceUID != second.SOPInstanceUID
    assert first.SeriesInstanceUID == second.SeriesInstanceUID != "1.2.3.5" and first.StudyInstanceUID == "1.2.3"


def test_padding_is_enlarged_apart_and_not_learnt_from(enlarge):
    pixels = np.full((20, 30), 1000, np.uint16)
    pixels[:, :10] = 0
    source = made(pixels=pixels, PixelPaddingValue=0)
    enlarge(Reader(), source, Path("large.dcm"), scale=2)
    large = pydicom.dcmread("large.dcm").pixel_array
    assert set(np.unique(large)) == {0, 1000} and np.array_equal(large == 0, (pixels == 0).repeat(2, 0).repeat(2, 1))
    assert Reader(limits=[-1024, 3071])(source).shape == (1, 20, 20)


def test_limits_are_in_units_of_the_modality(enlarge):
    source = made(WindowCenter=40, WindowWidth=401)
    stored = pydicom.dcmread(source).pixel_array * 2.0 - 1024
    own = stored.min(), stored.max()
    for limits, (low, high) in (([-1024, 3071], (-1024, 3071)), ("window", (-160.5, 239.5)), (None, own)):
        expected = ((stored - low) / (high - low)).clip(0, 1)
        assert torch.allclose(Reader(limits=limits)(source)[0], torch.from_numpy(expected))
    said = enlarge(Reader(limits=[-100, 3071]), source, Path("large.dcm"))
    assert re.fullmatch(r"[\d.]+% of image 1 beyond the limits that are read: clipped", said[0])


def test_white_is_least_where_the_file_says_so():
    pixels = np.linspace(0, 4095, 600).reshape(20, 30).astype(np.uint16)
    plain, inverted = (Reader()(made(pixels=pixels, PhotometricInterpretation=f"MONOCHROME{kind}")) for kind in (2, 1))
    assert torch.allclose(plain, 1 - inverted)


def test_of_a_patient_nothing_is_left_where_that_is_asked_for(enlarge, capfd):
    item = Dataset()
    item.PatientName = "Doe^Jane"
    source = made(
        StudyDate="20200102",
        InstitutionName="Doe Hospital",
        OtherPatientIDs="Doe",
        RequestAttributesSequence=[item],
        DeviceSerialNumber="DoeDevice",
    )
    dataset = pydicom.dcmread(source)
    dataset.private_block(0x0011, "Doe", create=True).add_new(1, "LO", "Jane")
    dataset.save_as(source)
    said = enlarge(Reader(patient="strip"), source, Path("stripped.dcm"), scale=2)
    after, content = pydicom.dcmread("stripped.dcm"), Path("stripped.dcm").read_bytes()
    assert not re.search(rb"Doe|Jane|4711|20200102|1\.2\.3\.4|1\.2\.3\.5", content)
    assert after.PatientName == "" and after.PatientIdentityRemoved == "YES" and after.PixelSpacing == [0.35, 0.25]
    assert said == ["what is written into its pixels is there still"]
    enlarge(Reader(), source, Path("kept.dcm"), scale=2)
    assert pydicom.dcmread("kept.dcm").PatientName == "Doe^Jane"
    assert "Doe" not in "".join(capfd.readouterr())


def nested(depth):
    """A sequence in a sequence, so many deep, of lengths that are not said."""
    begin, end = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff", b"\xfe\xff\x0d\xe0\0\0\0\0"
    return begin * depth + (end + b"\xfe\xff\xdd\xe0\0\0\0\0") * depth


def hostile(kind):
    """A file that is not what it says, and what is said of it."""
    path = made()
    content = path.read_bytes()
    if kind == "cut short":
        path.write_bytes(content[:-700])
        return "its pixels can't be read: other than its header says, or cut short"
    if kind == "no dicom":
        path.write_bytes(b"PNG" * 100)
        return r"no DICOM file that can be read \(InvalidDicomError\)"
    if kind == "cut in its header":
        path.write_bytes(content[:300])
        return "holds no pixels|no DICOM file"
    if kind == "nested":
        path.write_bytes(content[: content.find(b"\x28\0\x02\0")] + nested(20_000))
        return r"no DICOM file that can be read \(RecursionError\)"
    dataset = pydicom.dcmread(path)
    lies = {
        "no pixels": {},
        "huge": {"Rows": 65535, "Columns": 65535},
        "frames": {"NumberOfFrames": 2_000_000_000},
        "larger than its pixels": {"Rows": 500},
        "32 bits": {"BitsAllocated": 32},
        "no slope": {"RescaleSlope": 0},
        "not a number": {"RescaleSlope": "1", "PixelRepresentation": None},
    }
    if kind == "no pixels":
        del dataset.PixelData
    for name, value in lies.get(kind, {}).items():
        setattr(dataset, name, value)
    if kind == "codec":
        dataset.PixelData, dataset.file_meta.TransferSyntaxUID = pydicom.encaps.encapsulate([b"abcd"]), JPEGLSLossless
        dataset["PixelData"].is_undefined_length = True
    if kind == "film":
        dataset.PixelData, dataset.file_meta.TransferSyntaxUID = pydicom.encaps.encapsulate([b"abcd"]), MPEG2MPML
        dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    return {
        "no pixels": "expected an image, this DICOM file holds no pixels",
        "huge": "65,535×65,535 pixels of 1 channels are more than data.max_pixels",
        "frames": "expected 1 to 10,000 images with pixels, got 2,000,000,000",
        "larger than its pixels": "its pixels can't be read: other than its header says",
        "32 bits": "expected 8 to 16 bits a pixel, got 32",
        "no slope": "its rescale slope or intercept",
        "not a number": "can't be read",
        "codec": "its pixels, JPEG-LS Lossless Image Compression, can't be decoded.*pip install",
        "film": "its pixels, MPEG2 Main Profile / Main Level, can't be decoded",
    }[kind]


KINDS = [
    *("cut short", "no dicom", "cut in its header", "nested", "no pixels", "huge", "frames"),
    *("larger than its pixels", "32 bits", "no slope", "not a number", "codec", "film"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_file_is_refused_by_name_and_its_neighbours_are_read(kind, tmp_path, capfd):
    message = hostile(kind)
    for number in range(2):
        made(f"whole{number}.dcm")
    with pytest.raises(ImageError, match=rf"made\.dcm: .*({message})"):
        Reader()(Path("made.dcm"))
    images = high_images(image_files([tmp_path], Reader(limits=[-1024, 8191])))
    assert images.names == ["whole0", "whole1"] and len(images.problems) == 1
    assert "Doe" not in "".join([*capfd.readouterr(), *images.problems])


def test_what_would_unpack_to_more_than_memory_is_refused(monkeypatch):
    path = made(pixels=np.zeros((600, 500), np.uint16))
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    assert path.stat().st_size < 5_000 and Reader(limits=[-1024, 3071])(path).shape == (1, 600, 500)
    monkeypatch.setenv("SR_MAX_PIXELS", "100000")
    with pytest.raises(ImageError, match=r"made\.dcm: it unpacks to more bytes than 4 · data.max_pixels"):
        Reader(patient="strip").scene(path)


def test_a_folder_s_frames_are_images_of_their_own(tmp_path):
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.dcm").write_bytes(shipped("SC_rgb_rle_16bit_2frame.dcm").read_bytes())
    files = image_files(str(tmp_path / "scans"), Reader())
    assert [file.stem for file in files] == ["a_0001", "a_0002"]
    assert list(named_files(str(tmp_path / "scans"), Reader())) == ["a_0001", "a_0002"]
    images, first = high_images(files), high_images(files[:1])
    assert images.sizes.tolist() == [[100, 100]] * 2 and images.channels == 3 and images.places != first.places
    assert not torch.equal(images[0], images[1]) and torch.equal(images[0], first[0])
