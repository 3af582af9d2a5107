"""Text that others wrote, so that it is shown and does nothing."""

from typing import Any


def legible(text: str, kept: str = "") -> str:
    """Text with what is no visible character written out, as `\\x1b`: control characters, terminal escapes, marks of
    direction, halves of characters. Those in `kept` stay.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in kept else _written(each) for each in text)


def legible_record(node: Any) -> Any:
    """A record or a part of it, its text legible."""
    if isinstance(node, dict):
        return {legible(key): legible_record(value) for key, value in node.items()}
    if isinstance(node, list):
        return [legible_record(part) for part in node]
    return legible(node) if isinstance(node, str) else node


def legible_rows(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of a table, their text legible."""
    return rows if all("".join(row.values()).isprintable() for row in rows) else legible_record(rows)


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode()
