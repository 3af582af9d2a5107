"""scripts/upkeep/ship.py RUN: put a finished run's network, with its card, into the package as its experiment.

`sr-evaluate run=RUN benchmark=photos` first, by the run's protocol: the card shows all scores of the record.
"""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from example import draw
from keep import keep

from sr_experiments import record, tables
from sr_experiments.data.known.catalogue import known_set

TRAINED = Path(__file__).parents[2] / "sr_experiments" / "trained"
CARD = """# {name}

{network} for ×{scale} super-resolution of {sees} by {parameters:,} parameters.

```
sr-upscale photo.jpg --run {name}
sr-evaluate run={name} benchmark=photos protocol={protocol}
sr-evaluate run={name} benchmark=folder benchmark.folder.root=DIR
sr-train experiment={name} weights={name} …    # begin from its weights
```

example.webp: a photograph made smaller, then enlarged by bicubic interpolation and by this network; the original.

## Scores

{measured}, {scale} pixels shaved,
low resolution by MATLAB's bicubic, read once, after training; validation images chose the weights, by {selected}.

{scores}

## Training data

{about}: {licence}, from
{address}

{held} of the images chose the weights, it learnt from the others{smaller}.
None of the benchmarks' images is among them (`sr-data leaks`).

## Training

`sr-train experiment={name} seed={seed}{begun}`: {steps:,} steps of {batch} patches of {patch}×{patch}
low-resolution pixels, {minutes:.0f} minutes on {threads} core of {processor}.
docs/results/{name} in the repository holds record and curves.

## Meant for

Comparisons, as a baseline or a beginning of training, and enlarging clean images that were made smaller by bicubic
interpolation.

## Limits

It has learnt to undo MATLAB's bicubic alone: noise, blur and JPEG artefacts are enlarged with the image, and other
ways of making images small cost a part of the gain.

{character}
What it shows is likely, not measured: no evidence for medical, forensic or safety decisions.

## Licence

The weights are shared under CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/), as the images that they
were learnt from: {folder}, {licence}.
"""

HEADINGS = {"psnr": "PSNR", "ssim": "SSIM", "niqe": "NIQE", "lr_psnr": "LR-PSNR"}
DIGITS = {"psnr": "{:.2f}", "niqe": "{:.2f}", "lr_psnr": "{:.2f}"}
SEES = {"y": "luma, chroma being interpolated,", "rgb": "RGB"}
MEASURED = {
    "standard": "PSNR in dB and SSIM, standard protocol: Y",
    "rgb": "PSNR and LR-PSNR (the result made small again against the input) in dB, SSIM, features (distance as\n"
    "EfficientNet-Lite1 sees it, by which it did not learn; less is better) and NIQE (less is better): RGB",
}
CHARACTER = {
    False: "Trained pixel by pixel (`loss={loss}`), it does not invent texture, and looks smoother than the original.",
    True: "It invents (`loss={loss}`): edges are sharper and textures livelier than its input tells,\n"
    "most in hair, foliage and fabric, and letters and faces may come out wrong. Its PSNR is below that of the\n"
    "network that it began from.",
}


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
    losses = [*config["loss"]]
    return CARD.format(
        name=facts["choices"]["experiment"],
        network=facts["choices"]["model"].upper(),
        sees=SEES[config["color"]],
        protocol=facts["choices"]["protocol"],
        measured=MEASURED[facts["choices"]["protocol"]],
        selected=record.selection(facts)[0],
        begun=" weights=RUN" if config["weights"] else "",
        character=CHARACTER["adversarial" in losses].format(loss=",".join(losses)),
        scale=config["scale"],
        parameters=facts["parameters"],
        scores=score_table(facts["scores"]),
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


def score_table(scores: Sequence[Mapping[str, Any]]) -> str:
    """A row a benchmark and a column a metric, in Markdown."""
    means = {(score["benchmark"], score["metric"]): score["value"] for score in scores}
    benchmarks, metrics = (list(dict.fromkeys(names)) for names in zip(*means, strict=True))
    rows = [
        [name, *(DIGITS.get(metric, "{:.4f}").format(means[name, metric]) for metric in metrics)] for name in benchmarks
    ]
    header = ["benchmark", *(HEADINGS.get(metric, metric) for metric in metrics)]
    lines = [header, ["---", *["---:"] * len(metrics)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


main()
