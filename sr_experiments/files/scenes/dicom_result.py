"""What a DICOM file says of an image that was enlarged from another one."""

from copy import deepcopy
from typing import Any

import numpy as np

_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
_STALE = (
    "SmallestImagePixelValue",
    "LargestImagePixelValue",
    "IconImageSequence",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
)
OVERLAYS = range(0x6000, 0x6100)  # groups
_PALETTES = range(0x00281101, 0x00281224)
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber"),
    *("ReferringPhysicianName", "StudyID", "SeriesNumber"),
)
# fmt: off
_KEPT = {
    "SOPClassUID", "Modality", "ImageType", "InstanceNumber", "DerivationDescription", "DerivationCodeSequence",
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "PixelData", "RescaleSlope", "RescaleIntercept", "RescaleType", "WindowCenter", "WindowWidth", "VOILUTFunction",
    "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "SliceThickness", "SpacingBetweenSlices",
    "ImagePositionPatient", "ImageOrientationPatient", "SliceLocation", "PatientPosition", "LossyImageCompression",
    "LossyImageCompressionRatio", "LossyImageCompressionMethod", "PresentationLUTShape", "ConversionType", *_UIDS,
}
# fmt: on


def derive(dataset: Any, scale: int) -> Any:
    """A copy without pixels that is a new instance, derived from `dataset`: PS3.3, C.7.6.1.1 and C.12.4.

    Of one series and one `scale` all results are one new series.
    """
    from pydicom.dataset import Dataset
    from pydicom.sr.codedict import codes
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    list(dataset.iterall())  # decodes all: the file may be of another byte order
    result = Dataset()  # a copy would remember that order
    result.update(deepcopy(dict(dataset.items())))
    result.file_meta, result.preamble = deepcopy(dataset.file_meta), dataset.preamble
    for name in _STALE:
        result.pop(name, None)
    for tag in [element.tag for element in result]:
        if tag in _PALETTES or tag.group in OVERLAYS:
            del result[tag]
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    source.PurposeOfReferenceCodeSequence = [_item(codes.DCM.SourceImageForImageProcessingOperation)]
    result.SourceImageSequence = [source]
    result.ImageType = ["DERIVED", *(list(dataset.get("ImageType") or [])[1:] or ["SECONDARY"])]
    result.DerivationDescription = f"enlarged {scale} times by sr_experiments"
    result.DerivationCodeSequence = [_item(codes.DCM.SpatialResampling)]
    entropy = [str(dataset.get("SeriesInstanceUID", "")), f"sr_experiments x{scale}"]
    result.SeriesInstanceUID = generate_uid(entropy_srcs=entropy)
    result.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return result


def _item(code: Any) -> Any:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return item


def refine(dataset: Any, scale: int) -> None:
    """Divide the spacing of pixels by `scale`, and move the center of the first one to where it is then."""
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or [])
    frames = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])
    for groups in [[dataset], *([frame, *shared] for frame in frames)]:
        position = _found(groups, "PlanePositionSequence", "ImagePositionPatient")
        orientation = _found(groups, "PlaneOrientationSequence", "ImageOrientationPatient")
        spacing = _found(groups, "PixelMeasuresSequence", "PixelSpacing")
        if position and orientation and spacing:
            along, down = np.reshape([float(each) for each in orientation.ImageOrientationPatient], (2, 3))
            rows, columns = map(float, spacing.PixelSpacing)
            shift = (1 / scale - 1) / 2 * (columns * along + rows * down)
            moved = np.array([float(each) for each in position.ImagePositionPatient]) + shift
            position.ImagePositionPatient = [_decimal(each) for each in moved]
    measures = [each for group in (*frames, *shared) for each in group.get("PixelMeasuresSequence", [])]
    for part in (dataset, *measures):
        for name in _SPACINGS:
            if part.get(name):
                setattr(part, name, [_decimal(float(each) / scale) for each in part[name].value])


def _found(groups: list[Any], sequence: str, name: str) -> Any:
    """The first part of these that says `name`: a data set itself, or what a functional group has for it."""
    parts = (part for group in groups for part in [group, *group.get(sequence, [])])
    return next((part for part in parts if part.get(name)), None)


def _decimal(number: float) -> Any:
    from pydicom.valuerep import DSfloat

    return DSfloat(number, auto_format=True)


def strip(dataset: Any) -> Any:
    """What of a data set says how to show its pixels, and nothing else, with other UIDs.

    It is what is kept that is listed, not what goes: dates, names, places, devices, private elements and whatever was
    not thought of are gone. UIDs are hashes of the former ones, so that images of a series stay one; the source that
    an image was derived from is named no more.
    """
    from pydicom.uid import generate_uid

    result = deepcopy(dataset)
    for element in dataset:
        if element.keyword not in _KEPT:
            del result[element.tag]
    for name in _EMPTY:
        setattr(result, name, "" if name != "SeriesNumber" else None)
    for name in _UIDS:
        if name in dataset:
            setattr(result, name, generate_uid(entropy_srcs=[str(dataset[name].value), "stripped"]))
    result.PatientIdentityRemoved, result.DeidentificationMethod = "YES", "sr_experiments: all but the pixels' module"
    result.file_meta.MediaStorageSOPInstanceUID = result.SOPInstanceUID
    for name in ("SourceApplicationEntityTitle", "PrivateInformation", "PrivateInformationCreatorUID"):
        result.file_meta.pop(name, None)
    result.preamble = bytes(128)
    return result
