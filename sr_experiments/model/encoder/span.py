"""SPAN's first layer."""

from sr_experiments.model.block.collapsed_convolution import CollapsedConvolution


class SpanEncoder(CollapsedConvolution):
    """Collapsed 3×3 convolution, `(B, channels, H, W)` to `(B, width, H, W)` (Wan et al., 2024, figure 2).

    `channels`: channels of the image; `width`: channels of the features.
    """

    def __init__(self, *, channels: int, width: int) -> None:
        super().__init__(in_channels=channels, out_channels=width)
