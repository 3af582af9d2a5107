"""sr-models: which networks there are, what they cost, what their papers score, what they can do."""

import argparse
import json
from typing import Any

from sr_experiments.console import degrade
from sr_experiments.data.known.catalogue import known_set
from sr_experiments.record import read_json
from sr_experiments.report.networks import read_facts
from sr_experiments.report.published import published
from sr_experiments.report.table import text_table
from sr_experiments.trained import run_folder, trained_names

SHIPPED_ON = ("photos", "set5", "set14", "bsd100")
EXAMPLE = "example.webp"  # a photograph enlarged by bicubic interpolation and by the network, and the original
BENCHMARKS = ("set5", "set14", "bsd100", "urban100", "manga109")


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="sr-models",
        description="List the networks of conf/model: parameters, multiply-adds for an output of 1280×720, receptive "
        "field in low-resolution pixels, published PSNR (standard protocol; * another one), and what they can do.",
        epilog="examples: sr-models --scale 4, then sr-train model=rfdn scale=4; sr-models --trained, then sr-upscale "
        "photo.jpg --run NAME",
    )
    options.add_argument("names", nargs="*", metavar="NAME", help="networks to list (all)")
    options.add_argument("--scale", type=int, default=4, help="the scale that figures are for (%(default)s)")
    options.add_argument("--trained", action="store_true", help="list the trained networks that ship, for run=NAME")
    options.add_argument("--json", action="store_true", help="print JSON")
    return options


def list_networks(name: str, known: dict[str, Any], scale: int) -> dict[str, Any]:
    """What is known of a network at a scale; None where it does not make that scale or nothing was looked up."""
    found = {benchmark: published(name, scale, benchmark, "standard") for benchmark in BENCHMARKS}
    return {
        "name": name,
        "scale": scale,
        "parameters": known["parameters_in_use"].get(str(scale)),
        "multiply_adds": known["multiply_adds"].get(str(scale)),
        "receptive_field": known["receptive_field"],
        "published": {
            benchmark: {"psnr": pair[0].psnr, "protocol": pair[0].protocol, "training_data": pair[0].training_data}
            for benchmark, pair in found.items()
            if pair
        },
        "can": known["can"],
    }


def main() -> None:
    """List the networks that the command line asks for."""
    degrade()
    options = parser().parse_args()
    facts = {} if options.trained else read_facts()["networks"]
    known = trained_names() if options.trained else list(facts)
    unknown = sorted(set(options.names) - set(known))
    if unknown:
        raise SystemExit(f"error: no network is called {', '.join(unknown)}; there are {', '.join(known)}")
    names = options.names or known
    rows = [_trained(name) if options.trained else list_networks(name, facts[name], options.scale) for name in names]
    if options.json:
        print(json.dumps(rows, indent=1))
    elif options.trained and not rows:
        print("no trained networks ship yet")
    elif options.trained:
        header = ["", "scale", "parameters", *SHIPPED_ON, "learnt from", "licence"]
        print(text_table(header, [_trained_cells(row) for row in rows]))
        print("PSNR in dB, standard protocol; cards have those of RGB networks.")
        print(
            "sr-upscale photo.jpg --run NAME enlarges a picture, sr-evaluate run=NAME measures. A picture of what each"
        )
        print("does lies beside its card, which says what it is for:")
        print("\n".join(row["picture"] for row in rows))
    else:
        header = [f"×{options.scale}", "parameters", "multiply-adds", "field", *BENCHMARKS, "can"]
        print(text_table(header, [_cells(row) for row in rows if row["parameters"] is not None]))


def _trained(name: str) -> dict[str, Any]:
    facts = read_json(run_folder(name))
    learnt = known_set(facts["choices"]["data"])
    return {
        "name": name,
        "scale": facts["config"]["scale"],
        "parameters": facts["parameters"],
        "psnr": {
            score["benchmark"]: score["value"]
            for score in facts["scores"]
            if (score["metric"], score["protocol"]) == ("psnr", "standard")
        },
        "learnt_from": learnt.folder,
        "licence": learnt.licence,
        "folder": str(run_folder(name)),
        "picture": str(run_folder(name) / EXAMPLE),
    }


def _trained_cells(row: dict[str, Any]) -> list[str]:
    scores = [f"{row['psnr'][benchmark]:.2f}" if benchmark in row["psnr"] else "–" for benchmark in SHIPPED_ON]
    return [row["name"], f"×{row['scale']}", f"{row['parameters']:,}", *scores, row["learnt_from"], row["licence"]]


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        row["name"],
        f"{row['parameters'] / 1e3:,.1f}K",
        f"{row['multiply_adds'] / 1e9:,.2f}G",
        "whole" if row["receptive_field"] is None else str(row["receptive_field"]),
        *(_score(row["published"].get(benchmark)) for benchmark in BENCHMARKS),
        ", ".join(row["can"]),
    ]


def _score(score: dict[str, Any] | None) -> str:
    return "–" if score is None else f"{score['psnr']:.2f}{'*' * (score['protocol'] != 'standard')}"


if __name__ == "__main__":
    main()
