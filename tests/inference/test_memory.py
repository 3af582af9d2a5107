"""Pieces that fit into the memory that is free."""

import numpy as np
import pytest
import torch
from conftest import picture

from sr_experiments import load
from sr_experiments.inference import memory

CPU = torch.device("cpu")


@pytest.fixture
def free(tmp_path, monkeypatch):
    """Let the system say that so much is free."""
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")

    def say(mebibytes: float) -> None:
        memory.MEMINFO.write_text(f"MemTotal: 9 kB\nMemAvailable:   {int(mebibytes * 1024)} kB\nBuffers: 1 kB\n")

    return say


def test_tiles_are_halved_until_ten_times_the_largest_module_fits(free):
    """The first tanh of ESPCN takes 64 floats for each pixel and gives as many."""
    tile, field = 256, load("espcn_x2").network.tile_field or 0
    needed = torch.get_num_threads() * 10 * 4 * (64 + 64) / 2**20
    for fitting in (256, 128, 64, 32):
        free(needed * (fitting + field) ** 2 + 0.1)
        assert load("espcn_x2").tile == fitting
    free(0.1)
    assert load("espcn_x2").tile == 32 < tile
    assert load("espcn_x2", tile=256).tile == 256


def test_where_nothing_is_known_of_the_memory_tiles_are_as_ever(free):
    assert memory.free_memory(CPU) == 0 and load("espcn_x2").tile == 256


def test_smaller_tiles_make_the_same_of_a_picture(free):
    image = picture(90, 70)
    whole = load("fsrcnn_x2")(image)
    free(0.1)
    pieces = load("fsrcnn_x2")
    assert pieces.tile == 32 and np.array_equal(pieces(image), whole)


def test_this_machine_says_how_much_is_free():
    if not memory.MEMINFO.is_file():
        pytest.skip("this system has no /proc/meminfo")
    assert 2**20 < memory.free_memory(CPU) < 2**50
