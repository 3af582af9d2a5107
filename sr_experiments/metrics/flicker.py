"""How far errors change from a frame to the next one."""

import torch
from torch import Tensor, distributed
from torchmetrics import Metric


class Flicker(Metric):
    """The mean absolute difference of the errors of successive frames, in levels of 255: of a benchmark's one value.

    It is how far the changes from frame to frame differ from those of the targets, which Chu et al., "Learning temporal
    coherence via self-supervision for GAN-based video generation", SIGGRAPH 2020, ask of motion (tOF) and of features
    (tLP), here of pixels where they are, without motion. An error that stays where it is costs nothing: read it beside
    PSNR. Frames `(1, C, H, W)` of 0 to 255 in their order; those in one folder are one scene, and the mean is over all
    pairs. A ValueError where no two are, or where devices share the frames.
    """

    of_a_set = True
    of_frames = True
    higher_is_better = False
    total: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")
        self.scene, self.error = "", torch.zeros(0)

    def update(self, output: Tensor, target: Tensor, name: str) -> None:
        scene, error = name.rpartition("/")[0], output.double() - target
        if (scene, error.shape) == (self.scene, self.error.shape):
            self.total += (error - self.error).abs().mean()
            self.count += 1
        self.scene, self.error = scene, error

    def compute(self) -> Tensor:
        if distributed.is_initialized() and distributed.get_world_size() > 1:
            raise ValueError("flicker is of frames in a row, devices share them: sr-evaluate run=RUN")
        if not self.count:
            raise ValueError("flicker is of frames in a row, of which no folder has two: benchmark=film")
        return self.total / self.count
