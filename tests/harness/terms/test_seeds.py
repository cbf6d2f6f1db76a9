"""Seeds depend on their address and on nothing else, on every machine and for good."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.harness.terms.seeds import replicate_seeds

GOLDEN = {
    (0, "activations_freeze", 0): 6896985197417272257,
    (0, "activations_freeze", 1): 6682869901630817424,
    (0, "outputs_move", 0): 6308501647158436541,
    (7, "activations_freeze", 0): 5462769272214935833,
}
"""Written down once: another value would silently draw every stored sample anew."""


@pytest.mark.parametrize(("address", "seed"), GOLDEN.items())
def test_seeds_stay_what_they_are(address, seed):
    master, claim, replicate = address
    assert replicate_seeds(master, claim, [replicate]) == (seed,)


addresses = st.tuples(st.integers(0, 2**70), st.text(max_size=20), st.integers(0, 10**6))


@settings(max_examples=300)
@given(one=addresses, other=addresses)
def test_each_address_has_its_own_seed(one, other):
    (first,), (second,) = (replicate_seeds(*address[:2], [address[2]]) for address in (one, other))
    assert (first == second) == (one == other)
    assert 0 <= first < 2**63


@given(one=addresses, part=st.integers(0, 2), step=st.integers(1, 1000))
def test_every_part_of_the_address_counts(one, part, step):
    other = list(one)
    other[part] = one[part] + ("x" * step if part == 1 else step)
    assert replicate_seeds(*one[:2], [one[2]]) != replicate_seeds(*other[:2], [other[2]])


def test_neighbours_do_not_collide():
    names = ("a", "b", "ab")
    seeds = [seed for claim in names for seed in replicate_seeds(0, claim, range(4096))]
    assert len(set(seeds)) == len(seeds)


@given(looks=st.integers(1, 64), batch=st.integers(1, 16))
def test_later_looks_extend_earlier_ones_however_they_are_batched(looks, batch):
    whole = replicate_seeds(0, "a", range(64))
    assert replicate_seeds(0, "a", range(looks)) == whole[:looks]
    parts = (replicate_seeds(0, "a", range(64)[at : at + batch]) for at in range(0, 64, batch))
    assert tuple(seed for part in parts for seed in part) == whole


def test_bits_look_random():
    seeds = replicate_seeds(0, "a", range(4096))
    for bit in range(63):
        ones = sum(seed >> bit & 1 for seed in seeds)
        assert abs(ones - 2048) < 6 * 32, bit  # six standard deviations
