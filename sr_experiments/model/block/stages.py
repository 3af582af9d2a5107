"""Large scales are made in steps."""

STAGES = {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}


def stages(scale: float, head: str) -> tuple[int, ...]:
    """The factors of ×2 or ×3 that make `scale`; a ValueError in the name of `head` for any but 2, 3, 4 and 8."""
    if scale not in STAGES:
        raise ValueError(f"the {head} head makes scales {', '.join(map(str, STAGES))}, not {scale}")
    return STAGES[int(scale)]
