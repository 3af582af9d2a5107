"""scripts/upkeep/ship.py RUN: put a finished run's network, with its card, into the package as its experiment.

`sr-evaluate run=RUN benchmark=photos` first: the card shows all scores of the record.
"""

import shutil
import sys
from pathlib import Path

from example import draw
from keep import keep

from sr_experiments import record, tables
from sr_experiments.data.known.catalogue import known_set

TRAINED = Path(__file__).parents[2] / "sr_experiments" / "trained"
CARD = """# {name}

{network} for ×{scale} super-resolution of luma ({parameters:,} parameters); chroma is interpolated.

```
sr-upscale photo.jpg --run {name}
sr-evaluate run={name} benchmark=photos
sr-evaluate run={name} benchmark=folder benchmark.folder.root=DIR
sr-train scale={scale} color=y model={model} weights={name} …    # begin from its weights
```

example.webp: a photograph made smaller, then enlarged by bicubic interpolation and by this network; the original.

## Scores

PSNR in dB and SSIM, standard protocol (Y, {scale} pixels shaved, low resolution by MATLAB's bicubic), read once, after
training; validation images chose the weights.

| benchmark | PSNR | SSIM |
| --- | ---: | ---: |
{scores}

## Training data

{about}: {licence}, from
{address}

{held} of the images chose the weights, it learnt from the others{smaller}.
None of the benchmarks' images is among them (`sr-data leaks`).

## Training

`sr-train experiment={name} seed={seed}`: {steps:,} steps of {batch} patches of {patch}×{patch} low-resolution pixels,
{minutes:.0f} minutes on {threads} core of {processor}. docs/results/{name} in the repository holds record and curves.

## Meant for

Comparisons, as a baseline or a beginning of training, and enlarging clean images that were made smaller by bicubic
interpolation.

## Limits

It has learnt to undo MATLAB's bicubic alone: noise, blur and JPEG artefacts are enlarged with the image, and other
ways of making images small cost a part of the gain. Trained pixel by pixel (`loss={loss}`), it does not invent
texture, and looks smoother than the original. What it shows is likely, not measured: no evidence for medical,
forensic or safety decisions.

## Licence

The weights are shared under CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/), as the images that they
were learnt from: {folder}, {licence}.
"""


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    run = Path(sys.argv[1])
    facts = record.read(run)
    if facts["status"] != "finished":
        sys.exit(f"error: {run} is {facts['status']}")
    folder = TRAINED / facts["choices"]["experiment"]
    keep(run, folder)
    (folder / "metrics.csv").unlink()
    shutil.copyfile(run / "weights.safetensors", folder / "weights.safetensors")
    tables.write_text(folder / "card.md", card(record.read(folder)))
    draw(folder.name)


def card(facts: record.Record) -> str:
    """The model card that a record makes."""
    config, learnt = facts["config"], known_set(facts["choices"]["data"])
    smaller = config["data"]["train"]["smaller"]
    means = {(score["benchmark"], score["metric"]): score["value"] for score in facts["scores"]}
    scores = [
        f"| {name} | {means[name, 'psnr']:.2f} | {means[name, 'ssim']:.4f} |"
        for name in dict.fromkeys(name for name, _ in means)
    ]
    return CARD.format(
        name=facts["choices"]["experiment"],
        model=facts["choices"]["model"],
        loss=facts["choices"]["loss"],
        network=facts["choices"]["model"].upper(),
        scale=config["scale"],
        parameters=facts["parameters"],
        scores="\n".join(scores),
        about=learnt.about,
        folder=learnt.folder,
        licence=learnt.licence,
        address=learnt.address,
        smaller=", and from copies at " + ", ".join(map(str, smaller)) + " of their size" if smaller else "",
        held=len(config["data"]["val"]["names"]),
        seed=facts["seed"],
        steps=facts["steps"],
        batch=config["data"]["batch_size"],
        patch=config["data"]["patch_size"],
        minutes=facts["timings"]["train_seconds"] / 60,
        threads=facts["threads"],
        processor=facts["machine"]["processor"],
    )


main()
