"""Seeds depend on their address and on nothing else, on every machine and for good."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.harness.terms.seeds import replicate_seeds

GOLDEN = {
    (0, "activations_freeze", 64, 0): 2241551890738654580,
    (0, "activations_freeze", 64, 1): 4331097796163984998,
    (0, "activations_freeze", 128, 0): 180602385044983040,
    (0, "outputs_move", 64, 0): 8366966835493199293,
    (7, "activations_freeze", 64, 0): 145040686209936215,
    (0, "activations_freeze", 0.125, 0): 6386124072140816856,
}
"""Written down once: another value would silently draw every stored sample anew."""


@pytest.mark.parametrize(("address", "seed"), GOLDEN.items())
def test_seeds_stay_what_they_are(address, seed):
    master, claim, rung, replicate = address
    assert replicate_seeds(master, claim, rung, [replicate]) == (seed,)


addresses = st.tuples(
    st.integers(0, 2**70),
    st.text(max_size=20),
    st.integers(0, 2**20) | st.floats(0, 1),
    st.integers(0, 10**6),
)


@settings(max_examples=300)
@given(one=addresses, other=addresses)
def test_each_address_has_its_own_seed(one, other):
    (first,), (second,) = (replicate_seeds(*address[:3], [address[3]]) for address in (one, other))
    assert (first == second) == (one == other)
    assert 0 <= first < 2**63


@given(
    one=addresses,
    part=st.integers(0, 3),
    step=st.integers(1, 1000),
)
def test_every_part_of_the_address_counts(one, part, step):
    other = list(one)
    other[part] = one[part] + ("x" * step if part == 1 else step)
    assert replicate_seeds(*one[:3], [one[3]]) != replicate_seeds(*other[:3], [other[3]])


def test_neighbours_do_not_collide():
    seeds = [
        seed
        for claim in ("a", "b", "ab")
        for rung in (2.0**power for power in range(-3, 12))
        for seed in replicate_seeds(0, claim, rung, range(256))
    ]
    assert len(set(seeds)) == len(seeds)


@given(looks=st.integers(1, 64), batch=st.integers(1, 16))
def test_later_looks_extend_earlier_ones_however_they_are_batched(looks, batch):
    whole = replicate_seeds(0, "a", 64, range(64))
    assert replicate_seeds(0, "a", 64, range(looks)) == whole[:looks]
    parts = (replicate_seeds(0, "a", 64, range(64)[at : at + batch]) for at in range(0, 64, batch))
    assert tuple(seed for part in parts for seed in part) == whole


def test_a_width_may_be_written_as_a_float():
    assert replicate_seeds(0, "a", 64, [0]) == replicate_seeds(0, "a", 64.0, [0])


def test_bits_look_random():
    seeds = replicate_seeds(0, "a", 64, range(4096))
    for bit in range(63):
        ones = sum(seed >> bit & 1 for seed in seeds)
        assert abs(ones - 2048) < 6 * 32, bit  # six standard deviations
