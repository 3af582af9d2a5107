"""Super-resolution experiments from configuration: which choice is better, by how much, how surely, at what cost."""

__version__ = "0.1.0"
