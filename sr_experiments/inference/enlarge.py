"""From a low-resolution image to a high-resolution one, through a network, tiles and flips."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from sr_experiments.color import enlarge_image
from sr_experiments.data.pairs import Pair
from sr_experiments.inference.network import Network
from sr_experiments.inference.samples import noise
from sr_experiments.inference.self_ensemble import self_ensemble
from sr_experiments.inference.tiles import Tiles
from sr_experiments.metrics.conditions import full_float32, own_generators
from sr_experiments.metrics.measure import PERFECT
from sr_experiments.metrics.protocol import Protocol


class Enlarger:
    """Enlarges images with a network, on a GPU where there is one.

    `tile`: in tiles of so many low-resolution pixels a side, or whole (None). `ensemble`: averaged over eight flips.
    `each_band`: each channel for itself, as grey, by a network of photographs. `sample` draws, with one that does.
    """

    def __init__(
        self, network: Network, *, tile: int | None = None, ensemble: bool = False, each_band: bool = False
    ) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        if network.module is not None:
            network.module.to(self.device)
        call = partial(self_ensemble, network) if ensemble else network
        self.whole = partial(_each_band if each_band else enlarge_image, call, color=network.color)
        self.tiles = tiles(self.whole, network, tile) if tile is not None else None
        self.network, self.tile = network, tile

    def __call__(self, pair: Pair) -> Tensor:
        """RGB `(1, 3, s·h, s·w)` in [0, 1], not clamped; a ValueError where the network refuses the image."""
        return self._run(self.tiles or self.whole, pair.low)

    def sample(self, pair: Pair, number: int) -> Tensor:
        """The sample of this number, as a result is; tiles are cut of the image and its noise alike."""
        drawing = partial(_sample, self.network)
        enlarge = tiles(drawing, self.network, self.tile) if self.tile is not None else drawing
        given = noise(pair.low, self.network.noise_channels, number)
        return self._run(enlarge, torch.cat([pair.low.float(), given]))

    def tiling_cost(self, pair: Pair, protocol: Protocol) -> str:
        """What tiles change on a piece of an image that is larger than a tile with its margins: in dB and values."""
        assert self.tiles is not None
        side, scale = 2 * (self.tiles.tile + self.tiles.margin), pair.high.shape[-1] // pair.low.shape[-1]
        low, high = pair.low[..., :side, :side], pair.high[None, ..., : side * scale, : side * scale]
        with torch.inference_mode():
            whole, tiled = (self._run(enlarge, low) for enlarge in (self.whole, self.tiles))
        before, after = (_psnr(*protocol(output, high)) for output in (whole, tiled))
        way = "blended" if self.tiles.blended else "as the receptive field asks"
        return (
            f"tiles of {self.tiles.tile} pixels and {self.tiles.margin} around them, {way}: {after:.4f} dB, untiled "
            f"{before:.4f} dB on {low.shape[-1]}×{low.shape[-2]} pixels of {pair.name}, a cost of "
            f"{before - after:.4f} dB; largest difference {float((tiled - whole).abs().max()):.1e}"
        )

    def _run(self, enlarge: Callable[[Tensor], Tensor], low: Tensor) -> Tensor:
        low = low.to(self.device)
        try:
            with own_generators(low), full_float32():
                return enlarge(low[None]).cpu()
        except RuntimeError as error:
            size = f"{low.shape[-1]}×{low.shape[-2]}"
            raise ValueError(
                f"the network failed on an image of {size} pixels: {error}\ntile=128 enlarges in pieces"
            ) from error


def _each_band(network: Callable[[Tensor], Tensor], low: Tensor, color: str) -> Tensor:
    """Of `(B, C, h, w)` of 0 to 255 each channel as RGB of three equal ones."""
    grey = low.flatten(0, 1)[:, None]
    return enlarge_image(network, grey.expand(-1, 3, -1, -1), color).mean(1).unflatten(0, low.shape[:2])


def _sample(network: Network, given: Tensor) -> Tensor:
    """A sample, of an image `(B, C, H, W)` of 0 to 255 with its noise as further channels."""
    low, drawn = given[:, : -network.noise_channels], given[:, -network.noise_channels :]
    return enlarge_image(partial(network, noise=drawn), low, network.color)


def tiles(enlarge: Callable[[Tensor], Tensor], network: Network, tile: int) -> Tiles:
    """What enlarges as `enlarge` does with this network, in tiles."""
    return Tiles(enlarge, tile=tile, scale=network.scale, receptive_field=network.tile_field, step=network.tile_step)


def _psnr(output: Tensor, target: Tensor) -> float:
    return min(float(10 * torch.log10(255**2 / (output - target).square().mean())), PERFECT)
