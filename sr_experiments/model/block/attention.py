"""Attention by a sigmoid: over channels, by contrast, over pixels and over places."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d, pad


class ChannelAttention(nn.Module):
    """Weighs each channel of `(B, width, H, W)` by what its mean over the image says.

    Zhang et al., "Image Super-Resolution Using Very Deep Residual Channel Attention Networks", ECCV 2018, section 3.3.
    `reduction` is how many times narrower the layer between is.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, reduction: int) -> None:
        super().__init__()
        narrow = width // reduction
        self.gate = nn.Sequential(nn.Conv2d(width, narrow, 1), nn.ReLU(), nn.Conv2d(narrow, width, 1), nn.Sigmoid())

    def forward(self, features: Tensor) -> Tensor:
        return features * self.gate(self.summary(features))

    def summary(self, features: Tensor) -> Tensor:
        """What is known of each channel, `(B, width, 1, 1)`."""
        return features.mean((-2, -1), keepdim=True)


class ContrastChannelAttention(ChannelAttention):
    """Channel attention that looks at the mean and the standard deviation of each channel.

    Hui et al., "Lightweight Image Super-Resolution with Information Multi-distillation Network", ACM MM 2019,
    section 3.3.
    """

    def summary(self, features: Tensor) -> Tensor:
        mean = super().summary(features)
        variance = (features - mean).square().mean((-2, -1), keepdim=True)
        # of a single pixel the variance is zero, where the root has no finite slope
        return mean + variance.clamp_min(torch.finfo(features.dtype).tiny).sqrt()


class PixelAttention(nn.Module):
    """Weighs each value of `(B, width, H, W)` by a 1×1 convolution.

    Zhao et al., "Efficient Image Super-Resolution Using Pixel Attention", ECCV Workshops 2020, section 3.2.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(nn.Conv2d(width, width, 1), nn.Sigmoid())

    def forward(self, features: Tensor) -> Tensor:
        return features * self.gate(features)


class EnhancedSpatialAttention(nn.Module):
    """Weighs `(B, width, H, W)` by a map that strided layers of `narrow` channels draw from far around.

    Liu et al., "Residual Feature Aggregation Network for Image Super-Resolution", CVPR 2020, section 3.3, as RFDN
    (`convolutions` = 3) and RLFN (1) have it. The strided layers need 15 pixels a side: a smaller image is enlarged by
    its border.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, narrow: int, convolutions: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(width, narrow, 1)
        self.around = nn.Conv2d(narrow, narrow, 1)
        self.shrink = nn.Conv2d(narrow, narrow, 3, stride=2)
        layers: list[nn.Module] = []
        for _ in range(convolutions - 1):
            layers += [nn.Conv2d(narrow, narrow, 3, padding=1), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Conv2d(narrow, narrow, 3, padding=1))
        self.leave = nn.Conv2d(narrow, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        entered = self.enter(features)
        height, width = features.shape[-2:]
        enough = pad(entered, (0, max(0, 15 - width), 0, max(0, 15 - height)), mode="replicate")
        small = self.layers(max_pool2d(self.shrink(enough), 7, stride=3))
        large = interpolate(small, enough.shape[-2:], mode="bilinear")[..., :height, :width]
        return features * self.leave(large + self.around(entered)).sigmoid()
