"""What is known of the networks of conf/model: kept facts, published counts, and both as tables."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sr_experiments.tables import write_text

FACTS = Path(__file__).parents[1] / "model" / "facts.json"
HEADER = "network, scale, parameters, counted so, published, multiply-adds, published, receptive field, note"
BEGIN, END = "<!-- begin: written by scripts/upkeep/renew -->", "<!-- end -->"

Facts = dict[str, Any]


@cache
def read_facts() -> Facts:
    """What was measured: `networks` by name, the scales of `heads`, which decoders suit an encoder (`pairs`)."""
    return json.loads(FACTS.read_text(encoding="utf-8"))


def tables() -> str:
    """Networks, heads and pairs as Markdown."""
    facts = read_facts()
    networks = [row for name, known in facts["networks"].items() for row in _rows(name, known)]
    heads = [(name, ", ".join(f"×{scale}" for scale in scales)) for name, scales in facts["heads"].items()]
    pairs = [(name, ", ".join(decoders)) for name, decoders in facts["pairs"].items()]
    return "\n\n".join(
        [
            _markdown(HEADER.split(", "), networks),
            "Every body meets every head; a head makes these scales:",
            _markdown(("head", "scales"), heads),
            "An encoder goes with these decoders:",
            _markdown(("encoder", "decoders"), pairs),
        ]
    )


def _rows(name: str, known: Facts) -> Iterator[Sequence[str]]:
    """A line for each scale that the paper counts, or one for ×2."""
    field = f"{known['receptive_field']} px" if known["receptive_field"] else "all"
    rows: list[Facts] = known["published"] or [{"scale": 2}]
    for row in rows:
        scale = str(row["scale"])
        counted = row.get("counted")
        cost = (counted or {"multiply_adds": known["multiply_adds"][scale]})["multiply_adds"]
        remarks = [*row.get("counting", []), "y" if row.get("color") == "y" else "", row.get("note", "")]
        yield (
            name,
            f"×{scale}",
            f"{known['parameters_in_use'][scale] / 1e3:,.1f}K",
            f"{counted['parameters'] / 1e3:,.1f}K" if counted else "",
            str(row.get("parameters", "")),
            f"{cost / 1e9:,.2f}G",
            str(row.get("multiply_adds", "")),
            field,
            "; ".join(filter(None, remarks)),
        )


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Write the tables into the page that is named."""
    page = Path(sys.argv[1])
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    write_text(page, f"{before}{BEGIN}\n\n{tables()}\n\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
