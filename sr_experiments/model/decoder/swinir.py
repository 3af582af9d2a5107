"""SwinIR's body: transformer blocks whose windows shift."""

from sr_experiments.model.block.stochastic_depth import rates
from sr_experiments.model.block.transformer_group import TransformerBody, TransformerGroup
from sr_experiments.model.block.window_attention import TransformerBlock


class SwinirDecoder(TransformerBody):
    """`groups` residual Swin transformer groups of `blocks` blocks, on what the windowed encoder made.

    Liang et al., "SwinIR: Image Restoration Using Swin Transformer", ICCV Workshops 2021, section 3.2. The rate of
    stochastic depth rises from 0 in the first block to `stochastic_depth` in the last, as in its authors' code.

    `width`: channels of the features; `heads`: attention heads; `window`: side of a window in pixels; `ratio`: how many
    times wider MLPs are inside; `checkpointing`: compute activations again for the backward pass, block by block, with
    less memory and more time.
    """

    def __init__(
        self,
        *,
        width: int,
        groups: int,
        blocks: int,
        heads: int,
        window: int,
        ratio: float,
        stochastic_depth: float,
        checkpointing: bool = False,
    ) -> None:
        drops = iter(rates(stochastic_depth, groups * blocks))

        def block(index: int) -> TransformerBlock:
            shift = window // 2 * (index % 2)
            return TransformerBlock(width=width, heads=heads, window=window, shift=shift, ratio=ratio, drop=next(drops))

        def group() -> TransformerGroup:
            parts = [block(index) for index in range(blocks)]
            return TransformerGroup(width=width, blocks=parts, checkpointing=checkpointing)

        super().__init__(width=width, groups=[group() for _ in range(groups)])
