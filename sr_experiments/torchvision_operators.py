"""PyPI's torchvision beside a build of torch for the CPU.

Its library of operators doesn't load there, and `import torchvision`, which torchmetrics does wherever it is installed,
fails with "operator torchvision::nms does not exist". No operator of it is used here: declaring the two that the import
asks for is enough.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

ASKED_FOR = ("nms", "qnms")


class TorchvisionOperators(MetaPathFinder):
    """Declares the operators between torchvision's attempt to load its library and its first use of them."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname == "torchvision._meta_registrations":
            import torch

            for name in ASKED_FOR:
                if not hasattr(torch.ops.torchvision, name):
                    torch.library.define(f"torchvision::{name}", "(Tensor a, Tensor b, float c) -> Tensor")


def install() -> None:
    """Watch for the import of torchvision in this process."""
    sys.meta_path.insert(0, TorchvisionOperators())
