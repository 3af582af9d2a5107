"""Scans, scenes and stacks in, enlarged ones out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sr_experiments import record
from sr_experiments.files.places import Place
from sr_experiments.files.scenes.kinds import readers
from sr_experiments.files.scenes.scene import Scene, Values
from sr_experiments.inference.upscaler import Upscaler


def scene_of(place: Place, run: Path, given: dict[str, Any]) -> Scene:
    """What lies at a place, read as the run's data was, where that had the same reader, and as is `given` besides.

    A ValueError where the reader has no such setting.
    """
    reader = readers()[place.reader or ""]
    known = record.read_json(run)["config"].get("data", {}).get("reader") or {}
    own = {name: value for name, value in known.items() if name != "_target_"}
    ours = known.get("_target_") == f"{reader.__module__}.{reader.__name__}"
    try:
        made = reader(**{**(own if ours else {}), **given})
    except TypeError as error:
        raise ValueError(f"{place.reader} is not read so: {error}") from None
    return made.scene(place.source)


def enlarge_scene(
    scene: Scene, path: Path, network: Upscaler, each_band: bool, advance: Callable[[float], Any]
) -> list[str]:
    """Write a scene enlarged, and return in words what there is to say of it.

    What has no meaning is left out of the network's sight, and has none in the result: its mask is enlarged apart, by
    the nearest. `each_band`: by a network of photographs, band by band as if grey. A ValueError where the network sees
    another number of channels, or another than a whole scale.
    """
    if network.scale != int(network.scale):
        raise ValueError(f"scans and scenes are enlarged by whole scales, not by {network.scale}")
    notes, scale = list(scene.notes), int(network.scale)

    def made() -> Iterator[Values]:
        for number in range(scene.count):
            image, valid = scene.image(number)
            if share := float(np.mean(valid & ((image < 0) | (image > 1)))):
                notes.append(f"{share:.2%} of image {number + 1} beyond the limits that are read: clipped")
            high = _enlarge(image.clip(0, 1).astype(np.float32), network, each_band)
            yield scene.values(high), valid.repeat(scale, 1).repeat(scale, 2)
            advance(1 / scene.count)

    first, _ = scene.read(0)
    notes += _check(len(first), network, each_band)
    scene.write(path, made(), scale)
    return notes


def _check(channels: int, network: Upscaler, each_band: bool) -> list[str]:
    color = network.network.color
    if isinstance(color, int):
        if color != channels:
            raise ValueError(f"its images have {channels} channel(s), the network sees {color}: choose as many bands")
        return []
    if channels == 1 or each_band:
        return [f"its {channels} bands each for itself, as grey"] if channels > 1 else []
    if channels != 3:
        raise ValueError(
            f"its images have {channels} channels, the network sees photographs: a --run of color={channels}, three "
            "bands by --read bands=[4,3,2], or --each-band"
        )
    return ["its three channels as red, green and blue"]


def _enlarge(image: NDArray[np.float32], network: Upscaler, each_band: bool) -> NDArray[np.float32]:
    if each_band and not isinstance(network.network.color, int):
        return np.concatenate([network(torch.from_numpy(band[None])).numpy() for band in image])
    return network(torch.from_numpy(image)).numpy()
