"""Super-resolution experiments from configuration: which choice is better, by how much, how surely, at what cost."""

from typing import TYPE_CHECKING

from sr_experiments import torchvision_operators

if TYPE_CHECKING:
    from sr_experiments.inference.upscaler import Upscaler

__all__ = ["load"]
__version__ = "0.1.0"

torchvision_operators.install()


def load(
    run: str,
    *,
    scale: float | None = None,
    tile: int | None = None,
    device: str | None = None,
    sample: int | None = None,
) -> "Upscaler":
    """What enlarges images with the network of a run directory, or with one that ships (`sr-models --trained`).

    Called with a Pillow image, a NumPy array or a torch tensor it returns one of the same kind, `scale` times as large.
    `scale`: another than the network was trained for, where it makes any. `tile`: the side of the pieces that it works
    in, in low-resolution pixels and a multiple of 16. `device`: as torch calls it; None for a GPU where there is one.
    `sample`: the number of the sample to draw, with a network that draws. A ValueError says why there is no such
    network, or none that can be used.
    """
    from sr_experiments.inference.backend import in_torch
    from sr_experiments.inference.run import load_run
    from sr_experiments.inference.upscaler import Upscaler
    from sr_experiments.trained import run_folder

    network = load_run(run_folder(run), scale).network
    return Upscaler(network, tile=tile, device=device, sample=sample, calls=in_torch(network))
