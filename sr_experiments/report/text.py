"""Leaderboards in words and figures, for the terminal and for other tables."""

from collections.abc import Sequence

from sr_experiments.report.leaderboard import Leaderboard, Row
from sr_experiments.report.power import in_words, power_table, typical
from sr_experiments.report.samples import sample_notes
from sr_experiments.report.statistics import Difference, verdict
from sr_experiments.report.table import text_table


def title(board: Leaderboard) -> str:
    """What a leaderboard compares, in a line."""
    setting = board.setting
    variant = "" if setting["variant"] == "plain" else setting["variant"]
    names = f"{setting['benchmark']} ×{setting['scale']}, {setting['degradation']}, {setting['protocol']} protocol"
    return ", ".join(filter(None, (names, variant, board.differing)))


def cells(board: Leaderboard) -> tuple[list[str], list[list[str]]]:
    """A leaderboard's header and rows as text."""
    first, *others = board.metrics
    header = ["experiment", "seeds", first, "±", *others, "published", "parameters", "training s"]
    gap = any(row.gap is not None for row in board.rows)
    return [*header, *["gap"] * gap, f"difference to {board.baseline or 'baseline'}"], [
        _cells(row, first, others, gap) for row in board.rows
    ]


def _cells(row: Row, first: str, others: Sequence[str], gap: bool) -> list[str]:
    form = f".{digits(first)}f"
    return [
        row.name + " !" * bool(row.doubts),
        str(row.seeds(first)),
        _number(row.means.get(first), form),
        _number(row.deviations.get(first), form),
        *(_number(row.means.get(metric), f".{digits(metric)}f") for metric in others),
        _published(row, first),
        _number(row.costs["parameters"], ","),
        _number(row.costs["train_seconds"], ".0f"),
        *[_number(row.gap, "+.2f")] * gap,
        "–" if row.difference is None else difference_text(row.difference, first),
    ]


def difference_text(found: Difference, metric: str) -> str:
    """A difference of a metric in words."""
    return verdict(found, _unit(metric), digits(metric))


def digits(metric: str) -> int:
    """How many decimal places of a metric are shown."""
    return 2 if metric == "psnr" else 4


def _unit(metric: str) -> str:
    return " dB" if metric == "psnr" else ""


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _published(row: Row, first: str) -> str:
    """The published PSNR and how far ours is from it, starred where something else was measured."""
    if row.published is None or first != "psnr" or first not in row.values:
        return "–"
    gap = round(row.means[first] - row.published.psnr, 2) + 0.0
    return f"{row.published.psnr:.2f}{'*' * bool(row.marks)} ({gap:+.2f})"


def notes(board: Leaderboard) -> list[str]:
    """What could have been told apart; by what weights were chosen, where that is not PSNR alone; what signs mean.

    Stars stand beside published scores, exclamation marks behind names.
    """
    case = typical([row.difference for row in board.rows if row.difference])
    told = [in_words(case, board.baseline or "", _unit(board.metrics[0]))] if case else []
    lines: dict[tuple[str, str], list[str]] = {}
    for sign_, reasons in (("*", lambda row: row.marks), ("!", lambda row: row.doubts)):
        for row in board.rows:
            if reasons(row):
                lines.setdefault((sign_, "; ".join(reasons(row))), []).append(row.name)
    signs = [f"{sign_} {_name_list(names)}: {why}" for (sign_, why), names in lines.items()]
    return [*told, *_judges(board), *sample_notes(board), *_selections(board), *_fast(board), *signs]


def _judges(board: Leaderboard) -> list[str]:
    """By whom metrics of perception go; values of different judges don't compare."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in board.rows:
        for run in row.experiment.finished:
            for metric, judge in (run.record.get("judges") or {}).items():
                if metric in row.means and row.name not in found.setdefault(metric, {}).setdefault(judge, []):
                    found[metric][judge].append(row.name)
    return [
        f"{metric} by {judge}" + f" ({_name_list(names)}), which does not compare with others" * (len(judges) > 1)
        for metric, judges in found.items()
        for judge, names in judges.items()
    ]


def _selections(board: Leaderboard) -> list[str]:
    chosen: dict[str, list[str]] = {}
    for row in board.rows:
        if row.selected_by:
            chosen.setdefault(row.selected_by, []).append(row.name)
    listed = "; ".join(f"{metric} ({_name_list(names)})" for metric, names in chosen.items())
    return [f"weights were chosen by the validation images' {listed}"] if chosen.keys() - {"psnr"} else []


def _fast(board: Leaderboard) -> list[str]:
    """Whose training times do not compare with the others'."""
    made = [row.name for row in board.rows if "fast" in (row.experiment.facts["config"].get("callbacks") or {})]
    timed = [row for row in board.rows if row.costs["train_seconds"]]
    return [f"trainer=fast made {_name_list(made)}: its training times compare with its like alone"] * (
        0 < len(made) < len(timed)
    )


def _name_list(names: Sequence[str]) -> str:
    shown, rest = names[:3], len(names) - 3
    return ", ".join(shown) + f" and {rest} more" * (rest > 0)


def text(board: Leaderboard) -> str:
    """A leaderboard for the terminal."""
    return "\n".join([title(board), text_table(*cells(board)), *notes(board)])


def power_text(board: Leaderboard, effect: float) -> str:
    """How probably a leaderboard shows a difference of `effect` to its baseline, by seeds and images."""
    case = typical([row.difference for row in board.rows if row.difference])
    if case is None:
        return f"{title(board)}: no two rows with an interval, so nothing is known of power"
    header, *rows = power_table(case, effect)
    asked = f"power to tell {effect:g}{_unit(board.metrics[0])} apart from {board.baseline}"
    return "\n".join([f"{title(board)}: {asked}", text_table(header, rows), *notes(board)[:1]])
