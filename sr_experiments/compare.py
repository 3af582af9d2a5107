"""sr-compare."""


def main() -> None:
    """Compare."""
