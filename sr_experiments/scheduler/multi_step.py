"""A learning rate that drops at given points."""


def multi_step(share: float, *, milestones: list[float], factor: float) -> float:
    """The factor on the learning rate when `share` (0 to 1) of the training is spent: times `factor` a milestone."""
    return factor ** sum(share >= milestone for milestone in milestones)
