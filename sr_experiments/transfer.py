"""From the host to a device."""

import numpy as np
import torch
from torch import Tensor


def to_device(array: np.ndarray, device: torch.device, dtype: torch.dtype | None = None) -> Tensor:
    """An array as a tensor on `device`, of its own type or another: sent to a GPU, which is not waited for."""
    tensor = torch.from_numpy(array).to(dtype)
    return (tensor.pin_memory() if device.type == "cuda" else tensor).to(device, non_blocking=True)
