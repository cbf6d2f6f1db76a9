"""Complexity against values that were published, and against what a definition says."""

import math

import pytest
import torch

from widthwise.models.data.boolean import bits_of
from widthwise.models.sampling.complexity import (
    entropy_of,
    lempel_ziv,
    lempel_ziv_of,
    sensitivity_of,
    words,
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0001101001000101", 6),  # Lempel & Ziv 1976: 0·001·10·100·1000·101
        ("1001111011000010", 6),  # Kaspar & Schuster's algorithm: 1·0·01·1110·1100·0010
        ("0", 1),
        ("00000000", 2),
        ("01010101", 3),
    ],
)
def test_words_are_those_of_published_parsings(text, count):
    assert words(text) == count


def test_words_are_those_that_cannot_be_copied_from_before_their_last_letter():
    for code in range(2**9):
        text = f"{code:09b}"
        found, at = [], 0
        while at < len(text):
            ends = [
                end
                for end in range(at + 1, len(text) + 1)
                if not any(text[k : k + end - at] == text[at:end] for k in range(at))
            ]
            end = min(ends, default=len(text))
            found.append(text[at:end])
            at = end
        assert words(text) == len(found)


def test_lempel_ziv_is_the_mean_of_both_ways_in_bits():
    assert lempel_ziv("0" * 32) == 5
    assert lempel_ziv("01" * 16) == 5 * (3 + 3) / 2
    text = "0001101001000101"
    assert lempel_ziv(text) == 4 * (6 + words(text[::-1])) / 2 == lempel_ziv(text[::-1])
    rows = torch.tensor([[0] * 32, [0, 1] * 16])
    assert lempel_ziv_of(rows).tolist() == [5, 15]


def test_random_tables_are_more_complex_than_regular_ones():
    random = lempel_ziv_of(torch.randint(0, 2, (200, 32), generator=torch.Generator()))
    assert 35 < random.mean() < 45


def test_entropy_is_that_of_the_share_of_ones():
    rows = torch.tensor([[0, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 1]])
    quarter = -(0.25 * math.log2(0.25) + 0.75 * math.log2(0.75))
    assert entropy_of(rows).tolist() == pytest.approx([0, quarter, 1])


def test_sensitivity_is_the_share_of_edges_along_which_a_function_changes():
    points = bits_of(torch.arange(8), 3)
    parity, coordinate = points.sum(1) % 2, points[:, 0]
    rows = torch.stack((parity, coordinate, torch.zeros_like(parity)))
    assert sensitivity_of(rows).tolist() == pytest.approx([1, 1 / 3, 0])


def test_what_is_no_function_is_refused():
    with pytest.raises(ValueError, match="2\\^d points"):
        sensitivity_of(torch.zeros(1, 6))
    with pytest.raises(ValueError, match="empty"):
        words("")
    with pytest.raises(ValueError, match="at least 2 letters"):
        lempel_ziv("1")
