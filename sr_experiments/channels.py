"""How many channels a network sees of an image. Standard library only: planning a sweep needs no torch."""

CHANNELS = {"rgb": 3, "y": 1}


def channels(color: str | int) -> int:
    """How many channels a network of this `color` sees: 3 for rgb, 1 for y, or the number itself."""
    if type(color) is int and color > 0:
        return color
    if color not in CHANNELS:
        raise ValueError(f"color is one of {', '.join(CHANNELS)}, or a number of channels, not {color!r}")
    return CHANNELS[color]
