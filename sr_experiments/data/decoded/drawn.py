"""Low-resolution images that are drawn at random, and so never kept."""

from collections.abc import Sequence

from torch import Tensor

from sr_experiments.data.decoded.images import Images
from sr_experiments.degradation.chain import Chain


class DrawnImages(Sequence[Tensor]):
    """What a chain makes of `high` when it is asked for: `images[i]` is `(C, H, W)`, always the same.

    `sizes` `(n, 2)` as height and width. Batches use the chain itself, which draws anew for each.
    """

    def __init__(self, high: Images, chain: Chain, scale: float) -> None:
        if chain.scale != scale:
            raise ValueError(f"the degradation {chain.__name__} is for scale={chain.scale}, expected scale={scale}")
        self.high, self.chain, self.sizes = high, chain, high.sizes // chain.scale

    def __len__(self) -> int:
        return len(self.high)

    def __getitem__(self, number: int) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        height, width = (self.chain.scale * self.sizes[number]).tolist()
        return self.chain(self.high[number][:, :height, :width])
