"""The images on which the rows of a leaderboard are ranked: those that all of them have."""

from collections.abc import Mapping
from math import isfinite

from sr_experiments.tables import SET

Values = dict[str, dict[int, dict[str, float]]]  # by metric, by seed, by image


def on_common_images(measured: Mapping[str, Values]) -> dict[str, Values]:
    """Of rows by name, the scores of the images that all have, by metric; what is not finite counts as lacking.

    A run without any score by a metric is left out there, and takes no image from the others.
    """
    common: dict[str, set[str]] = {}
    for values in measured.values():
        for metric, seeds in values.items():
            for images in filter(None, map(scored_images, seeds.values())):
                common[metric] = common.get(metric, images) & images
    return {name: _kept(values, common) for name, values in measured.items()}


def scored_images(images: Mapping[str, float]) -> set[str]:
    """The images of a run that have a score."""
    return {image for image, value in images.items() if isfinite(value)}


def _kept(values: Values, common: Mapping[str, set[str]]) -> Values:
    kept = {
        metric: {
            seed: {image: value for image, value in images.items() if image in common[metric]}
            for seed, images in seeds.items()
            if scored_images(images)
        }
        for metric, seeds in values.items()
        if common.get(metric)
    }
    return {metric: seeds for metric, seeds in kept.items() if seeds}


def missing_images(values: Values, count: int) -> list[str]:
    """What a row says of `count` images that not all of its runs have a score of: `4 of 5 images`."""
    of_images = {metric: seeds for metric, seeds in values.items() if SET not in next(iter(seeds.values()))}
    has = {metric: len(set.intersection(*map(scored_images, seeds.values()))) for metric, seeds in of_images.items()}
    if len(set(has.values())) == 1:
        has = {"": next(iter(has.values()))}
    return [
        f"{some} of {count} images" + f" by {metric}" * bool(metric) for metric, some in has.items() if some < count
    ]
