"""What torch.profiler sees of a few steps of training."""

from pathlib import Path

import torch
from pytorch_lightning.profilers import Profiler
from pytorch_lightning.utilities import rank_zero_only
from torch.profiler import profile, record_function, schedule

WAIT, WARM_UP, STEPS = 5, 1, 5
STEP = "run_training_batch"  # Lightning's name of it
ROWS = 50


class Trace(Profiler):
    """Batches 7 to 11 of a training: `folder/trace.json`, which a browser opens, and their sums in `trace.txt`.

    A training of fewer batches leaves what there is of these. Each of Lightning's hooks is named in the trace.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.open: list[record_function] = []
        self.watch: profile | None = None

    def start(self, action_name: str) -> None:
        if action_name == STEP and self.watch is None:
            steps = schedule(wait=WAIT, warmup=WARM_UP, active=STEPS, repeat=1)
            self.watch = profile(schedule=steps, on_trace_ready=self._write, acc_events=True)
            self.watch.start()
        self.open.append(record_function(action_name))
        self.open[-1].__enter__()

    def stop(self, action_name: str) -> None:
        self.open.pop().__exit__(None, None, None)
        if action_name == STEP and self.watch:
            self.watch.step()

    def teardown(self, stage: str | None) -> None:
        if self.watch:
            self.watch.stop()
            self.watch = None

    @rank_zero_only
    def _write(self, seen: profile) -> None:
        seen.export_chrome_trace(str(self.folder / "trace.json"))
        order = f"self_{'cuda' if torch.cuda.is_available() else 'cpu'}_time_total"
        table = seen.key_averages().table(sort_by=order, row_limit=ROWS, max_name_column_width=80)
        (self.folder / "trace.txt").write_text(f"{table}\n")
