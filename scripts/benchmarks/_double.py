"""Learning in float64, for comparisons that rounding would blur: module._target_=_double.Double."""

from typing import Any

from sr_experiments.module.supervised import Supervised


class Double(Supervised):
    """As `Supervised`, its network in float64, which takes whatever it sees as that."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.network.double().register_forward_pre_hook(lambda _, seen: tuple(image.double() for image in seen))
