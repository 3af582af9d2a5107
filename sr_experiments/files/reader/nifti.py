"""NIfTI volumes, by nibabel (the extra medical)."""

import gzip
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from sr_experiments.files.elsewhere import Elsewhere
from sr_experiments.files.images import ImageError
from sr_experiments.files.scenes.masks import as_type
from sr_experiments.files.scenes.opening import check_size, library
from sr_experiments.files.scenes.scene import Limits, Scene, Values, open_scene, read_clear

_MAGIC = b"n+1\0"
_SCALING = slice(112, 120)  # of the header: what nibabel sets to 1 and 0 for numbers that are written as they are


class Reader:
    """Slices of NIfTI volumes, of three dimensions or four, each an image of one channel.

    `axis`: which of the first three they are counted along, from 0. `limits`: the values that become 0 and 1, after the
    file's own scaling; null for the least and the greatest that a file has. NaN and infinity mean nothing.
    """

    suffixes = (".nii", ".nii.gz")

    def __init__(self, *, limits: Limits | None = None, axis: int = 2) -> None:
        if axis not in (0, 1, 2):
            raise ValueError(f"axis is 0, 1 or 2, not {axis!r}")
        self.limits, self.axis = limits, axis

    @staticmethod
    def claims(path: Path) -> bool:
        """Whether this file is one."""
        if path.name.lower().endswith(".nii.gz"):
            return True
        with path.open("rb") as file:
            return file.read(348)[344:] == _MAGIC

    def frames(self, path: Path | Elsewhere) -> int:
        return open_scene(self, path).count

    def __call__(self, path: Path | Elsewhere, frame: int = 0) -> Tensor:
        return read_clear(self, path, frame)

    def scene(self, path: Path | Elsewhere) -> Scene:
        """An ImageError says why a file holds no volume that can be read."""
        volume = _Volume(path, self.axis)
        return Scene(volume.count, volume.read, volume.write, self.limits)


class _Volume:
    """One file; slices of later volumes follow those of the first."""

    def __init__(self, path: Path | Elsewhere, axis: int) -> None:
        nibabel = library("nibabel", "medical", path)
        if not isinstance(path, Path):
            raise ImageError(path, "NIfTI is read from files of their own, not out of archives and addresses")
        self.path, self.axis = path, axis
        try:
            self.image = nibabel.Nifti1Image.from_filename(path)
            self.shape = tuple(map(int, self.image.shape))
        except Exception as error:  # of broken files anything
            raise ImageError(path, f"no NIfTI volume that can be read ({type(error).__name__})") from None
        self.dtype = self.image.get_data_dtype()
        if len(self.shape) not in (3, 4) or self.dtype.kind not in "iuf":
            raise ImageError(path, f"expected a volume of numbers in 3 or 4 dimensions, got {self.dtype}, {self.shape}")
        self.plane = [each for each in range(3) if each != axis]
        self.count = self.shape[axis] * prod(self.shape[3:])
        check_size(path, *(self.shape[each] for each in self.plane), frames=self.count)

    def _place(self, number: int) -> tuple[Any, ...]:
        later, slice_number = divmod(number, self.shape[self.axis])
        place: list[Any] = [slice(None)] * 3
        place[self.axis] = slice_number
        return (*place, *([later] if len(self.shape) == 4 else []))

    def read(self, number: int) -> Values:
        try:
            values = np.asarray(self.image.dataobj[self._place(number)])[None]
        except Exception as error:  # of broken files anything
            raise ImageError(self.path, f"it is cut short, or broken ({type(error).__name__})") from None
        return values, np.isfinite(values)

    def write(self, path: Path, images: Iterable[Values], scale: int) -> None:
        """With the same orientation, the corner kept, and the scaling of values as it was."""
        import nibabel

        slope, inter = self.image.dataobj.slope, self.image.dataobj.inter
        shape = [side * scale if axis in self.plane else side for axis, side in enumerate(self.shape)]
        result = np.zeros(shape, self.dtype)
        for number, (values, valid) in enumerate(images):
            nothing = np.nan if self.dtype.kind == "f" else None
            result[self._place(number)] = as_type((values - inter) / slope, valid, self.dtype, nothing)[0]
        finer = np.eye(4)
        for axis in self.plane:
            finer[axis, axis], finer[axis, 3] = 1 / scale, (1 / scale - 1) / 2
        header = self.image.header.copy()
        made = nibabel.Nifti1Image(result, self.image.affine @ finer, header)
        made.header.set_data_dtype(self.dtype)
        sizes = zip(self.image.header.get_zooms(), range(len(shape)), strict=True)
        made.header.set_zooms([size / scale if axis in self.plane else size for size, axis in sizes])
        data = bytearray(made.to_bytes())
        data[_SCALING] = np.array([slope, inter], f"{made.header.endianness}f4").tobytes()
        path.write_bytes(gzip.compress(data) if ".gz" in path.suffixes else data)
