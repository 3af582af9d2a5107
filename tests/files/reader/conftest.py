"""Networks whose results are known: as it is, or each pixel repeated."""

import pytest
from torch import nn

from sr_experiments.inference.network import Network
from sr_experiments.inference.scenes import enlarge_scene
from sr_experiments.inference.upscaler import Upscaler


@pytest.fixture
def enlarge():
    """Read a file by a reader, enlarge it by repeating its pixels, write the result; what there is to say of it."""

    def enlarged(reader, source, result, scale=1, color: int | str = 1):
        made = nn.Upsample(scale_factor=scale) if scale > 1 else nn.Identity()
        network = Upscaler(Network(made, scale=scale, color=color))
        return enlarge_scene(reader.scene(source), result, network, False, print)

    return enlarged
