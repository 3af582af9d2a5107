"""A network for people who only use it: images of any kind in, images of the same kind out."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from sr_experiments.color import BLACK, WHITE, enlarge_grey, network_input, network_output
from sr_experiments.files.modes import image_of_pixels, pixels_of
from sr_experiments.files.tiff import TiffRows
from sr_experiments.inference.alpha import bleed, within_neighbours
from sr_experiments.inference.flat_field import FlatField
from sr_experiments.inference.memory import fit_tile
from sr_experiments.inference.network import Network
from sr_experiments.inference.samples import noise
from sr_experiments.inference.tiles import BLOCK, Tiles
from sr_experiments.metrics.conditions import full_float32

TILE, BLENDED = 256, 512  # low-resolution pixels a side
BAND = 1 << 26  # bytes of a band of rows, which there may be two of
FAR = 32  # pixels that color grows under transparency, where the network's reach is not known
PEAKS = {torch.uint8: 255, torch.uint16: 65535}

AnyImage = TypeVar("AnyImage", Image.Image, NDArray[Any], Tensor)


class Upscaler:
    """Enlarges images `scale` times with a network.

    `tile`: the side, in low-resolution pixels and a multiple of 16, of the pieces that it works in; None for what suits
    the network and the free memory. Pieces change nothing where its receptive field is finite, otherwise they are
    `blended`. `device`: as torch calls it; None for a GPU where there is one. `sample`: draw the sample of this number,
    with a network that draws (a ValueError of another): the one that `sr-evaluate samples=` measures of the same
    pixels. `calls`: what makes the same faster of images in [0, 1] of so many channels, on a CPU and of no sample; as
    many pieces as torch has threads are then enlarged at once. Where the receptive field is finite, black and white
    come out as flat as they are: see `FlatField`.
    """

    def __init__(
        self,
        network: Network,
        *,
        tile: int | None = None,
        device: str | None = None,
        sample: int | None = None,
        calls: Mapping[int, Callable[[Tensor], Tensor]] | None = None,
    ) -> None:
        if sample is not None and not network.noise_channels:
            raise ValueError(f"sample {sample}: the network draws none, leave it out")
        self.sample = sample
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.calls = (calls or {}) if self.device.type == "cpu" and sample is None else {}
        self.threads = torch.get_num_threads() if self.calls else 1
        if network.module is not None:
            network.module.to(self.device)
        self.network, self.scale, self.blended = network, network.scale, network.tile_field is None
        self.tile = tile or fit_tile(network, BLENDED if self.blended else TILE, self.device, self.threads)
        self.of_colors, self.of_luma = self._flat(0, 1), self._flat(BLACK, WHITE)

    def __call__(self, image: AnyImage) -> AnyImage:
        """An image of the same kind, `scale` times as large.

        A Pillow image (palettes and CMYK become RGB), a NumPy array `(H, W)` or `(H, W, C)`, or a torch tensor
        `(H, W)`, `(C, H, W)` or `(B, C, H, W)`: uint8, uint16 or floats of 0 to 1, which come back within these bounds.
        C is 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha), or what the network sees where that is another
        number. No gradients. A ValueError says what was expected.
        """
        if isinstance(image, Image.Image):
            pixels, _ = pixels_of(image)
            high = image_of_pixels(self(pixels))
            high.info = {name: value for name, value in image.info.items() if name != "transparency"}
            return high
        if isinstance(image, np.ndarray):
            return self._array(image)
        if not isinstance(image, Tensor):
            raise ValueError(f"expected a Pillow image, a NumPy array or a torch tensor, got {type(image).__name__}")
        whole = image if image.dim() == 4 else image.reshape(1, *([1] * (3 - image.dim())), *image.shape)
        high = torch.cat(list(self.bands(whole)), -2).to(image.device)
        return high.reshape(*image.shape[:-2], *high.shape[-2:])

    def _array(self, image: NDArray[Any]) -> NDArray[Any]:
        if image.ndim not in (2, 3):
            raise ValueError(f"expected an array (H, W) or (H, W, C), got {image.shape}")
        low = _tensor(image)
        if low.dim() == 2:
            return self(low).numpy()
        return np.ascontiguousarray(self(low.permute(2, 0, 1)).permute(1, 2, 0).numpy())

    def luma(self, low: Tensor) -> Tensor:
        """What a network of luma makes of it, `(1, h, w)` of 0 to 1, 16/255 black and 235/255 white."""
        return torch.cat(list(self.bands(low[None], luma=True)), -2)[0]

    def rows(self, pixels: NDArray[Any] | TiffRows) -> Iterator[NDArray[Any]]:
        """What `(H, W, C)` becomes, from the top in bands `(rows, s·W, C)`."""
        for band in self.bands(_Pixels(pixels)):
            yield band[0].permute(1, 2, 0).numpy()

    def bands(self, low: "Tensor | _Pixels", luma: bool = False) -> Iterator[Tensor]:
        """What `(B, C, H, W)` becomes, from the top in bands of whole rows, of the same type, on the CPU.

        `luma`: it is what a network of luma sees, not grey.
        """
        self._check(low)
        pixels = low if self.sample is None else _WithNoise(low, self._noise(low))
        enlarge = partial(self._enlarge, luma=luma)

        def finished(piece: Tensor) -> Tensor:
            return _to_type(enlarge(piece), low.dtype)

        if self.scale != int(self.scale):
            yield finished(pixels[..., :, :]).cpu()
        elif self.blended:
            tiles = Tiles(enlarge, tile=self.tile, scale=self.scale, receptive_field=None, threads=self.threads)
            yield from (_to_type(band, low.dtype) for band in tiles.bands(pixels))
        else:
            reach = self._reach + self._has_alpha(low) * self._bleeding
            yield from Tiles(
                finished,
                tile=self.tile,
                scale=self.scale,
                receptive_field=2 * reach + 1,
                step=self.network.tile_step,
                rows=min(self.tile, self._rows(low)),
                threads=self.threads,
            ).bands(pixels)

    def _flat(self, black: float, white: float) -> Callable[[Tensor], Tensor]:
        """The network with flat fields flat, where what it makes of them is the same at every place but the border."""
        whole = self.scale == int(self.scale) and not self.blended and self.network.tile_step == 1
        if not whole or self.sample is not None or isinstance(self.network.color, int):  # levels of scans mean more
            return self._by_network
        return FlatField(self._by_network, int(self.scale), self._reach, black, white)

    def _noise(self, low: "Tensor | _Pixels") -> Tensor:
        colors = low[..., :, :][:, : low.shape[1] - self._has_alpha(low)]
        return torch.stack([noise(each, self.network.noise_channels, self.sample or 0) for each in colors])

    @property
    def _reach(self) -> int:
        return (self.network.tile_field or 2 * FAR) // 2

    @property
    def _bleeding(self) -> int:
        """How far color grows under transparency, of which a pixel of its neighbours' alpha may be seen."""
        return self._reach + 1

    def _has_alpha(self, low: "Tensor | _Pixels") -> bool:
        return not isinstance(self.network.color, int) and low.shape[-3] in (2, 4)

    def _rows(self, low: "Tensor | _Pixels") -> int:
        """How many rows of low resolution make a band of no more bytes than it should have."""
        row = low.dtype.itemsize * low.shape[0] * low.shape[1] * low.shape[3] * self.scale**2
        return max(int(BAND / row) // BLOCK, 1) * BLOCK

    def _check(self, low: "Tensor | _Pixels") -> None:
        shape = tuple(low.shape)
        known = (self.network.color,) if isinstance(self.network.color, int) else (1, 2, 3, 4)
        if len(shape) != 4 or 0 in shape or shape[1] not in known:
            expected = " or ".join(map(str, known))
            raise ValueError(f"expected images of {expected} channel(s) and at least one pixel, got {shape}")
        if low.dtype not in PEAKS and not low.dtype.is_floating_point:
            raise ValueError(f"expected uint8, uint16 or floats of 0 to 1, got {low.dtype}")
        if isinstance(low, Tensor) and low.is_floating_point() and not bool(((low >= 0) & (low <= 1)).all()):
            raise ValueError(f"expected floats of 0 to 1, got {float(low.min()):g} to {float(low.max()):g}")

    def _enlarge(self, piece: Tensor, luma: bool) -> Tensor:
        """A piece enlarged, as floats of 0 to 1."""
        image, drawn = piece.float().to(self.device) / PEAKS.get(piece.dtype, 1), None
        if self.sample is not None:
            image, drawn = image.tensor_split([-self.network.noise_channels], 1)
        with torch.no_grad(), full_float32():
            if not self._has_alpha(image):
                return self._by_color(image, drawn, luma)
            color, alpha = image[:, :-1], image[:, -1:]
            high = self._by_color(bleed(color, alpha, self._bleeding), drawn), self._by_color(alpha)
            return torch.cat([high[0], within_neighbours(high[1], alpha)], 1)

    def _by_color(self, image: Tensor, drawn: Tensor | None = None, luma: bool = False) -> Tensor:
        grey = self.network.color == "y" and image.shape[1] == 1
        known = self.of_luma if grey else self.of_colors
        network = known if drawn is None else partial(self._by_network, drawn=drawn)
        return enlarge_grey(network, image).clamp(0, 1) if grey and not luma else network(image)

    def _by_network(self, image: Tensor, drawn: Tensor | None = None) -> Tensor:
        if call := self.calls.get(image.shape[1]):
            return call(image)
        output = self.network(network_input(image, self.network.color), drawn)
        return network_output(output.float(), image, self.network.color).clamp(0, 1)


class _Pixels:
    """Pixels `(H, W, C)` as a tensor `(1, C, H, W)` of which parts are cut."""

    def __init__(self, pixels: NDArray[Any] | TiffRows) -> None:
        height, width, channels = pixels.shape
        self.pixels, self.shape = pixels, (1, channels, height, width)
        self.dtype = torch.uint16 if pixels.dtype == np.uint16 else torch.uint8

    def __getitem__(self, place: tuple[Any, slice, slice]) -> Tensor:
        _, rows, columns = place
        return _tensor(self.pixels[rows][:, columns]).permute(2, 0, 1)[None]


class _WithNoise:
    """An image, its parts in [0, 1] with what is drawn for their pixels as further channels."""

    def __init__(self, low: "Tensor | _Pixels", drawn: Tensor) -> None:
        self.low, self.drawn, self.shape, self.dtype = low, drawn, low.shape, low.dtype

    def __getitem__(self, place: tuple[Any, slice, slice]) -> Tensor:
        return torch.cat([self.low[place].float() / PEAKS.get(self.dtype, 1), self.drawn[place]], 1)


def _to_type(high: Tensor, dtype: torch.dtype) -> Tensor:
    return high.mul_(PEAKS[dtype]).round_().to(dtype) if dtype in PEAKS else high.to(dtype)


def _tensor(pixels: NDArray[Any]) -> Tensor:
    """An array as a tensor, not copied where it needn't be: nobody writes into it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("=")))
