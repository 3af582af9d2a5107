"""H = D(E(LR)), then a head, and a skip around them all."""

from torch import Tensor, nn

from sr_experiments.resize import KERNELS, resize


class SuperResolution(nn.Module):
    """A network put together from an encoder, a decoder and a head.

    `encoder` takes the image `(B, C, H, W)` in [0, 1]; `decoder` takes whatever the encoder made and returns features
    `(B, width, H, W)`; `head` turns these into the image `(B, C, s·H, s·W)`. `skip` (none, nearest, bilinear, bicubic)
    adds the interpolated input to it, as VDSR does (Kim et al., CVPR 2016): the network then learns the difference.
    """

    def __init__(self, *, encoder: nn.Module, decoder: nn.Module, head: nn.Module, width: int, skip: str) -> None:
        super().__init__()
        if skip not in ("none", *KERNELS):
            raise ValueError(f"skip is one of none, {', '.join(KERNELS)}, not {skip!r}")
        self.encoder, self.decoder, self.head = encoder, decoder, head
        self.width, self.skip = width, skip

    def forward(self, low: Tensor) -> Tensor:
        features = self.decoder(self.encoder(low))
        if features.shape[1] != self.width or features.shape[-2:] != low.shape[-2:]:
            raise ValueError(
                f"the decoder made features {tuple(features.shape)} of an input {tuple(low.shape)}: expected "
                f"{self.width} channels (model.width) and the input's own size"
            )
        high = self.head(features)
        return high if self.skip == "none" else high + resize(low, (high.shape[-2], high.shape[-1]), self.skip)
