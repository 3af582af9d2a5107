"""Text that others wrote, so that it is shown and does nothing."""


def legible(text: str, kept: str = "") -> str:
    """Text with what is no visible character written out, as `\\x1b`: control characters, terminal escapes, marks of
    direction, halves of characters. Those in `kept` stay.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in kept else _written(each) for each in text)


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode()
