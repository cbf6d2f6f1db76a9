"""Seeds that are split: many networks per replicate."""

from __future__ import annotations

import pytest

from widthwise.models.networks.randomness import split_seeds


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
