"""Leaderboards in words and figures, for the terminal and for other tables."""

from collections.abc import Sequence

from sr_experiments.report.leaderboard import Leaderboard, Row
from sr_experiments.report.statistics import Difference, verdict
from sr_experiments.report.table import text_table


def title(board: Leaderboard) -> str:
    """What a leaderboard compares, in a line."""
    setting = board.setting
    return f"{setting['benchmark']} ×{setting['scale']}, {setting['degradation']}, {setting['protocol']} protocol" + (
        "" if setting["variant"] == "plain" else f", {setting['variant']}"
    )


def cells(board: Leaderboard) -> tuple[list[str], list[list[str]]]:
    """A leaderboard's header and rows as text."""
    first, *others = board.metrics
    header = ["experiment", "seeds", first, "±", *others, "published", "parameters", "training s"]
    return [*header, f"difference to {board.baseline or 'baseline'}"], [
        _cells(row, first, others) for row in board.rows
    ]


def _cells(row: Row, first: str, others: Sequence[str]) -> list[str]:
    return [
        row.name + " !" * bool(row.doubts),
        str(row.seeds(first)),
        _number(row.means.get(first), ".2f"),
        _number(row.deviations.get(first), ".2f"),
        *(_number(row.means.get(metric), ".4f") for metric in others),
        _published(row, first),
        _number(row.costs["parameters"], ","),
        _number(row.costs["train_seconds"], ".0f"),
        "–" if row.difference is None else worded(row.difference, first),
    ]


def worded(found: Difference, metric: str) -> str:
    """A difference of a metric in words."""
    return verdict(found, " dB", 2) if metric == "psnr" else verdict(found, "", 4)


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _published(row: Row, first: str) -> str:
    """The published PSNR and how far ours is from it, starred where something else was measured."""
    if row.published is None or first != "psnr" or first not in row.values:
        return "–"
    gap = round(row.means[first] - row.published.psnr, 2) + 0.0
    return f"{row.published.psnr:.2f}{'*' * bool(row.marks)} ({gap:+.2f})"


def notes(board: Leaderboard) -> list[str]:
    """What stars beside published scores and exclamation marks behind names mean, a line for each reason."""
    lines: dict[tuple[str, str], list[str]] = {}
    for sign_, reasons in (("*", lambda row: row.marks), ("!", lambda row: row.doubts)):
        for row in board.rows:
            if reasons(row):
                lines.setdefault((sign_, "; ".join(reasons(row))), []).append(row.name)
    return [f"{sign_} {_listed(names)}: {why}" for (sign_, why), names in lines.items()]


def _listed(names: Sequence[str]) -> str:
    shown, rest = names[:3], len(names) - 3
    return ", ".join(shown) + f" and {rest} more" * (rest > 0)


def text(board: Leaderboard) -> str:
    """A leaderboard for the terminal."""
    return "\n".join([title(board), text_table(*cells(board)), *notes(board)])
