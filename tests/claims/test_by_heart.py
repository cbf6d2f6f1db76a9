"""At the time at which kernels are frozen, networks know by heart what they have seen."""

import functools

import pytest

from widthwise.claims.representation.addition import (
    ADDITION,
    RECIPES,
    accuracy,
    table,
    untrained,
)
from widthwise.claims.representation.test_grokking_needs_the_kernel_to_move import BY_HEART
from widthwise.models import MLP, train_decayed


@pytest.mark.parametrize("activation", BY_HEART, ids=repr)
def test_all_cells_seen_are_right_and_hardly_any_other(activation):
    start = untrained(range(4), functools.partial(MLP.initialise, device="cpu"), activation)
    data, recipe = table(range(4), 0.6, ADDITION), RECIPES[activation]
    network = train_decayed(
        *(start, data.x_train, data.y_train),
        steps=BY_HEART[activation],
        rate=recipe.rate / data.x_train.shape[1],
        decay=recipe.decay,
    ).final
    assert accuracy(network(data.x_train), data.y_train).min() > 0.95
    assert accuracy(network(data.x_test), data.y_test).max() < 0.1
