"""What seeds draw besides networks, and seeds that are split: many networks per replicate."""

from __future__ import annotations

import pytest
import torch

from widthwise.models.networks.randomness import generator_of, split_seeds, uniform


def test_the_parts_of_a_seed_do_not_depend_on_the_seeds_beside_it():
    both = split_seeds((3, 2**62), 5)
    assert both == split_seeds((3,), 5) + split_seeds((2**62,), 5)
    assert split_seeds((3,), 7)[:5] == both[:5]


def test_all_parts_differ_and_are_seeds():
    parts = split_seeds(range(100), 100)
    assert len(set(parts)) == len(parts)
    assert all(0 <= part < 2**63 for part in parts)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="parts must be at least 1, not 0"):
        split_seeds((1,), 0)
    with pytest.raises(ValueError, match="seed 1 is given twice"):
        split_seeds((1, 1), 2)


@pytest.mark.parametrize("seed", [0, 3, 2**63 - 1])
def test_what_a_seed_draws_belongs_to_it(seed):
    drawn = uniform(seed, 4, 3)
    assert drawn.dtype == torch.float64
    assert torch.equal(drawn, uniform(seed, 4, 3))
    assert torch.equal(drawn, torch.rand(4, 3, generator=generator_of(seed), dtype=torch.float64))
    assert not torch.equal(drawn, uniform(seed ^ 1, 4, 3))
    assert 0 <= drawn.min() < drawn.max() < 1
