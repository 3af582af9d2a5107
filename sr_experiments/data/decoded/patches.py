"""Squares cut from decoded images, where these lie: on the disk, or on a device."""

import numpy as np
import torch
from torch import Tensor

from sr_experiments.data.decoded.cache import gigabytes
from sr_experiments.data.decoded.images import Images, levels, widen
from sr_experiments.transfer import to_device


class Patches:
    """`patches(images, corners, size)`: the squares `(B, channels, size, size)` of `images` `(B,)` of `source`.

    They are on the scale of 0 to 255, see `levels`. `corners` `(B, 2)` are their top left corners. Each is copied once,
    from a view made of where it lies: slicing an image takes as long as the copy.
    """

    def __init__(self, source: Images) -> None:
        self.source = source

    def __call__(self, images: np.ndarray, corners: np.ndarray, size: int) -> Tensor:
        source, pixels = self.source, self.source.pixels
        result = np.empty((len(images), source.channels, size, size), source.dtype)
        stores = source.stores[images]
        items = np.array([each.itemsize for each in pixels])[stores]
        steps = (items * step for step in places(source, images, corners))
        where = (each.tolist() for each in (stores, items, *steps))
        for patch, store, item, start, plane, row in zip(result, *where, strict=True):
            held = pixels[store]
            view = np.ndarray(patch.shape, held.dtype, held, start, (plane, row, item))
            patch[:] = view if held.dtype == source.dtype else widen(view, source.dtype)
        return levels(torch.from_numpy(result))


class DevicePatches:
    """The same of a `source` that a device holds whole, one gather for a batch; a ValueError where it has no room."""

    def __init__(self, source: Images, device: torch.device) -> None:
        sizes = [pixels.size for pixels in source.pixels]
        check_memory(sum(sizes) * source.dtype.itemsize, device)
        self.source, self.device, self.begins = source, device, np.cumsum(sizes) - sizes
        # PyTorch gathers int16, not uint16, on every device
        gathered = np.int16 if source.dtype == np.uint16 else np.uint8
        self.pixels = torch.empty(sum(sizes), dtype=getattr(torch, gathered.__name__), device=device)
        for part, pixels in zip(self.pixels.split(sizes), source.pixels, strict=True):
            part.copy_(torch.from_numpy(widen(pixels, source.dtype).view(gathered)))

    def __call__(self, images: np.ndarray, corners: np.ndarray, size: int) -> Tensor:
        starts, planes, rows = places(self.source, images, corners)
        starts = starts + self.begins[self.source.stores[images]]
        starts, planes, rows = (
            steps[:, None, None, None] for steps in to_device(np.stack([starts, planes, rows]), self.device)
        )
        along = torch.arange(size, device=self.device)
        channels = torch.arange(self.source.channels, device=self.device)[:, None, None]
        patches = self.pixels[starts + planes * channels + rows * along[:, None] + along]
        return levels(patches.view(torch.uint16) if patches.dtype == torch.int16 else patches)


def patches(source: Images, device: torch.device | None) -> Patches | DevicePatches:
    """The patches of images where they lie, or of a copy that `device` holds."""
    return DevicePatches(source, device) if device else Patches(source)


def places(source: Images, images: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each patch begins in the pixels of its store, and how far its planes and its rows are apart."""
    heights, widths = source.sizes[images].T
    return source.offsets[images] + corners[:, 0] * widths + corners[:, 1], heights * widths, widths


def check_memory(needed: int, device: torch.device) -> None:
    """A ValueError where a GPU has less memory free."""
    if device.type != "cuda":
        return
    free, _ = torch.cuda.mem_get_info(device)
    if needed > free:
        raise ValueError(
            f"data.store=device needs {gigabytes(needed)} on {device}, {gigabytes(free)} are free: use data.store=disk"
        )
