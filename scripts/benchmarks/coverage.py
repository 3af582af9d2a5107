"""Do 95 % intervals of differences hold zero in 95 % of pairs without a true one, for few images and seeds?"""

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit
from tqdm import tqdm

from sr_experiments.environment import environment
from sr_experiments.report.statistics import LEVEL, Error, errors

Values = NDArray[np.float64]  # (tables, seeds, images)

# Standard deviations count in that of a difference over images.
GRID = {
    "scores": ("normal", "heavy-tailed"),
    "images": (5, 14, 100),
    "seeds": (2, 3, 5),
    "seed_sd": (0.0, 0.3, 1.0, 3.0),
}
REST_SD = 0.5  # of what a seed does to single images
FAMILY = 5  # rows of a table, beside its baseline
EFFECT = 3  # true standard errors: what power is measured at
RESAMPLES, FEWER = 1000, 20  # the bootstrap sees one table in so many
COVERED, ALARMS, FEWEST_IMAGES, POWER = (93, 97), 5, 10, 0.9  # promised


def drawn(random: np.random.Generator, kind: str, *shape: int) -> Values:
    """Of variance 1; heavy tails are Student's with three degrees of freedom."""
    return random.standard_normal(shape) if kind == "normal" else random.standard_t(3, shape) / 3**0.5


def experiment(random: np.random.Generator, tables: int, cell: dict[str, Any]) -> Values:
    """Scores of one experiment in many tables."""
    kind, seeds, images = cell["scores"], cell["seeds"], cell["images"]
    of_seeds = cell["seed_sd"] * drawn(random, kind, tables, seeds, 1)
    of_images = 0.5**0.5 * drawn(random, kind, tables, 1, images)
    return of_seeds + of_images + REST_SD * drawn(random, kind, tables, seeds, images)


def satterthwaite(error: Error, level: float) -> Values:
    """The usual reach in place of `Error.reach`: one Student's quantile, of pooled degrees of freedom."""
    parts = error.images**2 / error.images_freedom + error.seeds**2 / error.seeds_freedom
    freedom = error.variance**2 / np.maximum(parts, np.finfo(float).tiny)
    return -stdtrit(freedom, level / 2) * np.sqrt(error.variance)


def bootstrap(random: np.random.Generator, a: Values, b: Values) -> Values:
    """Bounds `(2, tables)` of a percentile bootstrap that resamples images, the same for both, and seeds."""
    images = random.multinomial(a.shape[2], np.full(a.shape[2], 1 / a.shape[2]), RESAMPLES) / a.shape[2]
    sides = []
    for side in (a, b):
        seeds = random.multinomial(side.shape[1], np.full(side.shape[1], 1 / side.shape[1]), RESAMPLES) / side.shape[1]
        sides.append(np.einsum("rs,tsr->tr", seeds, side @ images.T))
    return np.quantile(sides[0] - sides[1], [LEVEL / 2, 1 - LEVEL / 2], axis=1)


def measured(random: np.random.Generator, tables: int, cell: dict[str, Any]) -> dict[str, float]:
    """A cell's figures, rates in percent: of tables whose rows all differ from one baseline by nothing."""
    base, *rows = (experiment(random, tables, cell) for _ in range(1 + FAMILY))
    means = np.array([row.mean((1, 2)) - base.mean((1, 2)) for row in rows])
    found = [errors(row, base)[0] for row in rows]
    share = 2 / cell["seeds"]
    effect = EFFECT * (share * cell["seed_sd"] ** 2 + (1 + share * REST_SD**2) / cell["images"]) ** 0.5
    figures = {}
    for name, reach in (("ours", Error.reach), ("satterthwaite", satterthwaite)):
        widths, corrected = (np.array([reach(error, level) for error in found]) for level in (LEVEL, LEVEL / FAMILY))
        figures |= {
            f"{name}_covered": 100 * np.mean(abs(means) <= widths),
            f"{name}_false_in_a_table": 100 * np.mean((abs(means) > corrected).any(0)),
            f"{name}_width": 2 * np.mean(widths),
            f"{name}_power": 100 * np.mean(abs(means + effect) > widths),
        }
    few = slice(max(1, tables // FEWER))
    low, high = bootstrap(random, rows[0][few], base[few])
    figures["bootstrap_covered"] = 100 * np.mean((low <= 0) & (high >= 0))
    figures["times_bootstraps_width"] = np.mean([2 * error.reach(LEVEL)[few] for error in found]) / np.mean(high - low)
    return {name: round(float(value), 3) for name, value in figures.items()}


def misses(cells: list[dict[str, Any]], tables: int) -> Iterator[str]:
    """Promises that do not hold from ten images on, beyond three standard errors of the simulation.

    Power is compared with Satterthwaite's where that, too, keeps false differences away in all cells.
    """
    slack = 300 * (LEVEL * (1 - LEVEL) / tables) ** 0.5
    cells = [cell for cell in cells if cell["images"] >= FEWEST_IMAGES]
    rival = all(cell["satterthwaite_false_in_a_table"] <= ALARMS + slack for cell in cells)
    for cell in cells:
        where = " ".join(f"{name}={cell[name]}" for name in GRID)
        if not COVERED[0] - slack <= cell["ours_covered"] <= COVERED[1] + slack:
            yield f"{where}: {cell['ours_covered']:.1f} % covered"
        if cell["ours_false_in_a_table"] > ALARMS + slack:
            yield f"{where}: a false difference in {cell['ours_false_in_a_table']:.1f} % of tables"
        if rival and cell["ours_power"] < POWER * cell["satterthwaite_power"]:
            yield f"{where}: power {cell['ours_power']:.0f} %, Satterthwaite's {cell['satterthwaite_power']:.0f} %"


def show(cells: list[dict[str, Any]]) -> None:
    columns = [*GRID, "covered", "in table", "width", "/boot.", "boot. cov.", "power", "Satt. power", "Satt. in table"]
    keys = [*GRID, "ours_covered", "ours_false_in_a_table", "ours_width", "times_bootstraps_width", "bootstrap_covered"]
    keys += ["ours_power", "satterthwaite_power", "satterthwaite_false_in_a_table"]
    print("  ".join(columns))
    for cell in cells:
        texts = (f"{cell[key]:.2f}" if "width" in key else f"{cell[key]:.1f}" for key in keys[len(GRID) :])
        texts = [*(str(cell[key]) for key in GRID), *texts]
        print("  ".join(text.rjust(len(column)) for text, column in zip(texts, columns, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench coverage", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--repeats", type=int, default=10_000, help="tables a cell (%(default)s)")
    parser.add_argument("--seed", type=int, help="of an earlier record (a fresh one)")
    arguments = parser.parse_args()
    entropy = np.random.SeedSequence(arguments.seed).entropy
    random, names = np.random.default_rng(entropy), list(GRID)
    cells = []
    for values in tqdm(list(product(*GRID.values())), unit="cell", leave=False, disable=None):
        cell = dict(zip(names, values, strict=True))
        cells.append({**cell, **measured(random, arguments.repeats, cell)})
    show(cells)
    missed = list(misses(cells, arguments.repeats))
    if arguments.json:
        about = {"benchmark": __doc__, "seed": entropy, "repeats": arguments.repeats, "rest_sd": REST_SD}
        facts = {**about, "cells": cells, "missed": missed, "machine": environment({})["machine"]}
        arguments.json.write_text(json.dumps(facts, indent=1) + "\n")
    print("\n".join(missed) or f"from {FEWEST_IMAGES} images on, every promise is kept")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
