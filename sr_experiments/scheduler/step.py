"""A learning rate that drops at regular intervals."""


def step(share: float, *, every: float, factor: float) -> float:
    """The factor on the learning rate when `share` (0 to 1) of the training is spent: times `factor` each `every`."""
    if every <= 0:
        raise ValueError(f"expected every to be a share of the training above 0, got {every}")
    return factor ** int(share / every + 1e-9)
