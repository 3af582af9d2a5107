"""Super-resolution experiments from configuration: which choice is better, by how much, how surely, at what cost."""

from sr_experiments import torchvision_operators

__version__ = "0.1.0"

torchvision_operators.install()
