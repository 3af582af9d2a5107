"""Noise as papers on denoising measure it: what lies below black and above white is kept."""

import numpy as np
import torch
from torch import Tensor


def unclipped_noise(high: Tensor, *, scale: float, sigma: float) -> Tensor:
    """uint8 `(C, H, W)` plus normal noise of `sigma` levels: float32 around 0 to 255, neither clipped nor rounded.

    For measuring at scale 1 alone, else a ValueError. The numbers are those of NumPy's generator begun with 0 for each
    image, drawn in the order of `(H, W, C)`, as in Zhang et al., "Beyond a Gaussian Denoiser" (DnCNN), TIP 2017, and in
    their KAIR.
    """
    if scale != 1:
        raise ValueError(f"the degradation unclipped_noise leaves images as large as they are: scale=1, not {scale}")
    channels, height, width = high.shape
    noise = np.random.RandomState(0).normal(0, sigma, (height, width, channels))
    return high.float() + torch.from_numpy(noise.astype(np.float32)).permute(2, 0, 1)
