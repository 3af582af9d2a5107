"""Run directories as a finished run leaves them, without a training."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from conftest import picture
from PIL import Image

from sr_experiments import record, tables
from sr_experiments.signature import signature_of

CURVE = {"val/psnr": [24.0, 26.0, 27.0], "train/loss": [0.1, 0.01, 0.005]}


def write_run(
    folder: Path,
    *,
    model: str = "espcn",
    psnr: Sequence[float] | Mapping[str, float] = (30.0, 32.0),
    seed: int = 0,
    scale: int = 3,
    status: str = "finished",
    protocol: str = "standard",
    benchmark: str = "photos",
    key: str = "0123456789ab",
    data: str = "photos",
    metric: str = "psnr",
    degradation: str = "bicubic",
    variant: str = "plain",
    facts: Mapping[str, Any] | None = None,
    crops: bool = False,
    **values: Any,
) -> Path:
    """Write a run with a PSNR (or another metric) for each image, and three points of two curves."""
    folder.mkdir(parents=True)
    config = {"name": "x", "scale": scale, "seed": seed, "model": {"kind": model, **values}}
    choices = {"model": model, "data": data, "logger": folder.name, "sweep": folder.name}
    record.begin(folder, config, signature_of(config, "data"), choices)
    about = {"benchmark": benchmark, "scale": scale, "degradation": degradation, "protocol": protocol, "key": key}
    about |= {"variant": variant, "sample": ""}
    images = psnr if isinstance(psnr, Mapping) else {str(number): value for number, value in enumerate(psnr)}
    rows = [{**about, "image": image, "metric": metric, "value": value} for image, value in images.items()]
    record.add_scores(folder, rows)
    curve = [
        {"step": 10 * step, "seconds": step / 2, "name": name, "value": value + seed}
        for name, points in CURVE.items()
        for step, value in enumerate(points, 1)
    ]
    tables.write_rows(folder / "metrics.csv", tables.CURVE_COLUMNS, curve)
    record.update(folder, **{"status": status, "parameters": 1234, "timings": {"train_seconds": 5.0}, **(facts or {})})
    for number, image in enumerate(images if crops else []):
        write_crops(folder / "images" / benchmark / image, number, seed)
    return folder


def write_crops(folder: Path, number: int, seed: int) -> None:
    """A crop of 48 pixels, its input, and an output that is a little off."""
    folder.mkdir(parents=True)
    target = picture(48, 48, number)
    output = np.clip(target + np.random.default_rng(seed).normal(0, 9, target.shape), 0, 255).astype(np.uint8)
    for name, content in (("target", target), ("output", output), ("input", target[::3, ::3])):
        Image.fromarray(content).save(folder / f"{name}.png")


JUDGE = "EfficientNetLite0 at 0, 2, 4"
PERCEPTUAL = {"_target_": "sr_experiments.model.efficientnet_lite.EfficientNetLite0", "blocks": [0, 2, 4]}
# PSNR and distance of features: nothing beats l1, gan and the samples' mean; bicubic and the samples are beaten.
MEANS = {"bicubic": (26.0, 0.6), "l1": (28.0, 0.5), "gan": (26.5, 0.2), "draws": (27.9, 0.55)}
VARIANTS = {"sample": (25.0, 0.4), "sample_mean": (27.8, 0.45)}


def add_both(folder: Path, image_scores: tuple[float, float], variant: str = "plain") -> None:
    """Five images' scores around two means; three samples of each a dB apart."""
    about = {"benchmark": "photos", "scale": 3, "degradation": "bicubic", "protocol": "standard", "key": "0123456789ab"}
    about["variant"] = variant
    rows = [
        {**about, "image": str(image), "sample": sample, "metric": metric, "value": mean * factor + off}
        for metric, mean in zip(("psnr", "features"), image_scores, strict=True)
        for image, factor in enumerate((0.9, 0.95, 1, 1.05, 1.1))
        for sample, off in (enumerate((-1, 0, 1)) if variant == "sample" and metric == "psnr" else [("", 0)])
    ]
    record.add_scores(folder, rows, higher_is_better={"features": False}, judges={"features": JUDGE})


def write_plane(folder: Path) -> Path:
    """Four runs by PSNR and by what EfficientNet-Lite0 judges: one learns by it, one draws samples."""
    for name, scores in MEANS.items():
        run = write_run(folder / name, model=name, crops=True, facts={"parameters": 0} if name == "bicubic" else None)
        (run / "scores.csv").unlink()
        add_both(run, scores)
        record.update(run, validation={"features": 0.2, "step": 4} if name == "gan" else {"psnr": 27.0, "step": 4})
    for variant, scores in VARIANTS.items():
        add_both(folder / "draws", scores, variant)
    for number, name in enumerate((*(f"sample_{sample}" for sample in range(3)), "sample_mean", "spread")):
        Image.fromarray(picture(48, 48, number)).save(folder / "draws" / "images" / "photos" / "0" / f"{name}.png")
    config = record.read(folder / "gan")["config"]
    config["loss"] = {"perceptual": {"weight": 1.0, "criterion": {"network": PERCEPTUAL}}}
    record.update(folder / "gan", config=config)
    return folder


def write_learnt(
    folder: Path,
    *,
    images: int | None = None,
    width: int = 8,
    data: str = "photos",
    degradation: str = "bicubic",
    gains: Sequence[float] = (0.0,),
    other: str = "benchmark",
) -> None:
    """Three runs of a network on so many images, `gains` above bicubic interpolation, but for some noise.

    They are measured on photos, and on documents, or with `other` photos of another degradation, for a second gain.
    """
    for seed in range(3):
        config = {"name": "x", "scale": 3, "seed": seed, "model": {"width": width}, "data": {"images": images}}
        signature = f"{images}-{width}-{data}-{degradation}"
        facts = {"config": config, "signature": signature, "validation": {"psnr": 30.0, "step": 1}}
        facts["validation"] |= {"gap": 0.25} if images else {}
        facts["choices"] = {"model": "espcn", "data": data, "degradation": degradation}
        run = folder / f"{signature}-{seed}"
        noise = [0.01 * seed + 0.02 * (number + seed) % 0.03 for number in range(4)]
        scores = [[30 + number + gain + noise[number] for number in range(4)] for gain in gains]
        write_run(run, psnr=scores[0], seed=seed, data=data, facts=facts)
        measure(run, scores[1:], other)
        if images:
            gap = [{"step": 10 * step, "seconds": step / 2, "name": "gap", "value": 0.1 * step} for step in (1, 2, 3)]
            tables.write_rows(run / "metrics.csv", tables.CURVE_COLUMNS, [*tables.read_rows(run / "metrics.csv"), *gap])


def write_bicubic(folder: Path, benchmarks: int = 1, other: str = "benchmark") -> None:
    """What `write_learnt` is above, on photos and, with two, on the other."""
    facts = {"parameters": 0, "signature": "bicubic", "choices": {"model": "bicubic", "data": "photos"}}
    scores = [[30.0, 31.0, 32.0, 33.0]] * benchmarks
    write_run(folder / "bicubic", model="bicubic", psnr=scores[0], facts=facts)
    measure(folder / "bicubic", scores[1:], other)


def measure(run: Path, scores: Sequence[Sequence[float]], other: str) -> None:
    """Scores on documents, or of JPEG, beside those on photos."""
    for psnr in scores:
        rows = [row | {other: {"benchmark": "documents", "degradation": "jpeg"}[other]} for row in record.scores(run)]
        record.add_scores(run, [row | {"value": value} for row, value in zip(rows, psnr, strict=True)])
