"""Attention in windows, against every query and key taken one by one."""

import math

import pytest
import torch

from sr_experiments.model.block.window_attention import WindowAttention, join, split
from sr_experiments.model.decoder.hat import OverlappingAttentionBlock

WINDOW, HEADS, WIDTH = 4, 2, 6


def one_by_one(attention: WindowAttention, features: torch.Tensor, shift: int) -> torch.Tensor:
    """What each place of `(H, W, C)` sees: its own window's places that are its neighbours in the image, too."""
    height, width, _ = features.shape
    query, key, value = attention.query_key_value(features).chunk(3, -1)
    size = WIDTH // HEADS
    result = torch.zeros_like(query)
    places = [(y, x) for y in range(height) for x in range(width)]
    for y, x in places:
        row, column = (y - shift) % height, (x - shift) % width
        seen = [
            (v, u, (v - shift) % height, (u - shift) % width)
            for v, u in places
            if (v - shift) % height // WINDOW == row // WINDOW
            and (u - shift) % width // WINDOW == column // WINDOW
            and (v < shift) == (y < shift)
            and (u < shift) == (x < shift)
        ]
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            logits = [
                query[y, x, part] @ key[v, u, part] / math.sqrt(size)
                + attention.position_bias[(row - r + WINDOW - 1) * (2 * WINDOW - 1) + column - c + WINDOW - 1, head]
                for v, u, r, c in seen
            ]
            weights = torch.stack(logits).softmax(0)
            result[y, x, part] = sum(w * value[v, u, part] for w, (v, u, *_) in zip(weights, seen, strict=True))
    return attention.leave(result)


@pytest.mark.parametrize("shift", [0, WINDOW // 2])
def test_it_is_what_every_query_sees_of_its_window(shift):
    torch.manual_seed(0)
    attention = WindowAttention(width=WIDTH, heads=HEADS, window=WINDOW, shift=shift)
    torch.nn.init.normal_(attention.position_bias)
    features = torch.rand(2, 8, 12, WIDTH)
    with torch.no_grad():
        expected = torch.stack([one_by_one(attention, image, shift) for image in features])
        torch.testing.assert_close(attention(features), expected)


def test_images_of_a_batch_share_one_bias_and_come_out_as_each_alone():
    """To the bit, forwards, in sizes that take turns and after use without gradients; nothing more is saved."""
    torch.manual_seed(0)
    attention = WindowAttention(width=WIDTH, heads=HEADS, window=WINDOW, shift=2)
    for height, width in ((8, 12), (12, 8), (4, 4), (8, 12)):
        features = torch.rand(3, height, width, WIDTH)
        with torch.inference_mode():
            alone = torch.cat([attention(image[None]) for image in features])
            assert torch.equal(attention(features), alone)
        learning = attention(features)
        learning.sum().backward()
        torch.testing.assert_close(learning, alone)
    assert attention._bias(features, 8, 12).shape == (6, HEADS, WINDOW**2, WINDOW**2)
    assert set(attention.state_dict()) == set(dict(attention.named_parameters()))


def test_windows_are_put_together_again():
    features = torch.rand(2, 8, 12, 3)
    windows = split(features, 4)
    assert torch.equal(windows[1], features[0, :4, 4:8].flatten(0, 1))
    assert torch.equal(join(windows, 4, 8, 12), features)


def test_overlapping_attention_sees_half_a_window_further():
    """Of windows of 4: each sees the 6 places around it, one beyond each border."""
    torch.manual_seed(0)
    block = OverlappingAttentionBlock(width=WIDTH, heads=HEADS, window=WINDOW, ratio=2.0)
    features = torch.rand(1, 12, 12, WIDTH, requires_grad=True)
    (gradient,) = torch.autograd.grad(block(features)[0, 5, 5].sum(), features)
    seen = gradient[0].abs().sum(-1) > 0
    assert seen[3:9, 3:9].all() and int(seen.sum()) == 36


def test_every_relative_place_of_the_overlapping_attention_has_a_bias_of_its_own():
    places = OverlappingAttentionBlock(width=WIDTH, heads=HEADS, window=WINDOW, ratio=2.0)._places(torch.device("cpu"))
    key = {(v - y, u - x): set() for y in range(4) for x in range(4) for v in range(6) for u in range(6)}
    for y in range(4):
        for x in range(4):
            for v in range(6):
                for u in range(6):
                    key[v - y, u - x].add(int(places[y * 4 + x, v * 6 + u]))
    assert all(len(rows) == 1 for rows in key.values())
    assert set().union(*key.values()) == set(range(81))
