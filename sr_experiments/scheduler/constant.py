"""One learning rate throughout."""


def constant(share: float) -> float:
    """The factor on the learning rate: 1, whatever `share` of the training is spent."""
    return 1.0
