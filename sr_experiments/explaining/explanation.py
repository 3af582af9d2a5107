"""All that is said of one network on one piece of a picture: a picture, and its numbers."""

from collections.abc import Callable
from math import log10
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn

from sr_experiments.color import enlarge_image, network_input
from sr_experiments.explaining import pictures
from sr_experiments.explaining.attribution import gradient_detector, local_attribution
from sr_experiments.explaining.features import last_features
from sr_experiments.explaining.field import effective_field
from sr_experiments.explaining.sensitivity import sensitivity
from sr_experiments.explaining.spectrum import error_spectrum
from sr_experiments.explaining.uncertainty import calibration, deviation
from sr_experiments.inference.network import Network


class Piece(NamedTuple):
    """What is explained: `seen` `(C, H, W)` of 0 to 255, a window of the picture, and a square of the result.

    `top`, `left` and `size` are that square's, in pixels of the result; `original` `(C, s·H, s·W)` of 0 to 255 is what
    the result should be, where that is known.
    """

    seen: Tensor
    top: int
    left: int
    size: int
    original: Tensor | None = None


class Part(NamedTuple):
    """What one way of looking at a network adds: panels of the picture, and numbers."""

    panels: list[pictures.Panel]
    facts: dict[str, Any]


def explain(name: str, network: Network, piece: Piece) -> tuple[Image.Image, dict[str, Any]]:
    """A network's explanation of a piece, and the numbers in it; a ValueError where it can't be differentiated."""
    if network.module is None:
        raise ValueError(f"{name}: attributions are gradients, and only a network of torch has these")
    low = network_input(piece.seen[None].float() / 255, network.color)[0]
    with torch.inference_mode():
        high = _enlarging(network)(piece.seen[None])[0]
    parts = [
        _attribution(network, low, high, piece),
        _field(network, low),
        _features(network.module, low),
        _errors(high, piece),
        _uncertainty(network, low, piece),
        _sensitivity(network, piece),
    ]
    facts = {key: value for part in parts for key, value in part.facts.items()}
    panels = [panel for part in parts for panel in part.panels]
    return pictures.sheet(panels, f"{name}: {words(facts)}"), facts


def _enlarging(network: Network) -> Callable[[Tensor], Tensor]:
    return lambda low: enlarge_image(network, low, network.color)


def _attribution(network: Network, low: Tensor, high: Tensor, piece: Piece) -> Part:
    try:
        found = local_attribution(network, low, gradient_detector(piece.top, piece.left, piece.size))
    except RuntimeError as error:  # of torch, where no gradient comes back
        raise ValueError(f"the network can't be differentiated: {error}") from error
    weight, total = found.contributions.sum(0).abs(), float(found.contributions.sum())
    ends = (piece.left, piece.top, piece.left + piece.size, piece.top + piece.size)
    box = [end / side for end, side in zip(ends, 2 * (high.shape[-1], high.shape[-2]), strict=True)]
    panels = [
        ("what it was given", pictures.photograph(piece.seen.float() / 255, box)),
        ("what contributed to the square", pictures.heat(weight, piece.seen / 255)),
        ("what it made", pictures.photograph(high)),
    ]
    facts = {
        "diffusion_index": round(found.diffusion_index, 3),
        "detail": found.difference,
        "unexplained": abs(total - found.difference) / max(abs(found.difference), 1e-12),
        "reach": reach(weight),
    }
    return Part(panels, facts)


def reach(weight: Tensor) -> list[int]:
    """Width and height of the box that holds all but a thousandth of what contributed."""
    rows, columns = (weight.sum(dim) / weight.sum().clamp(min=1e-12) for dim in (1, 0))
    return [int((each > 1e-3 / len(each)).sum()) for each in (columns, rows)]


def _field(network: Network, low: Tensor) -> Part:
    theory = network.receptive_field
    found = effective_field(network, low, network.scale, theory or min(low.shape[-2:]))
    facts = {"receptive_field": theory, "effective_receptive_field": round(found.side, 1)}
    side = len(found.weights)
    return Part([(f"effective receptive field, in {side}x{side}", pictures.heat(found.weights))], facts)


def _features(module: nn.Module, low: Tensor) -> Part:
    found = last_features(module, low)
    if found is None:
        return Part([], {})
    panels = [
        (f"most varied of {len(found.maps)} maps before its end", pictures.tiled(found.maps)),
        ("kernels of its end for these", pictures.tiled(found.kernels)),
    ]
    facts = {"layer": found.layer, "maps": len(found.maps), "silent": found.silent}
    return Part(panels, {"features": facts})


def _errors(high: Tensor, piece: Piece) -> Part:
    if piece.original is None:
        return Part([], {})
    output, original = high.clamp(0, 1), piece.original.float() / 255
    spectrum, error = error_spectrum(output, original), (output - original).abs()
    panels = [
        ("original, error (red): dB over cycles", pictures.spectra(spectrum)),
        ("where it erred", pictures.heat(error.mean(0))),
    ]
    psnr = -10 * log10(max(float(error.square().mean()), 1e-6))
    return Part(panels, {"psnr": round(psnr, 3), "spectrum": spectrum._asdict()})


def _uncertainty(network: Network, low: Tensor, piece: Piece) -> Part:
    sigma = deviation(network, low)
    if sigma is None:
        return Part([], {})
    panels = [("how unsure it says it is", pictures.heat(sigma.mean(0)))]
    if piece.original is None:
        return Part(panels, {})
    target = network_input(piece.original[None].float() / 255, network.color)[0]
    with torch.inference_mode():
        found = calibration(network(low[None])[0], sigma, target)
    panels.append(("held (red) over promised by its intervals", pictures.reliability(found)))
    return Part(panels, {"calibration": found._asdict()})


def _sensitivity(network: Network, piece: Piece) -> Part:
    with torch.inference_mode():
        return Part([], {"sensitivity": sensitivity(_enlarging(network), piece.seen.float(), network.scale)})


def words(facts: dict[str, Any]) -> str:
    """What is seen, in a sentence or two."""
    theory = facts["receptive_field"]
    parts = [
        f"diffusion index {facts['diffusion_index']:.2f}, made of {facts['reach'][0]}×{facts['reach'][1]} pixels",
        f"an output pixel can depend on {f'{theory}×{theory}' if theory else 'all'} pixels, and does on as many as "
        f"{facts['effective_receptive_field']:.1f}×{facts['effective_receptive_field']:.1f}",
    ]
    if "spectrum" in facts:
        parts.append(
            f"{facts['psnr']:.2f} dB; it follows the original up to {facts['spectrum']['followed']:.2f} cycles a pixel"
        )
    if "calibration" in facts:
        covered = ", ".join(f"{100 * share:.0f} %" for share in facts["calibration"]["coverage"].values())
        parts.append(f"its 50, 90 and 95 % intervals hold {covered} of the pixels")
    if "sensitivity" in facts:
        parts.append("alike (dB) after " + ", ".join(f"{k} {v['output']:.1f}" for k, v in facts["sensitivity"].items()))
    return "; ".join(parts)
