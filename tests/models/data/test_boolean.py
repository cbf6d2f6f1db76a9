"""Functions of bits as numbers."""

import pytest
import torch

from widthwise.models import boolean_cube
from widthwise.models.data.boolean import bit_codes, bits_of


def test_codes_read_bits_as_binary_numbers_and_back():
    rows = torch.tensor([[0, 0, 1], [1, 1, 0]])
    assert bit_codes(rows).tolist() == [1, 6]
    assert torch.equal(bits_of(bit_codes(rows), 3), rows)
    wide = torch.randint(0, 2, (50, 62), generator=torch.Generator().manual_seed(1))
    assert torch.equal(bits_of(bit_codes(wide), 62), wide)


def test_the_cube_lists_its_points_by_their_codes():
    minus = boolean_cube(4) < 0
    assert bit_codes(minus).tolist() == list(range(16))


def test_more_points_than_bits_are_refused():
    with pytest.raises(ValueError, match="1 … 62 points, not 64"):
        bit_codes(torch.zeros(2, 64))
    with pytest.raises(ValueError, match="not 0"):
        bits_of(torch.tensor([1]), 0)
