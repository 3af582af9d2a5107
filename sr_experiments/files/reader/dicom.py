"""DICOM, by pydicom (the extra medical)."""

import logging
import warnings
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from sr_experiments.files.elsewhere import Elsewhere
from sr_experiments.files.images import ImageError
from sr_experiments.files.scenes.dicom_result import OVERLAYS, derive, refine, strip
from sr_experiments.files.scenes.masks import as_type
from sr_experiments.files.scenes.opening import check_size, check_unpacked, content, library
from sr_experiments.files.scenes.scene import Limits, Scene, Values, open_scene, read_clear

# what pydicom has to say of a file would show what is in it, a patient's name among it
warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

_GREY = ("MONOCHROME1", "MONOCHROME2")


class Reader:
    """Images of DICOM files: grey of 8 to 16 bits, palettes and color, one frame or many.

    `limits`: the values that become 0 and 1, after the rescale (Hounsfield units of a CT); `window` for each file's
    own, null for the least and the greatest that a file has. `patient`: whether results keep what tells of the
    patient, `keep` or `strip`.
    """

    suffixes = (".dcm", ".dicom", ".ima")

    def __init__(self, *, limits: Limits | str | None = None, patient: str = "keep") -> None:
        if patient not in ("keep", "strip"):
            raise ValueError(f"patient is keep or strip, not {patient!r}")
        if isinstance(limits, str) and limits != "window":
            raise ValueError(f"limits are [low, high], window or null, not {limits!r}")
        self.limits, self.patient = limits, patient

    @staticmethod
    def claims(path: Path) -> bool:
        """Whether this file is one."""
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"

    def frames(self, path: Path | Elsewhere) -> int:
        return open_scene(self, path).count

    def __call__(self, path: Path | Elsewhere, frame: int = 0) -> Tensor:
        return read_clear(self, path, frame)

    def scene(self, path: Path | Elsewhere) -> Scene:
        """An ImageError says why a file holds no image that can be read; never what it says of a patient."""
        scan = _Scan(path, self.patient)
        limits = scan.window() if self.limits == "window" else self.limits
        inverted = scan.dataset.get("PhotometricInterpretation") == "MONOCHROME1"
        return Scene(scan.count, scan.read, scan.write, limits, scan.notes, inverted=inverted)  # pyright: ignore


class _Scan:
    """One file."""

    def __init__(self, path: Path | Elsewhere, patient: str) -> None:
        pydicom = library("pydicom", "medical", path)
        self.path, self.patient = path, patient
        try:
            self._check_deflated()
            self.dataset = pydicom.dcmread(content(path))
            self._look()
        except ImageError:
            raise
        except Exception as error:  # of broken files anything
            raise ImageError(path, f"no DICOM file that can be read ({type(error).__name__})") from None

    def _check_deflated(self) -> None:
        from pydicom.filereader import _read_file_meta_info, read_preamble
        from pydicom.uid import DeflatedExplicitVRLittleEndian

        with self.path.open("rb") if isinstance(self.path, Path) else BytesIO(self.path.read()) as file:
            read_preamble(file, force=False)
            if _read_file_meta_info(file).get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
                check_unpacked(self.path, file.read())

    def _look(self) -> None:
        dataset = self.dataset
        if "PixelData" not in dataset:
            raise ImageError(self.path, "expected an image, this DICOM file holds no pixels")
        self.count = int(dataset.get("NumberOfFrames") or 1)
        check_size(self.path, dataset.Columns, dataset.Rows, dataset.SamplesPerPixel, self.count)
        if not 8 <= dataset.BitsAllocated <= 16:
            raise ImageError(self.path, f"expected 8 to 16 bits a pixel, got {dataset.BitsAllocated}")
        self.grey = dataset.PhotometricInterpretation in _GREY
        self.slope, self.intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
        if not self.slope or not np.isfinite([self.slope, self.intercept]).all():
            raise ImageError(self.path, "its rescale slope or intercept is no number that can be used")
        kind = dataset.PhotometricInterpretation
        self.notes = [] if kind in (*_GREY, "RGB") else [f"{kind} became RGB"]
        if any(element.tag.group in OVERLAYS for element in dataset):
            self.notes.append("overlays were left out")
        if self.patient == "strip" and dataset.get("BurnedInAnnotation") != "NO":
            self.notes.append("what is written into its pixels is there still")

    def window(self) -> tuple[float, float]:
        """The values that the file's own window shows as black and white: PS3.3, C.11.2.1.2."""
        center, width = (self.dataset.get(name) for name in ("WindowCenter", "WindowWidth"))
        if center is None or width is None:
            raise ImageError(self.path, "it has no window of its own: say limits=[low,high]")
        center, width = (float(np.ravel(each)[0]) for each in (center, width))
        return center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2

    def read(self, number: int) -> Values:
        from pydicom.pixels.processing import apply_color_lut
        from pydicom.pixels.utils import pixel_array

        try:
            pixels = pixel_array(self.dataset, index=number)
            if self.dataset.PhotometricInterpretation == "PALETTE COLOR":
                pixels = apply_color_lut(pixels, self.dataset)
        except Exception as error:  # of broken files anything
            raise ImageError(self.path, self._why(error)) from None
        if not self.grey:
            return np.moveaxis(pixels, -1, 0), np.ones((3, *pixels.shape[:2]), bool)
        return (self.slope * pixels.astype(np.float64) + self.intercept)[None], ~self._padding(pixels)[None]

    def _why(self, error: Exception) -> str:
        syntax = self.dataset.file_meta.TransferSyntaxUID
        if syntax.is_compressed:
            return (
                f"its pixels, {syntax.name}, can't be decoded: cut short, or by a codec that is not installed (pydicom "
                "names them: pip install pylibjpeg pylibjpeg-libjpeg, or python-gdcm)"
            )
        return f"its pixels can't be read: other than its header says, or cut short ({type(error).__name__})"

    def _padding(self, pixels: Any) -> Any:
        value = self.dataset.get("PixelPaddingValue")
        if value is None:
            return np.zeros(pixels.shape, bool)
        limits = sorted([value, self.dataset.get("PixelPaddingRangeLimit", value)])
        return (pixels >= limits[0]) & (pixels <= limits[1])

    def write(self, path: Path, images: Iterable[Values], scale: int) -> None:
        """As a new instance of a new series, derived from this one, in Explicit VR Little Endian."""
        stored = np.stack([self._stored(*image) for image in images])
        result = derive(self.dataset, scale)
        refine(result, scale)
        self._set(result, stored if self.count > 1 or "NumberOfFrames" in result else stored[0])
        if self.patient == "strip":
            result = strip(result)
        result.save_as(path, enforce_file_format=True)

    def _stored(self, values: Any, valid: Any) -> Any:
        if not self.grey:
            return np.moveaxis(as_type(values, valid, self._dtype, None), 0, -1)
        bits, signed = self.dataset.BitsStored, self.dataset.PixelRepresentation
        least = -(1 << bits - 1) if signed else 0
        numbers = np.rint((values - self.intercept) / self.slope).clip(least, least + (1 << bits) - 1)
        return as_type(numbers, valid, self._dtype, self.dataset.get("PixelPaddingValue"))[0]

    @property
    def _dtype(self) -> str:
        if self.dataset.PhotometricInterpretation == "PALETTE COLOR":
            return f"u{self.dataset.RedPaletteColorLookupTableDescriptor[2] // 8}"
        return f"{'i' if self.dataset.PixelRepresentation else 'u'}{self.dataset.BitsAllocated // 8}"

    def _set(self, result: Any, stored: Any) -> None:
        kind = self.dataset.PhotometricInterpretation if self.grey else "RGB"
        bits = 8 * stored.itemsize if self.dataset.PhotometricInterpretation == "PALETTE COLOR" else result.BitsStored
        result.set_pixel_data(stored, kind, bits)
